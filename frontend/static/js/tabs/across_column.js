/**
 * One model of the comparison: its picture at the slider's place, how well it redraws the upload, and how evenly it moves.
 */

import { sentence } from '../api.js';
import { el, kindName } from '../dom.js';
import { changes } from '../figures/changes.js';
import { newest } from '../newest.js';
import { clear, draw } from '../picture.js';
import { framesOf } from './across_frames.js';

/** @typedef {import('../api.js').ModelEntry} ModelEntry */
/** @typedef {import('./across_frames.js').Source} Source */
/** @typedef {import('./across_frames.js').Gesture} Gesture */

/**
 * @typedef {Object} Column
 * @property {HTMLElement} element
 * @property {(source: Source, gesture: Gesture) => void} ask for the pictures of a gesture; the old ones stay meanwhile
 * @property {(place: number) => void} show
 * @property {() => number} largest step of the gesture; 0 before it is known
 * @property {(most: number) => void} scale of the bars
 * @property {() => void} end
 */

/**
 * @param {ModelEntry} entry @param {boolean} open whether it is the model of the page
 * @param {{asked: import('./across_frames.js').Asked, go: () => void, drawn: () => void}} how `go`: opens this model;
 *   `drawn`: the pictures of a gesture have come
 * @returns {Column}
 */
export function column(entry, open, { asked, go, drawn }) {
  const { id, title, kind, latent } = entry;
  const said = [kindName(kind), `${latent} dimensions`].filter((fact) => !title.includes(fact)); // titles often say it
  const parts = skeleton(title, said.join(' \u00b7 '), open, go);
  const { element, canvas, value, facts, steps, words, failure } = parts;
  element.dataset.testid = `across-${id}`;
  /** @type {import('./across_frames.js').Frames|null} */
  let frames = null;
  /** @type {number[]} */
  let sizes = [];
  let place = 0;

  const show = () => {
    if (!frames) return;
    draw(canvas, frames.raw, place);
    value.textContent = frames.values[place];
    steps.style.setProperty('--place', String(place / Math.max(1, frames.raw.shape[0] - 1)));
  };
  const say = (/** @type {string} */ text) => {
    failure.textContent = text;
    element.classList.toggle('failed', text !== '');
    if (text === '') return;
    frames = null;
    sizes = [];
    clear(canvas);
    for (const part of [value, facts, words]) part.textContent = '';
    steps.replaceChildren();
  };
  const fetcher = newest(async (/** @type {{source: Source, gesture: Gesture}} */ { source, gesture }, signal) => {
    element.classList.add('busy');
    try {
      const found = await framesOf(asked, id, source, gesture, signal);
      if (typeof found === 'string') say(found);
      else {
        say('');
        frames = found;
        const { steps: each, jump } = changes(found.raw);
        sizes = each;
        const { error, unusual } = found.encoded;
        facts.textContent = [
          error ? `error ${error.mse.toFixed(4)}` : '',
          unusual ? `unusual ${Math.round(unusual.percentile)}%` : '',
        ]
          .filter(Boolean)
          .join(' \u00b7 ');
        words.textContent = `largest step ${jump.toFixed(1)} \u00d7 the mean`;
        show();
      }
      drawn();
    } catch (error) {
      if (!signal.aborted) say(sentence(error));
      throw error;
    } finally {
      element.classList.remove('busy');
    }
  });
  return {
    element,
    ask: (source, gesture) => fetcher.ask({ source, gesture }),
    show: (now) => {
      place = now;
      show();
    },
    largest: () => Math.max(0, ...sizes),
    scale: (most) => {
      steps.replaceChildren(
        ...sizes.map((size) => {
          const bar = el('span');
          bar.style.height = `${Math.max(2, (100 * size) / Math.max(most, 1e-9))}%`;
          return bar;
        }),
      );
    },
    end: fetcher.stop,
  };
}

/** @param {string} title @param {string} kind @param {boolean} open @param {() => void} go */
function skeleton(title, kind, open, go) {
  const canvas = el('canvas', { class: 'across-picture', width: 1, height: 1, role: 'img', 'aria-label': `${title}: its picture` });
  const value = el('p', { class: 'second number across-value' });
  const facts = el('p', { class: 'second number', title: 'Of the upload: mean squared error of the reconstruction, and how far from the data it lies' });
  const steps = el('div', { class: 'across-steps', 'aria-hidden': 'true' });
  const words = el('p', { class: 'second number', title: 'How far the picture moves from one place of the slider to the next. Even movement is 1.0.' });
  const failure = el('p', { class: 'second across-failure' });
  const name = open
    ? el('h3', { class: 'across-name', text: title, 'aria-current': 'true' })
    : el('h3', { class: 'across-name' }, el('button', { type: 'button', class: 'across-open', text: title, title: `Open ${title}`, on: { click: go } }));
  const frame = el('div', { class: 'across-frame' }, canvas, failure);
  const element = el('li', { class: 'across-column' }, name, el('p', { class: 'second', text: kind }), frame, value, facts, steps, words);
  return { element, canvas, value, facts, steps, words, failure };
}
