/**
 * The reference set of the open model: its latents, labels and place on the map, fetched once as bytes.
 */

import { sentence, superseded } from './api.js';
import { readTable } from './arrow.js';
import { factorsOf } from './factors.js';
import { Grid } from './grid.js';

/** @typedef {import('./factors.js').Factor} Factor */

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
 * @property {Float32Array} positions (N, 2)
 * @property {number[]|null} explained share of the variance along each axis
 * @property {Grid} grid
 * @property {string} failure a sentence when they could not be had; all else is then empty
 */

/**
 * Fetch them into the store. Does nothing when they are there, or on their way.
 * @param {import('./store.js').Store} store @param {import('./api.js').Api} api
 */
export async function loadPoints(store, api) {
  const { detail, points } = store.state;
  const set = detail?.sets.find((entry) => entry.default) ?? detail?.sets[0];
  if (!detail || !set || points?.model === detail.id || underway.get(store) === detail.id) return;
  underway.set(store, detail.id);
  try {
    const [columns, map] = await Promise.all([api.columns(detail.id, set.name), api.projection(detail.id, set.name)]);
    if (store.state.detail === detail) store.set({ points: assemble(detail.id, set.name, columns, map) });
  } catch (error) {
    if (!superseded(error) && store.state.detail === detail)
      store.set({ points: { ...nothing(detail.id, set.name), failure: sentence(error) } });
  } finally {
    underway.delete(store);
  }
}

/** @type {WeakMap<object, string>} which model's points a store is waiting for */
const underway = new WeakMap();

/** @param {string} model @param {string} set @returns {Points} */
function nothing(model, set) {
  const positions = new Float32Array(0);
  return {
    model,
    set,
    count: 0,
    size: 0,
    latents: new Float32Array(0),
    labels: new Int32Array(0),
    categories: [],
    factors: [],
    positions,
    explained: null,
    grid: new Grid(positions),
    failure: '',
  };
}

/**
 * @param {string} model @param {string} set @param {ArrayBuffer} columns an Arrow stream
 * @param {{positions: Float32Array, explained: number[]|null}} map @returns {Points}
 */
function assemble(model, set, columns, { positions, explained }) {
  const table = readTable(columns);
  const latents = /** @type {import('./arrow.js').FloatLists} */ (table.columns.latents);
  const label = /** @type {import('./arrow.js').Categories|undefined} */ (table.columns.label);
  if (positions.length !== 2 * table.rows) throw new TypeError('the map has another number of points than the set');
  return {
    model,
    set,
    count: table.rows,
    size: latents.size,
    latents: latents.values,
    labels: label?.codes ?? new Int32Array(table.rows).fill(-1),
    categories: label?.categories ?? [],
    factors: factorsOf(table),
    positions,
    explained,
    grid: new Grid(positions),
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
