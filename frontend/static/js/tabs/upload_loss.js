/**
 * What the loss is spent on: the reconstruction of this picture, and the information in each dimension.
 */

import { lifetime } from '../dom.js';

/** @typedef {import('../store.js').Store} Store */
/** @typedef {import('../api.js').Api} Api */

/** On the fold-out; it is mounted when that is first opened. */
export const title = 'Spend the loss';

/** @param {Readonly<import('../state.js').State>} _state @returns {boolean} whether the fold-out is there at all */
export const fits = (_state) => false;

/** @param {HTMLElement} root @param {Store} store @param {Api} api @returns {() => void} */
export function mount(root, store, api) {
  const life = lifetime();
  life.add(() => root.replaceChildren());
  return life.end;
}
