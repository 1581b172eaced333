/**
 * The hand on the map: what is under the pointer shows its picture; a click takes it, or the place itself where nothing lies;
 * the current point can be dragged. Arrow keys walk from point to point, with Shift they move the current point.
 */

import { on } from '../dom.js';
import { takenRow } from '../models.js';
import { clearSelection, selectShown } from '../selecting.js';
import { pointDrag } from './map_drag.js';
import { tooltip } from './map_tip.js';

/** @typedef {import('./map_board.js').Board} Board */
/** @typedef {import('../store.js').Store} Store */
/** @typedef {import('../api.js').Api} Api */

const REACH = { mouse: 7, touch: 16 }; // CSS pixels
const STILL = 5;
const GRIP = { mouse: 13, touch: 24 };
const KEY_STEP = 8; // CSS pixels that Shift and an arrow key move the current point
const WAYS = /** @type {Record<string, [number, number]>} */ ({
  ArrowRight: [1, 0],
  ArrowLeft: [-1, 0],
  ArrowUp: [0, 1],
  ArrowDown: [0, -1],
});

/** @param {Board} board @param {Store} store @param {Api} api @returns {{end: () => void}} */
export function followHand(board, store, api) {
  const tip = tooltip(board, api);
  const drag = pointDrag(board, store, api);
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
  const hover = (/** @type {PointerEvent} */ event) => {
    const over = grips(board, event);
    element.classList.toggle('over-point', over);
    show(over ? -1 : under(board, event), false);
  };
  const arrow = (/** @type {KeyboardEvent} */ event, /** @type {[number, number]} */ way) => {
    event.preventDefault();
    if (event.shiftKey) {
      drag.step(way[0] * KEY_STEP, -way[1] * KEY_STEP);
    } else if (board.points?.dims === 3 && !event.ctrlKey) {
      board.deep.step(way);
    } else {
      show(board.view.towards(focused, way), true);
      if (focused >= 0 && board.points) board.view.follow(positionOf(board.points, focused));
    }
  };

  on(element, {
    pointermove: (event) => event.buttons === 0 && hover(event),
    pointerleave: () => show(-1, false),
    blur: () => show(-1, false),
    'map-moved': () => tip.place(focused),
    keydown: (event) => {
      const way = WAYS[event.key];
      if (way) arrow(event, way);
      else if (event.key === 'Enter') take();
      else if (event.key === 'Escape') escape(event);
      else if (event.key === '+' || event.key === '-') board.view.zoom(event.key === '+' ? 1.5 : 1 / 1.5);
      else if (event.key.toLowerCase() === 'a' && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        selectShown(store);
      }
    },
    keyup: (event) => event.key === 'Shift' && store.end(),
  });
  const escape = (/** @type {KeyboardEvent} */ event) => {
    if (focused >= 0) show(-1, false);
    else if (store.state.tool) store.set({ tool: '' });
    else if (!clearSelection(store)) return;
    event.stopPropagation(); // on a phone the sheet stays open
  };
  // Heard on its way down, and its end on the window: while a button is held, Plotly lays a sheet over the page.
  const press = (/** @type {PointerEvent} */ event) => {
    if (!event.isPrimary || event.button !== 0) return;
    if (grips(board, event) && drag.begin(event)) {
      show(-1, false);
      return;
    }
    const done = new AbortController();
    const whole = { capture: true, signal: done.signal };
    let moved = false; // a loop that is closed ends where it began, and is no click
    const move = (/** @type {PointerEvent} */ { clientX, clientY }) => {
      if (moved || Math.hypot(clientX - event.clientX, clientY - event.clientY) <= STILL) return;
      moved = true;
      show(-1, false); // what it was under has gone elsewhere
    };
    const release = (/** @type {PointerEvent} */ last) => {
      done.abort();
      move(last);
      if (moved || last.type === 'pointercancel') return;
      const row = under(board, event);
      show(row, false);
      if (row >= 0) take();
      else drag.click(event);
    };
    on(window, { pointermove: move, pointerup: release, pointercancel: release }, whole);
  };
  on(element, { pointerdown: press }, { capture: true });
  // A finger's own events follow the pointer's: Plotly would pan under the point that is dragged.
  const touch = (/** @type {TouchEvent} */ event) => {
    if (!element.classList.contains('dragging')) return;
    event.preventDefault();
    event.stopPropagation();
  };
  on(element, { touchstart: touch }, { capture: true, passive: false });
  return {
    end: () => {
      tip.end();
      drag.end();
    },
  };
}

/** @param {import('../points.js').Mapped} points @param {number} row */
const positionOf = ({ positions, dims }, row) => positions.subarray(dims * row, dims * row + dims);

/** @param {PointerEvent} event @returns {'mouse'|'touch'} */
const kindOf = ({ pointerType }) => (pointerType === 'touch' ? 'touch' : 'mouse');

/** @param {Board} board @param {PointerEvent} event @returns {number} the point under the pointer, -1 for none */
function under(board, event) {
  const { left, top } = board.element.getBoundingClientRect();
  return board.ready() ? board.view.nearest(event.clientX - left, event.clientY - top, REACH[kindOf(event)]) : -1;
}

/** @param {Board} board @param {PointerEvent} event @returns {boolean} whether the pointer is on the current point */
function grips(board, event) {
  const { current } = board.overlay;
  if (!current || !board.ready() || board.store.state.tool) return false;
  const { left, top } = board.element.getBoundingClientRect();
  const [x, y] = board.view.place(current);
  return Math.hypot(event.clientX - left - x, event.clientY - top - y) <= GRIP[kindOf(event)];
}
