/**
 * Which points of the map are shown, and which of them stand out: by the legend, the filter and the selection.
 */

import { meaningOf } from './colouring.js';
import { filterOf } from './map_filter.js';

/** @typedef {import('./points.js').Mapped} Mapped */
/** @typedef {import('./state.js').State} State */

/** @param {Readonly<State>} state @param {Mapped} points @returns {Uint8Array} (N,) 0: faint, 1: shown, but not selected, 2: shown */
export function levelsOf(state, points) {
  const levels = new Uint8Array(points.count).fill(2);
  const { classes, parts, selection } = state;
  if (classes.length > 0 && points.categories.length > 0) keep(levels, points.labels, classes);
  if (parts.length > 0) {
    const { codes } = meaningOf(state, points);
    if (codes) keep(levels, codes, parts);
  }
  const { accept } = filterOf(state.filter, points, state.rowFacts);
  if (accept) for (let row = 0; row < levels.length; row++) if (levels[row] > 0 && !accept(row)) levels[row] = 0;
  if (selection && selection.length > 0) {
    for (let row = 0; row < levels.length; row++) if (levels[row] > 0) levels[row] = 1;
    for (const row of selection) if (levels[row] > 0) levels[row] = 2;
  }
  return levels;
}

/** @param {Uint8Array} levels @param {Int32Array} codes @param {number[]} wanted */
function keep(levels, codes, wanted) {
  const kept = new Set(wanted);
  for (let row = 0; row < levels.length; row++) if (!kept.has(codes[row])) levels[row] = 0;
}

/** @param {Readonly<State>} state @param {Mapped} points @returns {Uint32Array} the rows that are shown */
export function shownRows(state, points) {
  const levels = levelsOf({ ...state, selection: null }, points);
  return Uint32Array.from(rowsWhere(levels.length, (row) => levels[row] > 0));
}

/** @param {number} count @param {(row: number) => boolean} test @returns {number[]} ascending */
export function rowsWhere(count, test) {
  const rows = [];
  for (let row = 0; row < count; row++) if (test(row)) rows.push(row);
  return rows;
}
