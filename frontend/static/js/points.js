/**
 * The sets of the open model: the latents, labels and factors of each row, fetched once as bytes.
 */

import { sentence, superseded } from './api.js';

/** @typedef {import('./factors.js').Factor} Factor */
/** @typedef {import('./store.js').Store} Store */
/** @typedef {import('./api.js').Api} Api */
/** @typedef {import('./api.js').ModelDetail} ModelDetail */

/**
 * @typedef {Object} Points
 * @property {string} model
 * @property {string} set name of the set
 * @property {number} count N
 * @property {number} size D
 * @property {Float32Array} latents (N, D) row-major
 * @property {Int32Array} labels (N,) index into `categories`, -1 for none
 * @property {string[]} categories
 * @property {Factor[]} factors what made each picture what it is, where the set knows it
 * @property {string} failure a sentence when they could not be had; all else is then empty
 */

/**
 * @typedef {Object} Placed where they lie on the map that is shown
 * @property {Readonly<import('./map_choice.js').MapChoice>} choice the map this is
 * @property {string} query the same, as every address of a map takes it
 * @property {2|3} dims
 * @property {Float32Array} positions (N, dims)
 * @property {number[]|null} explained share of the variance along each axis, of a PCA
 * @property {Trust|null} trust how far to trust what the map shows
 * @property {import('./grid.js').Grid} grid of the positions, or of their first two numbers
 */

/**
 * @typedef {Object} Trust
 * @property {number} trustworthiness
 * @property {number} kept share of each point's true neighbours that are neighbours on the map
 * @property {number|null} neighbour_accuracy share of points whose class most neighbours on the map have
 * @property {number|null} latent_accuracy the same in the latent space
 * @property {string} sentence
 */

/** @typedef {Points & Placed} Mapped */

/** @type {WeakMap<ModelDetail, Map<string, Promise<Points>>>} what was fetched goes with its model */
const fetched = new WeakMap();

/** @param {Api} api @param {ModelDetail} detail @param {string} set @returns {Promise<Points>} the same each time */
export function rowsOf(api, detail, set) {
  const own = fetched.get(detail) ?? new Map();
  fetched.set(detail, own);
  const found = own.get(set) ?? api.columns(detail.id, set).then((columns) => assembled(detail.id, set, columns));
  own.set(set, found);
  found.catch(() => own.delete(set)); // the next one asks again
  return found;
}

/** @param {ModelDetail} detail @returns {import('./api.js').SetEntry|undefined} the reference set */
export const defaultSet = (detail) => detail.sets.find((entry) => entry.default) ?? detail.sets[0];

/**
 * Fetch the reference set into the store. Does nothing when it is there, or on its way.
 * @param {Store} store @param {Api} api
 */
export async function loadPoints(store, api) {
  const { detail, points } = store.state;
  const set = detail && defaultSet(detail);
  if (!detail || !set || points?.model === detail.id) return;
  try {
    const rows = await rowsOf(api, detail, set.name);
    if (store.state.detail === detail) store.set({ points: rows });
  } catch (error) {
    if (!superseded(error) && store.state.detail === detail)
      store.set({ points: { ...nothing(detail.id, set.name), failure: sentence(error) } });
  }
}

/** @param {string} model @param {string} set @returns {Points} */
export function nothing(model, set) {
  return {
    model,
    set,
    count: 0,
    size: 0,
    latents: new Float32Array(0),
    labels: new Int32Array(0),
    categories: [],
    factors: [],
    failure: '',
  };
}

/** @param {string} model @param {string} set @param {ArrayBuffer} columns an Arrow stream @returns {Promise<Points>} */
async function assembled(model, set, columns) {
  const [{ readTable }, { factorsOf }] = await Promise.all([import('./arrow.js'), import('./factors.js')]);
  const table = readTable(columns);
  const latents = /** @type {import('./arrow.js').FloatLists} */ (table.columns.latents);
  const label = /** @type {import('./arrow.js').Categories|undefined} */ (table.columns.label);
  return {
    model,
    set,
    count: table.rows,
    size: latents.size,
    latents: latents.values,
    labels: label?.codes ?? new Int32Array(table.rows).fill(-1),
    categories: label?.categories ?? [],
    factors: factorsOf(table),
    failure: '',
  };
}

/** @param {Points} points @param {number} index @returns {Float32Array} (D,) a copy */
export const latentOf = (points, index) => points.latents.slice(index * points.size, (index + 1) * points.size);

/** @param {Points} points @param {number} index @returns {string} its class, '' without one */
export const labelOf = (points, index) => points.categories[points.labels[index]] ?? '';

/** @param {string} origin `row:data:1204` @returns {{set: string, index: number}|null} */
export function rowOf(origin) {
  const [kind, set, index] = origin.split(':');
  return kind === 'row' ? { set, index: Number(index) } : null;
}
