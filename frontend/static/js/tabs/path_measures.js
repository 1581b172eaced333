/**
 * What the server measures of each road, asked for while the Path tab is open: one road after the other, so that the
 * large picture is never kept waiting by more than one.
 */

import { GIVEN } from '../given.js';
import { ready } from '../models.js';
import { newest } from '../newest.js';
import { pictureRequest } from '../state.js';
import { canSlerp, geodesicOf, keyframesOf, METHODS } from '../walk.js';

/** @typedef {import('../store.js').Store} Store */
/** @typedef {import('../api.js').Api} Api */
/** @typedef {Readonly<import('../state.js').State>} State */
/** @typedef {import('../walk.js').Method} Method */

/**
 * @typedef {Object} Measured
 * @property {number[]} changes
 * @property {number[]|null} unusual
 * @property {number} length
 * @property {number} continuity
 * @property {string} sentence
 */
/** @typedef {Partial<Record<Method, Measured>>} All */

const REST_MS = 250;
/** Points of a stretch of the geodesic, as the server answers it, less one. */
const DENSE = 256;

/** @param {number} stretches @returns {number} steps each, so that a road has 128 or a few more in all */
const stepsFor = (stretches) => (stretches === 1 ? 128 : stretches <= 3 ? 64 : 32);

/**
 * @param {Store} store @param {Api} api @param {(all: All, state: State) => void} show told whenever a road was measured, or none is known any more
 * @returns {() => void}
 */
export function measureRoads(store, api, show) {
  /** @type {All} */
  let all = {};
  /** @type {{sides: unknown[], geodesic: Float32Array|null}} */
  let known = { sides: [], geodesic: null };
  const fetcher = newest(
    async (_, signal) => {
      const { state } = store;
      if (state.tab !== 'path' || !ready(state)) return;
      const sides = sidesOf(state);
      if (!equal(sides, known.sides)) {
        known = { sides, geodesic: null };
        all = {};
        show(all, state);
      }
      for (const method of METHODS) {
        if (keyframesOf(state).length === 0 || all[method] || (method === 'slerp' && !canSlerp(state))) continue;
        const found = await measured(state, api, method, signal);
        if (!equal(sidesOf(store.state), sides)) return;
        if (found) all = { ...all, [method]: found };
        show(all, store.state);
      }
    },
    { wait: REST_MS },
  );
  const end = store.watch(
    (state) => [state.tab, ready(state), geodesicOf(state), ...sidesOf(state)],
    (state) => {
      if (geodesicOf(state) !== known.geodesic) {
        known = { ...known, geodesic: geodesicOf(state) };
        const { geodesic: _old, ...others } = all;
        all = others;
        show(all, state);
      }
      fetcher.ask(null);
    },
  );
  return () => {
    end();
    fetcher.stop();
  };
}

/** @param {State} state what decides the straight roads */
const sidesOf = (state) => [state.detail, ...GIVEN.map((key) => state[key]), ...keyframesOf(state)];

/** @param {unknown[]} one @param {unknown[]} other */
const equal = (one, other) => one.length === other.length && one.every((part, index) => part === other[index]);

/** @param {State} state @param {Api} api @param {Method} method @param {AbortSignal} signal @returns {Promise<Measured|null>} */
async function measured(state, api, method, signal) {
  const points = geodesicOf(state);
  const keyframes = keyframesOf(state);
  const steps = stepsFor(keyframes.length - 1);
  if (method === 'geodesic' && !points) return null;
  const rows = method === 'geodesic' && points ? thinned(points, keyframes[0].length, DENSE / steps) : keyframes;
  const body = {
    ...pictureRequest(state),
    latents: rows.map((row) => Array.from(row)),
    ...(method === 'geodesic' ? { method: 'points' } : { method, steps }),
  };
  return (await api.post(`/api/models/${encodeURIComponent(state.model)}/paths/measure`, body, signal)).json();
}

/** @param {Float32Array} points (N, D) @param {number} size D @param {number} every @returns {Float32Array[]} each so many-th */
const thinned = (points, size, every) =>
  Array.from({ length: (points.length / size - 1) / every + 1 }, (_, row) =>
    points.subarray(row * every * size, (row * every + 1) * size),
  );
