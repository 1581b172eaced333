/**
 * The selection on the map: rows of its set, chosen by a shape, by the legend and the filter, or by hand.
 */

import { grouped } from './dom.js';
import { shownRows } from './map_levels.js';
import { say } from './models.js';

/** @typedef {import('./store.js').Store} Store */

/** @param {Store} store @param {number[]} rows ascending; none are no selection, and said */
export function select(store, rows) {
  if (rows.length === 0) say(store, 'No point lies in there, so nothing is selected.');
  store.set({ selection: rows.length > 0 ? Uint32Array.from(rows) : null, tool: '' });
}

/** @param {Store} store everything that the legend and the filter leave */
export function selectShown(store) {
  const { state } = store;
  if (!state.mapped || state.mapped.count === 0) return;
  const rows = shownRows(state, state.mapped);
  store.set({ selection: rows.length > 0 ? rows : null });
  say(store, rows.length > 0 ? `${grouped(rows.length)} points are selected.` : 'No point is shown, so nothing is selected.');
}

/** @param {Store} store @returns {boolean} whether there was one */
export function clearSelection(store) {
  const had = store.state.selection !== null;
  if (had) store.set({ selection: null });
  return had;
}
