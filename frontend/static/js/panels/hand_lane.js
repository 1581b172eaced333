/**
 * Under a slider: the posterior of the visitor's picture in this dimension, whose mean and spread can be dragged, and
 * z = mu + sigma * epsilon with its numbers, each of which can be typed.
 */

import { calm, dimName, el, on, signed } from '../dom.js';
import { FARTHEST, LEAST_STD, MOST_STD, asEncoded, drawnAt, encodedOf, handOf, noiseOf, reshaped } from '../hand.js';
import { numberField } from './number_field.js';

/** @typedef {import('../store.js').Store} Store */
/** @typedef {import('../state.js').State} State */
/** @typedef {import('./slider_row.js').Row} Row */
/** @typedef {'mean'|'std'} Which */
/** @typedef {(to: {mean?: number, std?: number}, gesture?: string) => void} Change */

/** Shares of a spread, or of epsilon's unit, that a key moves by, the second one with Shift. */
const STEPS = [0.1, 0.01];
const TELL_MS = 260;

/** @param {Row} row @param {Store} store @returns {import('./hand.js').Draw} */
export function posteriorLane(row, store) {
  const { dim } = row.slider;
  const name = dimName(dim);
  const change = (/** @type {{mean?: number, std?: number}} */ to, /** @type {string|undefined} */ gesture) => {
    const { latent } = store.state;
    const hand = handOf(store.state);
    if (hand && latent) store.set(reshaped(hand, latent, dim, to), { gesture });
  };
  const axis = axisFor(row, store, change);
  const terms = equation(name, dim, store, change);
  row.lane.replaceChildren(axis.element);
  row.words.replaceChildren(terms.element);
  row.lane.hidden = false;
  row.words.hidden = false;
  return (state) => {
    const hand = handOf(state);
    if (!hand || !state.latent) return;
    axis.show(hand.mean[dim], hand.std[dim]);
    terms.show(state.latent[dim], hand.mean[dim], hand.std[dim], hand.seed);
  };
}

/**
 * The axis is for the pointer: the numbers below it are the same for the keyboard.
 * @param {Row} row @param {Store} store @param {Change} change
 */
function axisFor(row, store, change) {
  const { dim } = row.slider;
  const handle = (/** @type {string} */ kind, /** @type {string} */ title) =>
    el('span', { class: `posterior-handle ${kind}`, title, testid: `${kind.split(' ')[0]}-${dim}` });
  const middle = handle('mu', 'Drag the mean \u03bc. A double click goes back to the encoder\u2019s.');
  const low = handle('sigma low', 'Drag the spread \u03c3');
  const high = handle('sigma high', 'Drag the spread \u03c3');
  const prior = el('span', { class: 'posterior-prior' });
  const spread = el('span', { class: 'posterior-spread' });
  const element = el('div', { class: 'posterior-axis', 'aria-hidden': 'true' }, prior, spread, low, high, middle);
  const drag = (/** @type {HTMLElement} */ one, /** @type {Which} */ which) =>
    draggable(one, store, (x, gesture) => {
      const hand = handOf(store.state);
      if (!hand) return;
      const value = row.under(x);
      const to = which === 'mean' ? { mean: value } : { std: Math.abs(value - hand.mean[dim]) };
      change(to, `${which} ${dim} ${gesture}`);
    });
  drag(middle, 'mean');
  drag(low, 'std');
  drag(high, 'std');
  on(element, {
    dblclick: () => {
      const { state } = store;
      const [hand, encoded] = [handOf(state), encodedOf(state)];
      if (hand && encoded && state.latent) store.set(asEncoded(hand, encoded, state.latent, dim));
    },
  });
  return {
    element,
    show(/** @type {number} */ mean, /** @type {number} */ std) {
      const set = (/** @type {string} */ key, /** @type {number} */ value) =>
        element.style.setProperty(key, String(row.along(value)));
      set('--mu', mean);
      set('--from', mean - std);
      set('--to', mean + std);
      set('--prior-from', -1);
      set('--prior-to', 1);
    },
  };
}

/**
 * @param {HTMLElement} element @param {Store} store
 * @param {(x: number, gesture: number) => void} move to a place of the window; one gesture has one number
 */
function draggable(element, store, move) {
  let mark = store.mark();
  let gesture = 0;
  on(element, {
    pointerdown: (/** @type {PointerEvent} */ event) => {
      if (event.button !== 0) return;
      event.preventDefault();
      element.setPointerCapture(event.pointerId);
      mark = store.mark();
      gesture += 1;
    },
    pointermove: (/** @type {PointerEvent} */ event) => {
      if (element.hasPointerCapture(event.pointerId)) move(event.clientX, gesture);
    },
    pointerup: () => store.end(),
    pointercancel: () => store.cancel(mark),
  });
}

/**
 * @param {string} name @param {number} dim @param {Store} store @param {Change} change
 */
function equation(name, dim, store, change) {
  const { mean, std, noise } = termFields(name, dim, store, change);
  const z = el('span', { class: 'number term', testid: `z-${dim}` });
  const sign = (/** @type {string} */ text) => el('span', { class: 'posterior-sign', text, 'aria-hidden': 'true' });
  const element = el(
    'div',
    { class: 'equation', role: 'group', 'aria-label': `${name} = \u03bc + \u03c3 \u00b7 \u03b5` },
    z,
    sign('='),
    mean.element,
    sign('+'),
    std.element,
    sign('\u00d7'),
    noise.element,
  );
  let told = 0;
  return {
    element,
    /** @param {number} value @param {number} mu @param {number} sigma @param {number} seed */
    show(value, mu, sigma, seed) {
      mean.show(mu);
      std.show(sigma);
      noise.show(noiseOf(value, mu, sigma));
      z.textContent = signed(value);
      if (told !== 0 && told !== seed) tell([noise.element, std.element, mean.element, z]);
      told = seed;
    },
  };
}

/** @param {string} name @param {number} dim @param {Store} store @param {Change} change */
function termFields(name, dim, store, change) {
  const now = () => {
    const { latent } = store.state;
    const hand = handOf(store.state);
    return hand && latent ? { hand, latent, mean: hand.mean[dim], std: hand.std[dim] } : null;
  };
  const take = (/** @type {number} */ epsilon, /** @type {string|undefined} */ gesture) => {
    const at = now();
    if (at) store.set({ latent: drawnAt(at.hand, at.latent, dim, epsilon), origin: '' }, { gesture });
  };
  const step = (/** @type {boolean} */ fine) => STEPS[fine ? 1 : 0];
  const mean = numberField({
    label: `Mean \u03bc of ${name}`,
    testid: `mean-${dim}`,
    least: -FARTHEST,
    most: FARTHEST,
    take: (value) => change({ mean: value }),
    nudge: (way, fine) => change({ mean: (now()?.mean ?? 0) + way * step(fine) }, `mean ${dim}`),
  });
  const std = numberField({
    label: `Spread \u03c3 of ${name}`,
    testid: `std-${dim}`,
    least: LEAST_STD,
    most: MOST_STD,
    format: (value) => value.toFixed(2),
    take: (value) => change({ std: value }),
    nudge: (way, fine) => change({ std: (now()?.std ?? 1) * (1 + way * step(fine)) }, `std ${dim}`),
  });
  const noise = numberField({
    label: `Noise \u03b5 of ${name}`,
    testid: `epsilon-${dim}`,
    least: -FARTHEST,
    most: FARTHEST,
    take: (value) => take(value, undefined),
    nudge: (way, fine) => {
      const at = now();
      if (at) take(noiseOf(at.latent[dim], at.mean, at.std) + way * step(fine), `epsilon ${dim}`);
    },
  });
  return { mean, std, noise };
}

/** @param {HTMLElement[]} terms one lights up after the other, in the order of the sum */
function tell(terms) {
  if (calm()) return;
  const lit = { backgroundColor: 'color-mix(in srgb, var(--accent) 34%, transparent)' };
  const frames = [lit, lit, { backgroundColor: 'transparent' }];
  terms.forEach((term, i) => {
    term.animate(frames, { duration: 3 * TELL_MS, delay: i * TELL_MS, easing: 'ease-out' });
  });
}
