/**
 * The Samples tab: draws from the model, sums of latents, and the outliers among the known pictures.
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
