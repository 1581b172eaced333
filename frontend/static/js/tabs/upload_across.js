/**
 * The same picture in every model of its data set, side by side.
 */

import { lifetime } from '../dom.js';

/** @typedef {import('../store.js').Store} Store */
/** @typedef {import('../api.js').Api} Api */

/** On the fold-out; it is mounted when that is first opened. */
export const title = 'The same picture across models';

/** @param {Readonly<import('../state.js').State>} _state @returns {boolean} whether the fold-out is there at all */
export const fits = (_state) => false;

/** @param {HTMLElement} root @param {Store} store @param {Api} api @returns {() => void} */
export function mount(root, store, api) {
  const life = lifetime();
  life.add(() => root.replaceChildren());
  return life.end;
}
