/**
 * The film strips over the sliders: only for rows in view, only where something changed, and never before the large
 * picture. While a hand moves they follow one row at a time, each asked for only while no frame is under way; the rest
 * comes when the hand rests.
 */

import { GIVEN, styleSize } from '../given.js';
import { ready } from '../models.js';
import { newest } from '../newest.js';
import { drawRow } from '../picture.js';
import { pictureRequest } from '../state.js';
import { STEPS } from './slider_row.js';

/** @typedef {import('./slider_row.js').Row} Row */
/** @typedef {import('../state.js').State} State */

/** So long after the last move the hand rests. */
const REST_MS = 140;
/** Between two rows while it moves: what a row takes of the server and of this page is a small part of that. */
const MOVING_MS = 90;
/** The pause after a row is so many times what the row took: on a slow or busy machine the strips come less often. */
const PAUSES = 8;
/** How soon to look again whether the large picture is there. */
const AGAIN_MS = 8;
/** Rows a request: few, so that the first move after a rest waits for little. */
const AT_ONCE = { moving: 1, resting: 3 };
const GAP = 1;

/** @typedef {WeakMap<Row, {latent: Float32Array, given: string, at: number}>} Made what a strip was made for, and when */

/**
 * @param {import('../store.js').Store} store
 * @param {import('../api.js').Api} api
 * @param {() => Row[]} rows all rows of the open model
 * @returns {{observe: (shown: Row[]) => void, end: () => void}}
 */
export function followStrips(store, api, rows) {
  /** @type {Set<Element>} */
  const visible = new Set();
  /** @type {Made} */
  const made = new WeakMap();

  const stale = (/** @type {Readonly<State>} */ state) => {
    const given = givenBy(state);
    const open = rows().filter((row) => row.model === state.detail && visible.has(row.element));
    return open.filter((row) => {
      const known = made.get(row);
      return known?.given !== given || !serves(known.latent, state, row);
    });
  };
  let moved = 0;
  let last = 0;
  let took = 0;
  const atRest = () => performance.now() - moved > REST_MS;
  const fetcher = newest(async (_, signal) => {
    while (stale(store.state).length > 0 && ready(store.state)) {
      const due = last + Math.max(MOVING_MS, (1 + PAUSES) * took);
      while (!atRest() && performance.now() < due) await pause(Math.min(REST_MS / 2, due - performance.now()));
      while (underway(api)) await pause(AGAIN_MS);
      if (signal.aborted) return;
      const resting = atRest();
      last = performance.now();
      const { state } = store;
      const part = nextRows(stale(state), made, resting ? AT_ONCE.resting : AT_ONCE.moving);
      if (!ready(state) || !state.latent || part.length === 0) return;
      const dims = part.map((row) => row.slider.dim);
      drawStrips(part, await api.traverse(state.model, pictureRequest(state), state.latent, dims, STEPS, signal));
      took = (performance.now() - last) / part.length;
      for (const row of part) made.set(row, { latent: state.latent, given: givenBy(state), at: last });
    }
  });

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
    () => {
      moved = performance.now();
      fetcher.ask(null);
    },
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

/** @param {number} ms */
export const pause = (ms) => new Promise((done) => setTimeout(done, ms));

/** @param {import('../api.js').Api} api @returns {boolean} whether the large picture is waited for */
export const underway = ({ live }) =>
  (live.mode === 'live' || live.mode === 'http') && Boolean(live.flying ?? live.waiting);

/** @param {Row[]} rows @param {Made} made @param {number} most @returns {Row[]} those that have waited longest */
const nextRows = (rows, made, most) =>
  [...rows].sort((a, b) => (made.get(a)?.at ?? 0) - (made.get(b)?.at ?? 0)).slice(0, most);

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
 * @param {Readonly<State>} state
 * @param {Row} row
 * @returns {boolean} whether only its own dimension differs, which the strip shows anyway
 */
function serves(made, state, { slider: { dim } }) {
  const { latent } = state;
  const size = styleSize(state);
  return made.length === latent?.length && latent.every((value, i) => i % size === dim || value === made[i]);
}
