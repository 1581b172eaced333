/**
 * Roads through the keyframes A, those between, and B; and the point on them.
 */

import { GIVEN, spaceOf } from './given.js';
import { between, lerp } from './latent.js';
import { methodOf } from './models.js';

/** @typedef {import('./store.js').Store} Store */
/** @typedef {Readonly<import('./state.js').State>} State */
/** @typedef {'lerp'|'slerp'|'geodesic'} Method */

/**
 * @typedef {Object} Road the geodesic through the keyframes
 * @property {unknown[]} key what it was computed for
 * @property {'running'|'done'|'failed'|'stopped'} state
 * @property {number|null} progress 0 to 1; null where nobody knows
 * @property {string} message a sentence
 * @property {Float32Array|null} points (N, D) row-major, evenly in t; null until it is done
 * @property {Float32Array|null} preview the same, of fewer points, while it runs
 * @property {{decoded: number, weight: number}|null} facts `decoded`: its energy in units of the straight line's
 */

export const METHODS = /** @type {const} */ (['lerp', 'slerp', 'geodesic']);
/** Keyframes in a row, A and B among them. */
export const MOST = 12;

/** @param {State} state @returns {Float32Array[]} (D,) each; none unless A and B are kept */
export const keyframesOf = ({ a, b, via }) => (a && b ? [a, ...via, b] : []);

/** @param {State} state @returns {unknown[]} what the geodesic depends on */
export const roadKey = (state) => [state.detail, state.weight, ...GIVEN.map((key) => state[key]), ...keyframesOf(state)];

/** @param {State} state @returns {boolean} whether `road` is about the keyframes that are kept now */
export const roadFits = (state) => fits(state.road, state);

/** @param {Road|null} road @param {State} state @returns {boolean} */
function fits(road, state) {
  const key = roadKey(state);
  return road !== null && road.key.length === key.length && road.key.every((part, index) => part === key[index]);
}

/** @param {State} state @returns {Float32Array|null} (N, D) of the geodesic, once it has been found */
export const geodesicOf = (state) => (roadFits(state) ? (state.road?.points ?? null) : null);

/**
 * @param {State} state
 * @returns {boolean} slerp is for Gaussian and spherical priors: not for w, nor for a plain autoencoder
 */
export const canSlerp = (state) =>
  state.detail?.interpolation === 'slerp' || (state.detail?.default_space === 'w' && spaceOf(state) === 'z');

/** @param {State} state @returns {Method} along which the scrubber walks now: a geodesic only once it is there */
export function walkedMethod(state) {
  const chosen = /** @type {Method} */ (methodOf(state));
  const there = chosen === 'geodesic' ? geodesicOf(state) !== null : chosen !== 'slerp' || canSlerp(state);
  return there ? chosen : methodOf({ ...state, method: '' });
}

/**
 * @param {State} state with A and B
 * @param {Method} method
 * @param {number} t in [0, 1]; each stretch between two keyframes takes as long
 * @returns {Float32Array} (D,)
 */
export function pointOn(state, method, t) {
  const keyframes = keyframesOf(state);
  const points = method === 'geodesic' ? geodesicOf(state) : null;
  if (points) return along(points, keyframes[0].length, t);
  const place = t * (keyframes.length - 1);
  const stretch = Math.min(Math.floor(place), keyframes.length - 2);
  return between(method, keyframes[stretch], keyframes[stretch + 1], place - stretch);
}

/** @param {Float32Array} points (N, D) @param {number} size D @param {number} t @returns {Float32Array} (D,), linear between */
export function along(points, size, t) {
  const place = t * (points.length / size - 1);
  const before = Math.min(Math.floor(place), Math.max(0, points.length / size - 2));
  const at = (/** @type {number} */ row) => points.subarray(row * size, (row + 1) * size);
  return lerp(at(before), at(before + 1), place - before);
}

/** @param {Store} store @param {number} t in [0, 1] @param {string} [gesture] */
export function walkTo(store, t, gesture) {
  const { state } = store;
  if (!state.a || !state.b) return;
  const position = Math.max(0, Math.min(1, t));
  store.set({ position, latent: pointOn(state, walkedMethod(state), position), origin: 'path' }, { gesture });
}

/** @param {Store} store @param {'a'|'b'} slot takes the current point */
export function keepPoint(store, slot) {
  const { latent } = store.state;
  if (latent) store.set({ [slot]: latent, position: slot === 'a' ? 0 : 1 });
}

/** @param {Store} store @param {'a'|'b'} slot goes to the point that is kept there */
export function goTo(store, slot) {
  const { state } = store;
  const latent = state[slot];
  if (latent) store.set({ latent, origin: state.a && state.b ? 'path' : '', position: slot === 'a' ? 0 : 1 });
}

/** @param {Store} store @param {Method} method the current point moves along when it is on the way */
export function chooseMethod(store, method) {
  const { state } = store;
  if (method === 'slerp' && !canSlerp(state)) return;
  const after = { ...state, method };
  const onWay = state.origin === 'path' && state.a && state.b;
  store.set({ method, ...(onWay && { latent: pointOn(after, walkedMethod(after), state.position) }) });
}

/**
 * @param {State} state
 * @param {Method} method
 * @param {number} count
 * @returns {Float32Array[]} evenly in t; none where there is no such road
 */
export function wayOf(state, method, count) {
  if (!state.a || !state.b || (method === 'geodesic' && !geodesicOf(state))) return [];
  return Array.from({ length: count }, (_, index) => pointOn(state, method, index / (count - 1)));
}
