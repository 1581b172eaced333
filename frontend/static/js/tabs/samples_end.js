/**
 * One end of the ranked pictures: tiles of a picture over its reconstruction, with the number they are ranked by.
 */

import { el, grouped } from '../dom.js';
import { takenRow } from '../models.js';
import { labelOf, latentOf } from '../points.js';
import { itemsFor } from './samples_keep.js';
import { tiles } from './samples_tiles.js';

/** @typedef {import('../store.js').Store} Store */
/** @typedef {import('../points.js').Points} Points */
/** @typedef {import('../measures.js').Measures} Measures */
/** @typedef {'error'|'unusual'} Rank */
/** @typedef {{hash: string, points: Points, measures: Measures}} Known of the model with that hash */

const TITLES = {
  error: ['Drawn worst', 'Drawn best'],
  unusual: ['Most unusual', 'Least unusual'],
};

/** @param {Store} store @param {number} which 0: the far end, 1: the near one @param {() => Known|null} facts */
export function endOf(store, which, facts) {
  const title = el('h3', { class: 'outlier-title' });
  /** @type {number[]} */
  let rows = [];
  /** @type {HTMLCanvasElement[][]} */
  let canvases = [];
  const grid = tiles({
    label: TITLES.error[which],
    testid: `outliers-${which}`,
    take(index) {
      const known = facts();
      if (known) store.set(takenRow(store.state, known.points, rows[index]));
    },
    items(index) {
      const known = facts();
      return known ? itemsFor(store, foundRow(store, known.points, rows[index])) : [];
    },
  });
  const mark = () => {
    const { origin, points } = store.state;
    grid.mark(points ? rows.findIndex((row) => origin === `row:${points.set}:${row}`) : -1);
  };
  return {
    element: el('div', { class: 'outlier-end' }, title, grid.element),
    mark,
    /** @returns {{row: number, canvases: HTMLCanvasElement[]}[]} what is to be drawn, and where */
    places: () => rows.map((row, index) => ({ row, canvases: canvases[index] })),
    /** @param {Rank} rank @param {number[]} wanted rows of the set */
    show(rank, wanted) {
      const known = facts();
      if (!known) return;
      rows = wanted;
      title.textContent = TITLES[rank][which];
      grid.element.setAttribute('aria-label', TITLES[rank][which]);
      const heights = known.measures.error.some(Number.isFinite) ? 2 : 1;
      canvases = grid.fill(rows.map((row) => describe(rank, known, row)), heights);
      mark();
    },
  };
}

/** @param {Store} store @param {Points} points @param {number} row @returns {import('./samples_keep.js').Found} */
function foundRow({ state }, points, row) {
  const { origin = '', conditions } = takenRow(state, points, row);
  const set = state.detail?.sets.find(({ name }) => name === points.set);
  return { latent: latentOf(points, row), space: set?.space ?? '', origin, more: { conditions } };
}

/** @param {Rank} rank @param {Known} known @param {number} row @returns {import('./samples_tiles.js').Tile} */
function describe(rank, { points, measures: { error, unusual, distance } }, row) {
  const facts = [
    Number.isFinite(error[row]) && `error ${short(error[row])}`,
    Number.isFinite(unusual[row]) && `more unusual than ${Math.round(unusual[row])}%`,
  ].filter(Boolean);
  const name = `${labelOf(points, row) || 'Picture'} #${grouped(row)}`;
  return { label: [name, ...facts].join(', '), note: short(rank === 'error' ? error[row] : distance[row]) };
}

/** @param {number} value */
const short = (value) => value.toFixed(value >= 1 ? 1 : value >= 0.01 ? 3 : 4);
