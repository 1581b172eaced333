/**
 * The hand on the map: what is under the pointer shows its picture, a click takes it; arrow keys walk, Enter takes.
 */

import { el, grouped } from '../dom.js';
import { placer } from '../layer.js';
import { newest } from '../newest.js';
import { clear, draw } from '../picture.js';
import { labelOf, latentOf } from '../points.js';

/** @typedef {import('./map_board.js').Board} Board */
/** @typedef {import('../store.js').Store} Store */
/** @typedef {import('../api.js').Api} Api */

const REACH = 14;
const STILL = 5;
const KEPT = 400;
const WAYS = /** @type {Record<string, [number, number]>} */ ({ ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] });

/** @param {Board} board @param {Store} store @param {Api} api @returns {{end: () => void}} */
export function followHand(board, store, api) {
  const tip = tooltip(board, api);
  const { element } = board;
  let focused = -1;
  let down = { x: 0, y: 0 };
  const show = (/** @type {number} */ index, /** @type {boolean} */ aloud) => {
    focused = index;
    tip.show(index, aloud);
  };
  const take = () => {
    const { points } = board;
    if (points && focused >= 0) store.set({ latent: latentOf(points, focused), origin: `row:${points.set}:${focused}` });
  };

  element.addEventListener('pointermove', (event) => {
    if (event.buttons === 0) show(under(board, event), false);
  });
  element.addEventListener('pointerleave', () => show(-1, false));
  element.addEventListener('pointerdown', (event) => { down = { x: event.clientX, y: event.clientY }; }, { capture: true });
  element.addEventListener('click', (event) => {
    if (Math.hypot(event.clientX - down.x, event.clientY - down.y) > STILL) return;
    show(under(board, event), false);
    take();
  }, { capture: true });
  element.addEventListener('keydown', (event) => {
    const way = WAYS[event.key];
    if (way) {
      event.preventDefault();
      show(neighbour(board, focused, way), true);
    } else if (event.key === 'Enter') {
      take();
    } else if (event.key === '+' || event.key === '-') {
      board.plot?.zoom(event.key === '+' ? 1.5 : 1 / 1.5);
    } else if (event.key === 'Escape') {
      show(-1, false);
    }
  });
  element.addEventListener('blur', () => show(-1, false));
  element.addEventListener('map-moved', () => tip.place(focused));
  return { end: tip.end };
}

/** @param {Board} board @param {MouseEvent} event @returns {number} the point under the pointer, -1 for none */
function under(board, event) {
  const { points, plot, element } = board;
  if (!points || !plot) return -1;
  const { left, top } = element.getBoundingClientRect();
  const axes = plot.axes();
  const { x: [x0, x1], y: [y0, y1] } = axes.ranges;
  const x = x0 + ((event.clientX - left - axes.left) / axes.width) * (x1 - x0);
  const y = y1 - ((event.clientY - top - axes.top) / axes.height) * (y1 - y0);
  return points.grid.nearest(x, y, (REACH / axes.width) * (x1 - x0), board.accept());
}

/** @param {Board} board @param {number} from @param {[number, number]} way @returns {number} */
function neighbour(board, from, [dx, dy]) {
  const { points, overlay } = board;
  if (!points) return -1;
  if (from < 0) {
    const [x, y] = overlay.current ?? [0, 0];
    return points.grid.nearest(x, y, Infinity, board.accept());
  }
  const next = points.grid.towards(points.positions[2 * from], points.positions[2 * from + 1], dx, dy, board.accept());
  return next < 0 ? from : next;
}

/**
 * @param {Board} board @param {Api} api
 * @returns {{show: (index: number, aloud: boolean) => void, place: (index: number) => void, end: () => void}}
 */
function tooltip(board, api) {
  const canvas = el('canvas', { class: 'tip-picture', width: 28, height: 28, 'aria-hidden': 'true' });
  const name = el('strong');
  const number = el('span', { class: 'second number' });
  const tip = el('div', { class: 'tip', hidden: true, testid: 'map-tip' }, canvas, el('p', {}, name, number));
  const ring = el('span', { class: 'map-ring', hidden: true });
  const aloud = el('p', { class: 'hidden', role: 'status' });
  board.element.append(ring, tip, aloud);
  /** @type {Map<string, import('../api.js').Raw>} */
  const cache = new Map();
  let shown = -1;

  const fetcher = newest(async (/** @type {number} */ index, signal) => {
    const { points } = board;
    if (!points || index !== shown) return;
    const raw = await api.pictures(points.model, points.set, [index], signal);
    cache.set(`${points.model}/${index}`, raw);
    if (cache.size > KEPT) cache.delete(cache.keys().next().value ?? '');
    if (index === shown && board.points === points) draw(canvas, raw);
  });
  const place = (/** @type {number} */ index) => {
    const { points, plot, element } = board;
    if (!points || !plot || index < 0 || index >= points.count) return;
    const to = placer(plot.axes());
    const [x, y] = [to.x(points.positions[2 * index]), to.y(points.positions[2 * index + 1])];
    ring.style.transform = `translate(${x}px, ${y}px)`;
    const left = x + 20 + tip.offsetWidth > element.clientWidth ? x - 20 - tip.offsetWidth : x + 20;
    const top = Math.max(8, Math.min(y - tip.offsetHeight / 2, element.clientHeight - tip.offsetHeight - 8));
    tip.style.transform = `translate(${Math.max(8, left)}px, ${top}px)`;
  };
  return {
    show(index, spoken) {
      const { points } = board;
      tip.hidden = index < 0 || !points;
      ring.hidden = tip.hidden;
      if (tip.hidden || !points || index === shown) {
        shown = tip.hidden ? -1 : index;
        return;
      }
      shown = index;
      name.textContent = labelOf(points, index) || 'Point';
      number.textContent = `number ${grouped(index)}`;
      const known = cache.get(`${points.model}/${index}`);
      if (known) draw(canvas, known);
      else {
        clear(canvas);
        fetcher.ask(index);
      }
      place(index);
      if (spoken) aloud.textContent = `${name.textContent}, ${number.textContent}`;
    },
    place,
    end: fetcher.stop,
  };
}
