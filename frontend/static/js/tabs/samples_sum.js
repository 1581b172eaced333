/**
 * A - B + C, three kept points and the point that their sum leads to, decoded at once: vector arithmetic as in Radford et
 * al. (2016), arXiv:1511.06434.
 */

import { button, el, partHead } from '../dom.js';
import { GIVEN, spaceOf } from '../given.js';
import { ready } from '../models.js';
import { newest } from '../newest.js';
import { clear, draw } from '../picture.js';
import { pictureRequest } from '../state.js';
import { keepTerm, take, TERMS } from './samples_keep.js';

/** @typedef {import('../store.js').Store} Store */
/** @typedef {import('../api.js').Api} Api */
/** @typedef {import('../state.js').State} State */

const SIGNS = ['', '\u2212', '+'];
const WORDS = ['to begin with', 'whose traits are taken away', 'whose traits are added'];
const FAR = 95;

/** @param {Store} store @param {Api} api @returns {{element: HTMLElement, end: () => void}} */
export function sum(store, api) {
  const places = TERMS.map((name, index) => place(store, name, index));
  const canvas = el('canvas', { width: 28, height: 28, 'aria-hidden': 'true' });
  const result = el(
    'button',
    { type: 'button', class: 'slot', disabled: true, testid: 'sum-result', 'aria-label': 'Result: take it' },
    canvas,
  );
  const unusual = el('p', { class: 'number sum-unusual', role: 'status', testid: 'sum-unusual' });
  result.addEventListener('click', () => {
    const latent = sumOf(store.state.terms);
    if (latent) take(store, { latent, space: spaceOf(store.state), origin: 'sum' });
  });
  const clearAll = button({
    label: 'Clear',
    class: 'quiet',
    testid: 'sum-clear',
    press: () => store.set({ terms: [null, null, null] }),
  });
  const parts = places.flatMap(({ element }, index) => [
    ...(index > 0 ? [el('span', { class: 'sum-sign', 'aria-hidden': 'true', text: SIGNS[index] })] : []),
    element,
  ]);
  const element = el(
    'section',
    { class: 'samples-part', 'aria-label': 'Sum of three points' },
    partHead('Vector arithmetic', null, clearAll),
    el(
      'div',
      { class: 'sum' },
      ...parts,
      el('span', { class: 'sum-sign', 'aria-hidden': 'true', text: '=' }),
      el('div', { class: 'sum-place' }, result, el('p', { class: 'sum-name', text: 'Result' }), unusual),
    ),
    el('p', {
      class: 'second',
      text:
        'Keep the current point in each place, or send a sample there from its menu (right click). ' +
        'The difference of two pictures is put on a third.',
    }),
  );
  const fetcher = newest(async (_, signal) => {
    const { state } = store;
    if (!ready(state) || state.tab !== 'samples') return;
    const kept = /** @type {Float32Array[]} */ (state.terms.filter(Boolean));
    const drawn = kept.length > 0 ? await api.decode(state.model, pictureRequest(state), kept, signal) : null;
    let row = 0;
    places.forEach((one, index) => {
      if (drawn && state.terms[index]) draw(one.canvas, drawn, row++);
      else clear(one.canvas);
    });
    const latent = sumOf(state.terms);
    const raw = latent && (await api.decode(state.model, pictureRequest(state), [latent], signal));
    if (raw) draw(canvas, raw);
    else clear(canvas);
    tell(unusual, raw?.unusual ?? null);
  });
  const ends = [
    fetcher.stop,
    ...places.map(({ end }) => end),
    store.watch(
      (state) => [state.tab, ready(state), state.detail, state.terms, ...GIVEN.map((key) => state[key])],
      ({ terms }) => {
        result.disabled = !sumOf(terms);
        result.setAttribute('aria-label', result.disabled ? 'Result: two or three points are needed' : 'Result: take it');
        clearAll.hidden = !terms.some(Boolean);
        fetcher.ask(null);
      },
    ),
  ];
  return { element, end: () => ends.forEach((end) => end()) };
}

/** @param {HTMLElement} element @param {number|null} share */
function tell(element, share) {
  element.textContent = share === null ? '' : `unusual ${Math.round(share)}%`;
  element.classList.toggle('far', share !== null && share > FAR);
}

/** @param {(Float32Array|null)[]} terms @returns {Float32Array|null} null as long as one is missing */
export function sumOf([a, b, c]) {
  return a && b && c ? a.map((value, dim) => value - b[dim] + c[dim]) : null;
}

/** @param {Store} store @param {string} name @param {number} index */
function place(store, name, index) {
  const canvas = el('canvas', { width: 28, height: 28, 'aria-hidden': 'true' });
  const slot = el('button', { type: 'button', class: 'slot', testid: `term-${index}` }, canvas);
  slot.addEventListener('click', () => {
    const latent = store.state.terms[index];
    if (latent) take(store, { latent, space: spaceOf(store.state), origin: '' });
  });
  const keep = button({
    label: 'Keep',
    title: `Keep the current point as the one ${WORDS[index]}`,
    'aria-label': `Keep the current point: ${name.toLowerCase()}`,
    testid: `keep-term-${index}`,
    press: () => keepTerm(store, index, store.state.latent),
  });
  const element = el('div', { class: 'sum-place' }, slot, el('p', { class: 'sum-name', text: name }), keep);
  const end = store.watch(
    (state) => [state.terms[index], state.latent === null],
    ({ terms, latent }) => {
      slot.disabled = !terms[index];
      slot.setAttribute('aria-label', terms[index] ? `${name}: go to this point` : `${name}: nothing kept yet`);
      keep.disabled = latent === null;
    },
  );
  return { element, canvas, end };
}
