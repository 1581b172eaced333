/**
 * The film strips over the sliders: fetched when the hand rests, only for rows in view, only where something changed.
 */

import { GIVEN } from '../given.js';
import { ready } from '../models.js';
import { newest } from '../newest.js';
import { drawRow } from '../picture.js';
import { pictureRequest } from '../state.js';
import { STEPS } from './slider_row.js';

/** @typedef {import('./slider_row.js').Row} Row */
/** @typedef {import('../state.js').State} State */

const REST_MS = 140;
const AT_ONCE = 16;
const GAP = 1;

/**
 * @param {import('../store.js').Store} store
 * @param {import('../api.js').Api} api
 * @param {() => Row[]} rows all rows of the open model
 * @returns {{observe: (shown: Row[]) => void, end: () => void}}
 */
export function followStrips(store, api, rows) {
  /** @type {Set<Element>} */
  const visible = new Set();
  /** @type {WeakMap<Row, {latent: Float32Array, given: string}>} what each strip was made for */
  const made = new WeakMap();

  const stale = (/** @type {Readonly<State>} */ state) => {
    const given = givenBy(state);
    const open = rows().filter((row) => row.model === state.detail && visible.has(row.element));
    return open.filter((row) => {
      const known = made.get(row);
      return known?.given !== given || !serves(known.latent, state.latent, row);
    });
  };
  const fetcher = newest(
    async (_, signal) => {
      const { state } = store;
      const part = stale(state).slice(0, AT_ONCE);
      if (!ready(state) || !state.latent || part.length === 0) return;
      const dims = part.map((row) => row.slider.dim);
      drawStrips(part, await api.traverse(state.model, pictureRequest(state), state.latent, dims, STEPS, signal));
      for (const row of part) made.set(row, { latent: state.latent, given: givenBy(state) });
      if (stale(store.state).length > 0) fetcher.ask(null);
    },
    { wait: REST_MS },
  );

  const observer = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) {
        if (isIntersecting) visible.add(target);
        else visible.delete(target);
      }
      fetcher.ask(null);
    },
    { rootMargin: '80px' },
  );

  const unwatch = store.watch(
    (state) => [state.latent, state.detail, state.model, ...GIVEN.map((key) => state[key])],
    () => fetcher.ask(null),
  );
  return {
    observe(shown) {
      observer.disconnect();
      visible.clear();
      for (const row of shown) observer.observe(row.element);
    },
    end() {
      unwatch();
      observer.disconnect();
      fetcher.stop();
    },
  };
}

/** @param {Row[]} rows @param {import('../api.js').Raw} raw STEPS pictures a row */
function drawStrips(rows, raw) {
  rows.forEach((row, index) => {
    drawRow(row.strip, raw, index * STEPS, STEPS, GAP);
    row.strip.classList.add('drawn');
  });
}

/** @param {Readonly<State>} state @returns {string} all that decides a picture, but for the latent */
const givenBy = (state) => JSON.stringify(GIVEN.map((key) => state[key]));

/**
 * @param {Float32Array} made the point a strip was made for
 * @param {Float32Array|null} latent
 * @param {Row} row
 * @returns {boolean} whether only its own dimension differs, which the strip shows anyway
 */
const serves = (made, latent, { slider: { dim } }) =>
  made.length === latent?.length && latent.every((value, i) => i === dim || value === made[i]);
