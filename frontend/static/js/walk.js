/**
 * The way between slot A and slot B, and the point on it.
 */

import { between } from './latent.js';
import { methodOf } from './models.js';

/** @typedef {import('./store.js').Store} Store */

/** @param {Store} store @param {number} t in [0, 1] @param {string} [gesture] */
export function walkTo(store, t, gesture) {
  const { a, b } = store.state;
  if (!a || !b) return;
  const position = Math.max(0, Math.min(1, t));
  store.set({ position, latent: between(methodOf(store.state), a, b, position), origin: 'path' }, { gesture });
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

/** @param {Store} store @param {'lerp'|'slerp'} method the current point moves along when it is on the way */
export function chooseMethod(store, method) {
  const { a, b, origin, position } = store.state;
  const onWay = origin === 'path' && a && b;
  store.set({ method, ...(onWay && { latent: between(method, a, b, position) }) });
}

/**
 * @param {Readonly<import('./state.js').State>} state
 * @param {string} method
 * @param {number} count
 * @returns {Float32Array[]}
 */
export function wayOf({ a, b }, method, count) {
  return a && b ? Array.from({ length: count }, (_, index) => between(method, a, b, index / (count - 1))) : [];
}
