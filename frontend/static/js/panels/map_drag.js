/**
 * The current point under a hand on the map: what the model would draw at a place of it. The server knows which latent lies
 * there (exactly for a PCA, by the neighbours on the map else); one question in flight, the newest wins.
 *
 * A map leaves out what it has no axis for. A point that is dragged keeps it, as it was, so the picture changes steadily; on
 * maps other than a PCA, whose places far away have nothing to do with it, it fades on the way.
 */

import { spaceOf, movedTo } from '../given.js';
import { newest } from '../newest.js';

/** @typedef {import('./map_board.js').Board} Board */
/** @typedef {import('../store.js').Store} Store */
/** @typedef {import('../api.js').Api} Api */
/** @typedef {{position: number[], latent: Float32Array|null}} From where a drag began */
/** @typedef {{to: number[], from: From|null}} Task */

const FADE = 0.08; // share of the map's width after which nothing is left of what the map leaves out
const GESTURE = 'map-point';

/**
 * @param {Board} board @param {Store} store @param {Api} api
 * @returns {{begin: (event: PointerEvent) => boolean, click: (event: PointerEvent) => void,
 *   step: (x: number, y: number) => void, end: () => void}}
 */
export function pointDrag(board, store, api) {
  /**
   * A walk by keys: where it began and on which map, where its next step starts from, and the step that is not answered
   * yet. Each step starts where the last one leads, answered or not, so that none is lost to a quick hand.
   * @type {{from: From, points: object|null, at: number[], open: Task|null}|null}
   */
  let walk = null;
  const asker = newest(async (/** @type {Task} */ task, signal) => {
    try {
      await go(task, signal);
    } finally {
      if (walk?.open === task) walk.open = null;
    }
  });
  const go = async (/** @type {Task} */ { to, from }, /** @type {AbortSignal} */ signal) => {
    const { points } = board;
    if (!points) return;
    const { position, latent } = from ?? {};
    const asked = latent && position ? [to, position] : [to];
    const found = await api.unplace(points.model, points.query, asked, signal);
    if (board.points !== points) return;
    const there = found.slice(0, points.size);
    if (latent && position) keep(there, latent, found.subarray(points.size), points.choice.method === 'pca' ? 1 : weight(board, to, position));
    const { space } = store.state.detail?.sets.find((set) => set.name === points.set) ?? { space: '' };
    const moved = movedTo(store.state, space || spaceOf(store.state));
    store.set({ ...moved, latent: there, origin: 'map' }, from ? { gesture: GESTURE } : {});
  };
  const from = () => {
    const { current } = board.overlay;
    const { latent } = store.state;
    return current ? { position: [...current], latent: latent?.length === board.points?.size ? latent : null } : null;
  };

  return {
    begin(event) {
      const began = from();
      const { element } = board;
      if (!began || !board.points) return false;
      event.preventDefault(); // no mouse events for Plotly: it would pan
      event.stopPropagation();
      element.setPointerCapture(event.pointerId);
      element.classList.add('dragging');
      const done = new AbortController();
      const { signal } = done;
      const { left, top } = element.getBoundingClientRect();
      store.end();
      const move = (/** @type {PointerEvent} */ { clientX, clientY, pointerId }) => {
        if (pointerId !== event.pointerId) return;
        board.held = { x: clientX - left, y: clientY - top };
        board.mark();
        asker.ask({ to: board.view.at(board.held.x, board.held.y, began.position), from: began });
      };
      const end = () => {
        done.abort();
        board.held = null;
        element.classList.remove('dragging');
        store.end();
        board.mark();
      };
      element.addEventListener('pointermove', move, { signal });
      for (const type of ['pointerup', 'pointercancel', 'lostpointercapture']) element.addEventListener(type, end, { signal });
      return true;
    },
    click(event) {
      if (!board.points || board.points.dims !== 2 || store.state.tool) return;
      const { left, top } = board.element.getBoundingClientRect();
      asker.ask({ to: board.view.at(event.clientX - left, event.clientY - top, null), from: null });
    },
    step(x, y) {
      const now = from();
      if (!now) return;
      // What the map leaves out is that of the first step's start, else it would fade with each.
      const goesOn = walk?.points === board.points && (walk.open !== null || store.gesture === GESTURE);
      const on = goesOn && walk ? walk : { from: now, points: board.points, at: now.position, open: null };
      const [px, py] = board.view.place(on.at);
      const to = board.view.at(px + x, py + y, on.at);
      const task = { to, from: on.from };
      walk = { ...on, at: to, open: task };
      asker.ask(task);
    },
    end: asker.stop,
  };
}

/**
 * @param {Float32Array} there (D,) gets what the map leaves out @param {Float32Array} latent where the drag began
 * @param {Float32Array} back (D,) what the map takes that place for @param {number} share of it
 */
function keep(there, latent, back, share) {
  for (let dim = 0; dim < there.length; dim++) there[dim] += share * (latent[dim] - back[dim]);
}

/** @param {Board} board @param {number[]} to @param {number[]} from @returns {number} 1 where the drag began, 0 far away */
function weight(board, to, from) {
  const { x } = board.flat.all;
  const far = Math.hypot(...to.map((value, axis) => value - from[axis])) / (FADE * Math.abs(x[1] - x[0]));
  return Math.max(0, 1 - far);
}
