/**
 * The Samples tab: a sheet of draws from the model, sums of latents, and the far ends of the known pictures.
 */

import { lifetime } from '../dom.js';
import { outliers } from './samples_outliers.js';
import { sheet } from './samples_sheet.js';
import { sum } from './samples_sum.js';

/** @typedef {import('../store.js').Store} Store */
/** @typedef {import('../api.js').Api} Api */

/** @param {HTMLElement} root @param {Store} store @param {Api} api @returns {() => void} */
export function mount(root, store, api) {
  const life = lifetime();
  const parts = [sheet(store, api), sum(store, api), outliers(store, api)];
  root.append(...parts.map(({ element }) => element));
  life.add(...parts.map(({ end }) => end), () => root.replaceChildren());
  return life.end;
}
