/**
 * The nearest points of the set to the current one: as pictures, and as lines on the map. A long line is a neighbour that the map
 * draws far away.
 */

import { sentence, superseded } from '../api.js';
import { el, lifetime } from '../dom.js';
import { layersOf } from '../map_layers.js';
import { newest } from '../newest.js';
import { rowOf } from '../points.js';
import { counted, onMap, setPath, shownMap } from './asking.js';
import { thumbs } from './thumbs.js';

/** @typedef {import('../store.js').Store} Store */
/** @typedef {import('../api.js').Api} Api */
/** @typedef {import('../points.js').Mapped} Mapped */

const COUNT = 8;
const REST = 200; // milliseconds between an answer and the next question: a few a second while the point moves
/** A neighbour counts as near on the map when it is among the nearest of this share of all points. */
const NEAR = 0.02;

/** @param {HTMLElement} root @param {Store} store @param {Api} api @returns {() => void} */
export function mount(root, store, api) {
  const life = lifetime();
  const told = el('p', { class: 'told', testid: 'neighbours-told' });
  const pictures = thumbs(store, api, { label: 'Nearest points', testid: 'neighbours', count: COUNT });
  const words = el('p', {
    class: 'second',
    text: 'Distances are in standard deviations, over the dimensions that the model uses. The lines on the map lead to these points.',
  });
  root.append(told, pictures.element, words);
  /** @type {{mapped: Mapped, from: Float32Array, rows: number[]}|null} */
  let lines = null;
  const layer = layersOf(store).add({ draw: (context, scene) => lines && drawLines(context, scene, lines) });

  const fetcher = newest(async (/** @type {null} */ _, signal) => {
    const { state } = store;
    const mapped = shownMap(state);
    const { latent } = state;
    if (!mapped || !latent || !onMap(state)) return;
    try {
      const body = { latents: [Array.from(latent)], count: COUNT + 1 };
      const [answer, from] = await Promise.all([
        api.post(`${setPath(mapped.model, mapped.set)}/neighbours`, body, signal).then((one) => one.json()),
        api.place(mapped.model, mapped.query, [latent], signal),
      ]);
      if (store.state.mapped !== mapped) return;
      const { rows, distances } = others(answer, rowOf(state.origin), mapped.set);
      lines = { mapped, from, rows };
      layer.redraw();
      told.textContent = farWords(mapped, from, rows);
      const shown = rows.map((/** @type {number} */ row, /** @type {number} */ index) => ({ row, note: distances[index].toFixed(2) }));
      await pictures.show(mapped.set, shown, signal);
    } catch (wrong) {
      if (!superseded(wrong)) told.textContent = sentence(wrong);
      throw wrong;
    }
    await new Promise((rested) => setTimeout(rested, REST));
  });
  life.add(
    fetcher.stop,
    layer.remove,
    store.watch(
      (state) => [state.latent, state.mapped, state.space, state.detail],
      (state) => {
        if (onMap(state)) fetcher.ask(null);
        else {
          lines = null;
          layer.redraw();
          pictures.clear();
          told.textContent = shownMap(state) ? 'The current point is in another space than this map\u2019s set, so it has no neighbours here.' : '';
        }
      },
    ),
    () => root.replaceChildren(),
  );
  return life.end;
}

/**
 * @param {{rows: number[][], distances: number[][]}} answer @param {{set: string, index: number}|null} own the row that the point came
 *   from: what is stored of it is rounded, so it may lie beside the point
 * @param {string} set
 */
function others({ rows: [rows], distances: [distances] }, own, set) {
  const kept = rows.map((_, index) => index).filter((index) => own?.set !== set || rows[index] !== own.index);
  const first = kept.slice(0, COUNT);
  return { rows: first.map((index) => rows[index]), distances: first.map((index) => distances[index]) };
}

/** @param {CanvasRenderingContext2D} context @param {import('../map_layers.js').Scene} scene @param {{mapped: Mapped, from: Float32Array, rows: number[]}} lines */
function drawLines(context, { points, place, row: rowAt, colours }, { mapped, from, rows }) {
  if (points !== mapped) return;
  const start = place(from);
  for (const [colour, width] of /** @type {[string, number][]} */ ([[colours.panel, 4], [colours.accent, 1.5]])) {
    context.strokeStyle = colour;
    context.lineWidth = width;
    for (const row of rows) {
      context.beginPath();
      context.moveTo(...start);
      context.lineTo(...rowAt(row));
      context.stroke();
    }
  }
  context.fillStyle = colours.accent;
  context.strokeStyle = colours.panel;
  context.lineWidth = 1.5;
  for (const row of rows) {
    const [x, y] = rowAt(row);
    context.beginPath();
    context.arc(x, y, 4.5, 0, 2 * Math.PI);
    context.fill();
    context.stroke();
  }
}

/** @param {Mapped} mapped @param {Float32Array} from @param {number[]} rows @returns {string} how near the map draws what is near */
function farWords({ positions, dims, count }, from, rows) {
  const away = new Float32Array(count);
  for (let row = 0; row < count; row++)
    for (let axis = 0; axis < dims; axis++) away[row] += (positions[row * dims + axis] - from[axis]) ** 2;
  const nearer = rows.map((row) => away.reduce((sum, one) => sum + (one < away[row] ? 1 : 0), 0));
  const bound = Math.max(2 * rows.length, Math.round(NEAR * count));
  const near = nearer.filter((one) => one < bound).length;
  const all = counted(rows.length, 'nearest point');
  if (near === rows.length) return `The map draws all ${all} among the ${bound.toLocaleString('en-US')} that look nearest: here it can be trusted.`;
  const worst = Math.max(...nearer);
  return `Of the ${all}, the map draws ${near || 'none'} among the ${bound.toLocaleString('en-US')} that look nearest; for the farthest of them, ${counted(worst, 'other point looks', 'other points look')} nearer.`;
}
