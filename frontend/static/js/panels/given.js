/**
 * Over the sliders, for the models that have them: the class or the training step, the space, truncation and noise.
 */

import { button, el } from '../dom.js';
import { spaceOf } from '../given.js';
import { changeSpace } from '../models.js';
import { PLUS } from '../styles.js';
import { chooser } from './chooser.js';
import { cancellable } from './slider_row.js';

/** @typedef {import('../store.js').Store} Store */
/** @typedef {import('../api.js').Api} Api */
/** @typedef {import('../api.js').ModelDetail} ModelDetail */
/** @typedef {{element: HTMLElement, end: () => void}} Part */

/** Beyond it a truncated w lies farther out than any that was trained. */
const MOST_PSI = 1.5;

/** @param {Store} store @param {Api} api @returns {Part} */
export function given(store, api) {
  const element = el('div', { class: 'given', hidden: true, testid: 'given' });
  /** @type {Part[]} */
  let parts = [];
  const clear = () => parts.splice(0).forEach((part) => part.end());
  const end = store.watch(
    (state) => [state.detail],
    ({ detail }) => {
      clear();
      parts = detail?.status === 'ready' ? partsOf(detail, store, api) : [];
      element.replaceChildren(...parts.map((part) => part.element));
      element.hidden = parts.length === 0;
    },
  );
  return {
    element,
    end: () => {
      end();
      clear();
    },
  };
}

/** @param {ModelDetail} detail @param {Store} store @param {Api} api @returns {Part[]} */
function partsOf(detail, store, api) {
  const parts = detail.conditions.map((condition) => chooser(condition, store, api));
  if (detail.z_sliders && detail.default_space === 'w') parts.push(spaces(store, api));
  if (detail.can.psi) parts.push(truncation(store));
  if (detail.can.noise) parts.push(noise(store));
  return parts;
}

/** @param {string} title @param {...HTMLElement} controls */
const line = (title, ...controls) =>
  el('div', { class: 'given-line' }, el('span', { class: 'given-title', text: title }), ...controls);

/** @param {Store} store @param {Api} api @returns {Part} */
function spaces(store, api) {
  const make = (/** @type {'z'|'w'} */ space, /** @type {string} */ text, /** @type {string} */ title) =>
    button({ label: text, title, testid: `space-${space}`, press: () => changeSpace(store, api, space) });
  const buttons = {
    w: make('w', 'W, style', 'What the synthesis takes: directions come apart more easily here'),
    z: make('z', 'Z, noise', 'What is drawn at random, before the mapping makes a style of it'),
  };
  // Only where mixing or a search has led there: nothing is drawn in w+, and no slider spans it.
  const plus = button({
    label: 'W+',
    title: 'Each layer has a style of its own. The sliders move that of the first layer; W takes the mean of all.',
    'aria-pressed': 'true',
    testid: 'space-plus',
  });
  const element = line(
    'Space',
    el('span', { class: 'segments', role: 'group', 'aria-label': 'Space' }, buttons.w, buttons.z, plus),
  );
  const end = store.watch(
    (state) => [spaceOf(state)],
    (state) => {
      plus.hidden = spaceOf(state) !== PLUS;
      for (const [name, one] of Object.entries(buttons)) one.setAttribute('aria-pressed', String(name === spaceOf(state)));
    },
  );
  return { element, end };
}

/** @param {Store} store @returns {Part} */
function truncation(store) {
  const input = el('input', {
    type: 'range',
    id: 'psi',
    min: 0,
    max: MOST_PSI,
    step: 0.01,
    testid: 'psi',
    title: 'How far from the mean style: 0 is the mean face of all, 1 is as drawn. A double click goes back to 1.',
  });
  const value = el('output', { class: 'number second', for: 'psi' });
  input.addEventListener('input', () => store.set({ psi: input.valueAsNumber }, { gesture: 'psi' }));
  input.addEventListener('change', () => store.end());
  input.addEventListener('dblclick', () => store.set({ psi: 1 }));
  cancellable(input, { mark: () => store.mark(), cancel: (mark) => store.cancel(mark) });
  const element = line('', input, value);
  element.firstElementChild?.replaceWith(el('label', { class: 'given-title', for: 'psi', text: 'Truncation \u03c8' }));
  const end = store.watch(
    (state) => [state.psi],
    ({ psi }) => {
      if (input.valueAsNumber !== psi) input.value = String(psi);
      input.style.setProperty('--along', String(psi / MOST_PSI));
      value.textContent = psi.toFixed(2);
    },
  );
  return { element, end };
}

/** @param {Store} store @returns {Part} */
function noise(store) {
  const value = el('span', { class: 'number second' });
  const on = el('button', {
    type: 'button',
    role: 'switch',
    class: 'switch',
    'aria-label': 'Noise',
    title: 'The small accidents of a picture: hair, texture. The style stays. Off: the noise inputs are zero.',
    testid: 'noise-on',
    on: { click: () => store.set({ still: !store.state.still }) },
  });
  const again = button({
    label: 'Other noise',
    title: 'Other small accidents in the same style',
    testid: 'noise',
    press: () => store.set({ noiseSeed: 1 + Math.floor(Math.random() * 9999) }),
  });
  const first = button({ label: 'Noise as at first', icon: 'restore', class: 'quiet', press: () => store.set({ noiseSeed: 0 }) });
  const element = line('Noise', el('span', { class: 'given-buttons' }, on, again, first), value);
  const end = store.watch(
    (state) => [state.noiseSeed, state.still],
    ({ noiseSeed, still }) => {
      value.textContent = still || noiseSeed === 0 ? '' : `#${noiseSeed}`;
      on.setAttribute('aria-checked', String(!still));
      again.disabled = still;
      first.style.visibility = still || noiseSeed === 0 ? 'hidden' : ''; // it keeps its place
    },
  );
  return { element, end };
}
