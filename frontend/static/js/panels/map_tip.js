/**
 * What is shown of the point under the pointer or the keys: a ring around it, its picture, class and number.
 */

import { el, grouped } from '../dom.js';
import { notable } from '../factors.js';
import { newest } from '../newest.js';
import { clear, draw } from '../picture.js';
import { labelOf } from '../points.js';

/** @typedef {import('./map_board.js').Board} Board */
/** @typedef {import('../api.js').Api} Api */

const KEPT = 400;
const AWAY = 20;

/**
 * @param {Board} board
 * @param {Api} api
 * @returns {{show: (index: number, aloud: boolean) => void, place: (index: number) => void, end: () => void}}
 */
export function tooltip(board, api) {
  const canvas = el('canvas', { class: 'tip-picture', width: 28, height: 28, 'aria-hidden': 'true' });
  const name = el('strong');
  const number = el('span', { class: 'second number' });
  const known = el('span', { class: 'tip-factors second number' });
  const tip = el('div', { class: 'tip', hidden: true, testid: 'map-tip' }, canvas, el('p', {}, name, known, number));
  const ring = el('span', { class: 'map-ring', hidden: true });
  const aloud = el('p', { class: 'hidden', role: 'status' });
  board.element.append(ring, tip, aloud);
  const thumbnail = thumbnails(canvas, api);
  let shown = -1;
  const show = (/** @type {number} */ index, /** @type {boolean} */ spoken) => {
    const { points } = board;
    const none = index < 0 || !points;
    tip.hidden = none;
    ring.hidden = none;
    const same = index === shown;
    shown = none ? -1 : index;
    thumbnail.want(none ? null : points, shown);
    if (none || same) return;
    name.textContent = labelOf(points, index) || 'Point';
    number.textContent = `number ${grouped(index)}`;
    const facts = notable(points.factors, index, points.categories);
    known.replaceChildren(...facts.map((fact) => el('span', { text: fact })));
    place(board, index, tip, ring);
    if (spoken) aloud.textContent = [name.textContent, ...facts, number.textContent].join(', ');
  };
  return { show, place: (index) => place(board, index, tip, ring), end: thumbnail.end };
}

/**
 * @param {Board} board
 * @param {number} index
 * @param {HTMLElement} tip beside the point, inside the map
 * @param {HTMLElement} ring
 */
function place(board, index, tip, ring) {
  const { points, element } = board;
  if (!points || !board.ready() || index < 0 || index >= points.count) return;
  const [x, y] = board.view.place(points.positions.subarray(points.dims * index, points.dims * index + points.dims));
  ring.style.transform = `translate(${x}px, ${y}px)`;
  const left = x + AWAY + tip.offsetWidth > element.clientWidth ? x - AWAY - tip.offsetWidth : x + AWAY;
  const top = Math.max(8, Math.min(y - tip.offsetHeight / 2, element.clientHeight - tip.offsetHeight - 8));
  tip.style.transform = `translate(${Math.max(8, left)}px, ${top}px)`;
}

/** @param {HTMLCanvasElement} canvas @param {Api} api the newest wanted one wins; the last few hundred are kept */
function thumbnails(canvas, api) {
  /** @type {Map<string, import('../api.js').Raw>} */
  const cache = new Map();
  let wanted = '';
  const keyOf = (/** @type {import('../points.js').Mapped} */ points, /** @type {number} */ index) =>
    `${points.model}/${points.set}/${index}`;
  const fetcher = newest(async (/** @type {{points: import('../points.js').Mapped, index: number}} */ task, signal) => {
    const key = keyOf(task.points, task.index);
    if (key !== wanted) return;
    const raw = await api.pictures(task.points.model, task.points.set, [task.index], signal);
    cache.set(key, raw);
    if (cache.size > KEPT) cache.delete(cache.keys().next().value ?? '');
    if (key === wanted) draw(canvas, raw);
  });
  return {
    /** @param {import('../points.js').Mapped|null} points @param {number} index */
    want(points, index) {
      const key = points ? keyOf(points, index) : '';
      if (key === wanted) return;
      wanted = key;
      const known = cache.get(key);
      if (known) draw(canvas, known);
      else clear(canvas);
      if (points && !known) fetcher.ask({ points, index });
    },
    end: fetcher.stop,
  };
}
