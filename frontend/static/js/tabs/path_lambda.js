/**
 * What belongs to the geodesic alone: lambda, and the line of the work that finds it.
 */

import { button, el } from '../dom.js';
import { chooseMethod, geodesicOf, keyframesOf, roadFits } from '../walk.js';
import { searchOf } from './path_geodesic.js';

/** @typedef {import('../store.js').Store} Store */
/** @typedef {import('../api.js').Api} Api */
/** @typedef {Readonly<import('../state.js').State>} State */

const WEIGHTS = [0, 0.1, 1, 10];
/** From so many numbers a point on, finding a road takes a minute instead of seconds. */
const MANY = 48;

/** @param {Store} store @param {Api} api @returns {{element: HTMLElement, end: () => void}} */
export function geodesicControls(store, api) {
  const search = searchOf(store, api);
  const weights = el('div', {
    class: 'segments',
    role: 'group',
    'aria-label': 'Lambda: how strongly it keeps to the data',
    title: 'What unusual points cost this road. At 0 it may cross holes in the data, where the decoder is flat.',
  });
  const find = button({
    label: 'Find it',
    testid: 'geodesic-find',
    press: () => {
      chooseMethod(store, 'geodesic');
      search.find();
    },
  });
  const words = el('p', { class: 'job-words', role: 'status', testid: 'geodesic-words' });
  const bar = el('progress', { class: 'job-bar', max: 1, 'aria-label': 'Geodesic' });
  const cancel = button({ label: 'Cancel', class: 'job-cancel', testid: 'geodesic-cancel', press: () => search.stop() });
  const line = el('div', { class: 'job-line geodesic-line', testid: 'geodesic-line' }, words, bar, cancel);
  const element = el(
    'div',
    { class: 'geodesic-controls' },
    el('div', { class: 'geodesic-lambda' }, el('span', { class: 'second', text: '\u03bb: how strongly it keeps to the data', 'aria-hidden': 'true' }), weights, find),
    line,
  );
  const ends = [
    store.watch((state) => [state.weight], ({ weight }) => showWeights(weights, store, weight)),
    store.watch(
      (state) => [state.road, roadFits(state), keyframesOf(state).length],
      (state) => {
        const road = roadFits(state) ? state.road : null;
        const busy = road?.state === 'running';
        line.dataset.state = busy ? 'busy' : road?.state === 'failed' ? 'failed' : 'idle';
        words.textContent = road?.message || (geodesicOf(state) ? foundWords(state) : idleWords(state));
        find.disabled = keyframesOf(state).length === 0 || busy || geodesicOf(state) !== null;
        if (road?.progress === null || road?.progress === undefined) bar.removeAttribute('value');
        else bar.value = road.progress;
      },
    ),
  ];
  return { element, end: () => ends.forEach((end) => end()) };
}

/** @param {HTMLElement} element @param {Store} store @param {number} weight a link may bring one that is not among the four */
function showWeights(element, store, weight) {
  const all = WEIGHTS.includes(weight) ? WEIGHTS : [...WEIGHTS, weight].sort((one, other) => one - other);
  if (element.children.length !== all.length) {
    const make = (/** @type {number} */ value) =>
      button({ label: `Lambda ${value}`, text: String(value), testid: `lambda-${value}`, press: () => store.set({ weight: value }) });
    element.replaceChildren(...all.map(make));
  }
  for (const [index, one] of [...element.children].entries()) one.setAttribute('aria-pressed', String(all[index] === weight));
}

/** @param {State} state @returns {string} */
const idleWords = ({ latent }) => `Takes ${(latent?.length ?? 0) >= MANY ? 'a minute or two' : 'some seconds'} to find.`;

/** @param {State} state @returns {string} */
function foundWords({ road, weight }) {
  if (!road?.facts) return '';
  const share = Math.round(100 * road.facts.decoded);
  const plain = weight > 0 && road.facts.weight === 0 ? ' No data are known in this space, so \u03bb has no effect.' : '';
  return `Found. Its squared changes are ${share}% of the straight line\u2019s.${plain}`;
}
