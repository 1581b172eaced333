/**
 * The hand on the map: what is under the pointer shows its picture, a click takes it; arrow keys walk, Enter takes.
 */

import { on } from '../dom.js';
import { takenRow } from '../models.js';
import { tooltip } from './map_tip.js';

/** @typedef {import('./map_board.js').Board} Board */
/** @typedef {import('../store.js').Store} Store */
/** @typedef {import('../api.js').Api} Api */

const REACH = 14;
const STILL = 5;
const EDGE = 0.04;
const WAYS = /** @type {Record<string, [number, number]>} */ ({
  ArrowRight: [1, 0],
  ArrowLeft: [-1, 0],
  ArrowUp: [0, 1],
  ArrowDown: [0, -1],
});

/** @param {Board} board @param {Store} store @param {Api} api @returns {{end: () => void}} */
export function followHand(board, store, api) {
  const tip = tooltip(board, api);
  const { element } = board;
  let focused = -1;
  const show = (/** @type {number} */ index, /** @type {boolean} */ aloud) => {
    focused = index;
    tip.show(index, aloud);
  };
  const take = () => {
    const { points } = board;
    if (points && focused >= 0) store.set(takenRow(store.state, points, focused));
  };

  on(element, {
    pointermove: (event) => event.buttons === 0 && show(under(board, event), false),
    pointerleave: () => show(-1, false),
    blur: () => show(-1, false),
    'map-moved': () => tip.place(focused),
    keydown: (event) => {
      const way = WAYS[event.key];
      if (way) {
        event.preventDefault();
        show(neighbour(board, focused, way), true);
        follow(board, focused);
      } else if (event.key === 'Enter') take();
      else if (event.key === 'Escape') show(-1, false);
      else if (event.key === '+' || event.key === '-') board.plot?.zoom(event.key === '+' ? 1.5 : 1 / 1.5);
    },
  });
  // Heard on its way down, and its end on the window: while a button is held, Plotly lays a sheet over the page.
  const press = (/** @type {PointerEvent} */ { clientX, clientY, isPrimary, button }) => {
    if (!isPrimary || button !== 0) return;
    const release = (/** @type {PointerEvent} */ event) => {
      if (Math.hypot(event.clientX - clientX, event.clientY - clientY) > STILL) return;
      show(under(board, event), false);
      take();
    };
    on(window, { pointerup: release }, { capture: true, once: true });
  };
  on(element, { pointerdown: press }, { capture: true });
  return { end: tip.end };
}

/** @param {Board} board @param {MouseEvent} event @returns {number} the point under the pointer, -1 for none */
function under(board, event) {
  const { points, plot, element } = board;
  if (!points || !plot) return -1;
  const { left, top } = element.getBoundingClientRect();
  const axes = plot.axes();
  const {
    x: [x0, x1],
    y: [y0, y1],
  } = axes.ranges;
  const x = x0 + ((event.clientX - left - axes.left) / axes.width) * (x1 - x0);
  const y = y1 - ((event.clientY - top - axes.top) / axes.height) * (y1 - y0);
  return points.grid.nearest(x, y, (REACH / axes.width) * (x1 - x0), board.accept());
}

/** @param {Board} board @param {number} from @param {[number, number]} way @returns {number} */
function neighbour(board, from, [dx, dy]) {
  const { points, overlay } = board;
  if (!points) return -1;
  if (from < 0) {
    const view = board.plot?.axes().ranges;
    const { current } = overlay;
    const [x, y] = view && !(current && within(view, current)) ? [middle(view.x), middle(view.y)] : (current ?? [0, 0]);
    return points.grid.nearest(x, y, Infinity, board.accept());
  }
  const next = points.grid.towards(points.positions[2 * from], points.positions[2 * from + 1], dx, dy, board.accept());
  return next < 0 ? from : next;
}

/** @param {[number, number]} range */
const middle = ([from, to]) => (from + to) / 2;

/** @param {import('../plot.js').Ranges} ranges @param {number[]} at @param {number} [margin] share of the view */
const within = (ranges, [x, y], margin = 0) => {
  const inside = (/** @type {[number, number]} */ range, /** @type {number} */ value) =>
    Math.abs(value - middle(range)) <= (0.5 - margin) * (range[1] - range[0]);
  return inside(ranges.x, x) && inside(ranges.y, y);
};

/** @param {Board} board @param {number} index the view goes along when the keys reach a point at its edge, or beyond */
function follow({ points, plot }, index) {
  if (!points || !plot || index < 0) return;
  const at = [points.positions[2 * index], points.positions[2 * index + 1]];
  const { x, y } = plot.axes().ranges;
  if (within({ x, y }, at, EDGE)) return;
  const around = (/** @type {[number, number]} */ [from, to], /** @type {number} */ centre) =>
    /** @type {[number, number]} */ ([centre - (to - from) / 2, centre + (to - from) / 2]);
  plot.look({ x: around(x, at[0]), y: around(y, at[1]) });
}
