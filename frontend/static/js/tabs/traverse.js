/**
 * The Traverse tab: what moving single dimensions, or two at once, does from the current point.
 */

import { lifetime } from '../dom.js';

/** @typedef {import('../store.js').Store} Store */
/** @typedef {import('../api.js').Api} Api */

/** @param {HTMLElement} root @param {Store} store @param {Api} api @returns {() => void} */
export function mount(root, store, api) {
  const life = lifetime();
  life.add(() => root.replaceChildren());
  return life.end;
}
