/**
 * What the server has measured of every row of a set: how well it is drawn again, and how unusual it is.
 */

import { readTable } from './arrow.js';

/**
 * @typedef {Object} Measures
 * @property {Float32Array} error (N,) mean squared error of the reconstruction; NaN where there is no original picture
 * @property {Float32Array} unusual (N,) percentile among held-out points, 0 to 100; NaN in a set of another space
 * @property {Float32Array} distance (N,) what `unusual` ranks, in standard deviations
 */

/** @param {string} model @param {string} set @returns {string} where the job is started that measures it */
export const measuresPath = (model, set) =>
  `/api/models/${encodeURIComponent(model)}/sets/${encodeURIComponent(set)}/measures`;

/** @param {ArrayBuffer} content the job's result @returns {Measures} */
export function readMeasures(content) {
  const { columns } = readTable(content);
  const numbers = (/** @type {string} */ name) => /** @type {import('./arrow.js').Numbers} */ (columns[name]).numbers;
  return { error: numbers('error'), unusual: numbers('unusual'), distance: numbers('distance') };
}

/**
 * @param {Float32Array} values (N,)
 * @param {(index: number) => boolean} [among] which rows count
 * @returns {number[]} rows with a finite value, the largest first
 */
export function ranked(values, among = () => true) {
  /** @type {number[]} */
  const rows = [];
  values.forEach((value, index) => {
    if (Number.isFinite(value) && among(index)) rows.push(index);
  });
  return rows.sort((a, b) => values[b] - values[a] || a - b);
}
