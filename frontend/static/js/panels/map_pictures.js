/**
 * From near, the points are their pictures: when few enough are in view, these are fetched in one sheet and drawn in place.
 */

import { layersOf } from '../map_layers.js';
import { newest } from '../newest.js';
import { imageOf } from '../picture.js';

/** @typedef {import('./map_board.js').Board} Board */
/** @typedef {import('../points.js').Mapped} Mapped */
/** @typedef {import('../map_layers.js').Scene} Scene */
/** @typedef {{sheet: HTMLCanvasElement, x: number, y: number, width: number, height: number}} Known */

const MOST = 240; // in view; the server gives at most 400 at a time
const KEPT = 1200;
const COLUMNS = 20;
const REST_MS = 120;
const SMALLEST = 22;
const LARGEST = 64;

/** @param {Board} board @param {import('../store.js').Store} store @param {import('../api.js').Api} api @returns {() => void} ends it */
export function picturesFromNear(board, store, api) {
  /** @type {Map<number, Known>} by row */
  const known = new Map();
  /** @type {Mapped|null} */
  let of = null;
  /** @type {number[]} */
  let rows = [];
  const fetcher = newest(
    async (/** @type {{points: Mapped, wanted: number[]}} */ { points, wanted }, signal) => {
      const missing = wanted.filter((row) => !known.has(row));
      if (points !== board.points || missing.length === 0) return;
      const raw = await api.pictures(points.model, points.set, missing, signal);
      if (points !== of) return;
      if (known.size > KEPT) known.clear();
      keep(raw, missing, known);
      layer.redraw();
    },
    { wait: REST_MS },
  );
  const look = () => {
    const { points } = board;
    if (points !== of) {
      of = points;
      known.clear();
    }
    rows = points && points.dims === 2 && board.plot && picturedSet(store, points) ? inView(board, points) : [];
    board.element.classList.toggle('pictured', rows.length > 0);
    if (points && rows.length > 0) fetcher.ask({ points, wanted: rows });
  };
  const layer = layersOf(store).add({
    draw(context, scene) {
      look();
      drawAll(context, scene, rows, known, (row) => colourOf(board.words[row]));
    },
  });
  return () => {
    layer.remove();
    fetcher.stop();
  };
}

/** @param {import('../store.js').Store} store @param {Mapped} points @returns {boolean} whether its rows have pictures */
function picturedSet({ state: { detail } }, points) {
  const set = detail?.sets.find(({ name }) => name === points.set);
  return Boolean(set && (set.pictures || detail?.can.decode));
}

/** @param {Board} board @param {Mapped} points @returns {number[]} the rows in view; none where they are too many */
function inView({ plot, levels }, { grid, positions, count }) {
  if (!plot) return [];
  const { x, y } = plot.axes().ranges;
  const rows = [];
  const [from, to, low, high] = [grid.column(x[0]), grid.column(x[1]), grid.row(y[0]), grid.row(y[1])];
  // The share of cells tells soon whether it is worth counting.
  if (((to - from + 1) * (high - low + 1) * count) / (grid.columns * grid.rows) > 40 * MOST) return [];
  for (let line = low; line <= high; line++) {
    for (let at = grid.starts[line * grid.columns + from]; at < grid.starts[line * grid.columns + to + 1]; at++) {
      const row = grid.members[at];
      const [px, py] = [positions[2 * row], positions[2 * row + 1]];
      if (levels[row] === 0 || px < x[0] || px > x[1] || py < y[0] || py > y[1]) continue;
      rows.push(row);
      if (rows.length > MOST) return [];
    }
  }
  return rows;
}

/** @param {import('../api.js').Raw} raw @param {number[]} rows @param {Map<number, Known>} known */
function keep(raw, rows, known) {
  const [count, height, width] = raw.shape;
  const sheet = document.createElement('canvas');
  sheet.width = Math.min(COLUMNS, count) * width;
  sheet.height = Math.ceil(count / COLUMNS) * height;
  const context = sheet.getContext('2d');
  for (let i = 0; i < count; i++) {
    const [x, y] = [(i % COLUMNS) * width, Math.floor(i / COLUMNS) * height];
    context?.putImageData(imageOf(raw, i), x, y);
    known.set(rows[i], { sheet, x, y, width, height });
  }
}

/**
 * @param {CanvasRenderingContext2D} context @param {Scene} scene @param {number[]} rows @param {Map<number, Known>} known
 * @param {(row: number) => string} colour of its frame
 */
function drawAll(context, { row, width, height }, rows, known, colour) {
  if (rows.length === 0) return;
  const size = Math.round(Math.max(SMALLEST, Math.min(LARGEST, 0.8 * Math.sqrt((width * height) / rows.length))));
  /** @type {[number, number][]} where there is a picture already: none covers another by more than half */
  const taken = [];
  context.lineWidth = 2;
  for (const index of rows) {
    const found = known.get(index);
    if (!found) continue;
    const [x, y] = row(index).map((edge) => edge - size / 2);
    if (taken.some(([ox, oy]) => Math.abs(ox - x) < 0.6 * size && Math.abs(oy - y) < 0.6 * size)) continue;
    taken.push([x, y]);
    context.drawImage(found.sheet, found.x, found.y, found.width, found.height, x, y, size, size);
    context.strokeStyle = colour(index);
    context.strokeRect(x - 1, y - 1, size + 2, size + 2);
  }
}

/** @param {number} word @returns {string} */
const colourOf = (word) => `rgb(${word & 255} ${(word >>> 8) & 255} ${(word >>> 16) & 255})`;
