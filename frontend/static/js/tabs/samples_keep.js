/**
 * Where a picture of the Samples tab can go: it becomes the current point, A or B, or a term of the sum.
 */

import { movedTo, spaceOf } from '../given.js';

/** @typedef {import('../store.js').Store} Store */
/** @typedef {import('../state.js').State} State */
/** @typedef {{latent: Float32Array, space: string, origin: string, more?: Partial<State>}} Found `more`: what comes with it */

/** What the places of the sum A - B + C are called on the page. */
export const TERMS = /** @type {const} */ (['Start', 'Take away', 'Add']);

/** @param {Store} store @param {Found} found */
export function take(store, { latent, space, origin, more }) {
  store.set({ ...movedTo(store.state, space), latent, origin, ...more });
}

/**
 * @param {Store} store @param {Found} found
 * @returns {import('../panels/menu.js').Item[]} kept points are points of the space that is moved in
 */
export function itemsFor(store, found) {
  const items = [{ label: 'Take it', act: () => take(store, found) }];
  if (found.space !== spaceOf(store.state)) return items;
  const { latent } = found;
  return [
    ...items,
    { label: 'Keep as A', act: () => store.set({ a: latent, position: 0 }) },
    { label: 'Keep as B', act: () => store.set({ b: latent, position: 1 }) },
    ...TERMS.map((name, index) => ({
      label: `Sum: ${name.toLowerCase()}`,
      act: () => keepTerm(store, index, latent),
    })),
  ];
}

/** @param {Store} store @param {number} index @param {Float32Array|null} latent null empties the place */
export function keepTerm(store, index, latent) {
  store.set({ terms: store.state.terms.map((term, at) => (at === index ? latent : term)) });
}
