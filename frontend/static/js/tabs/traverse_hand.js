/**
 * The hand on a plane of pictures: the cell under the pointer is shown in large, a click takes it, a drag moves the
 * point over the plane; arrow keys walk from cell to cell, Enter takes.
 */

import { lifetime, on } from '../dom.js';
import { styleSize } from '../given.js';
import { moved } from '../latent.js';

/** @typedef {import('./traverse_grid.js').Plane} Plane */
/** @typedef {[number, number]} Cell column, and row from the top */

const STILL = 5;
const WAYS = /** @type {Record<string, [number, number]>} */ ({
  ArrowRight: [1, 0],
  ArrowLeft: [-1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
});

/**
 * @param {Plane} plane @param {import('../store.js').Store} store
 * @param {import('./traverse_preview.js').Show} show
 * @returns {{end: () => void}}
 */
export function followPlane(plane, store, show) {
  const life = lifetime();
  const { signal } = life;
  const { cells } = plane;
  /** @type {Cell|null} */
  let focused = null;
  const look = (/** @type {Cell|null} */ cell, /** @type {boolean} */ aloud) => {
    const same = cell?.[0] === focused?.[0] && cell?.[1] === focused?.[1];
    focused = cell;
    plane.under.hidden = cell === null;
    if (same) return;
    if (cell) {
      plane.under.style.setProperty('--column', String(cell[0]));
      plane.under.style.setProperty('--row', String(cell[1]));
    }
    show(cell && seenAt(plane, store, cell), aloud);
  };
  const take = () => {
    const { latent } = store.state;
    if (!focused || !latent || !plane.plan) return;
    store.set({ latent: latentAt(plane.plan, latent, focused, styleSize(store.state)), origin: '' });
  };
  on(
    cells,
    {
      pointermove: (event) => event.buttons === 0 && look(under(plane, event), false),
      pointerleave: () => look(null, false),
      blur: () => look(null, false),
      keydown: (event) => {
        const way = WAYS[event.key];
        if (way) {
          event.preventDefault();
          look(neighbour(plane, store.state.latent, focused, way), true);
        } else if (event.key === 'Enter' || event.key === ' ') {
          event.preventDefault();
          take();
        } else if (event.key === 'Escape') look(null, false);
      },
      pointerdown: (/** @type {PointerEvent} */ event) => press(event, plane, store, { look, take }),
    },
    { signal },
  );
  return { end: life.end };
}

/**
 * @param {PointerEvent} event @param {Plane} plane @param {import('../store.js').Store} store
 * @param {{look: (cell: Cell|null, aloud: boolean) => void, take: () => void}} act
 */
function press(event, plane, store, { look, take }) {
  if (!event.isPrimary || event.button !== 0 || !plane.plan) return;
  const { cells } = plane;
  const release = new AbortController();
  const mark = store.mark();
  let dragged = false;
  cells.setPointerCapture(event.pointerId);
  const end = () => {
    release.abort();
    store.end();
  };
  on(
    cells,
    {
      pointermove: (/** @type {PointerEvent} */ now) => {
        dragged ||= Math.hypot(now.clientX - event.clientX, now.clientY - event.clientY) > STILL;
        if (!dragged) return;
        look(null, false);
        moveTo(plane, store, now);
      },
      pointerup: (/** @type {PointerEvent} */ now) => {
        if (!dragged) {
          look(under(plane, now), false);
          take();
        }
        end();
      },
      pointercancel: () => {
        if (dragged) store.cancel(mark);
        end();
      },
    },
    { signal: release.signal },
  );
}

/** @param {Plane} plane @param {MouseEvent} event @returns {[number, number]} shares from the left and from the top */
function sharesAt({ cells }, { clientX, clientY }) {
  const { left, top, width, height } = cells.getBoundingClientRect();
  const inside = (/** @type {number} */ share) => Math.max(0, Math.min(1, share));
  return [inside((clientX - left) / width), inside((clientY - top) / height)];
}

/** @param {Plane} plane @param {MouseEvent} event @returns {Cell|null} */
function under(plane, event) {
  if (!plane.plan) return null;
  const [x, y] = sharesAt(plane, event);
  const [columns, rows] = [plane.plan.across.values.length, plane.plan.up.values.length];
  return [Math.min(columns - 1, Math.floor(x * columns)), Math.min(rows - 1, Math.floor(y * rows))];
}

/** @param {Plane} plane @param {import('../store.js').Store} store @param {MouseEvent} event */
function moveTo(plane, store, event) {
  const { plan } = plane;
  const { latent } = store.state;
  if (!plan || !latent) return;
  const [x, y] = sharesAt(plane, event);
  const at = [plan.x.at(held(x, plan.across.values.length)), plan.y.at(held(1 - y, plan.up.values.length))];
  store.set({ latent: placed(plan, latent, at, styleSize(store.state)), origin: '' }, { gesture: 'plane' });
}

/** @param {number} share @param {number} count @returns {number} no further out than the last cell's middle */
const held = (share, count) => Math.max(0.5 / count, Math.min(1 - 0.5 / count, share));

/**
 * @param {import('./traverse_grid.js').Plan} plan @param {Float32Array} latent @param {number[]} values across and up
 * @param {number} size numbers a style @returns {Float32Array} (D,)
 */
const placed = ({ across, up }, latent, [x, y], size) => moved(moved(latent, across.dim, x, size), up.dim, y, size);

/**
 * @param {import('./traverse_grid.js').Plan} plan @param {Float32Array} latent @param {Cell} cell
 * @param {number} size numbers a style @returns {Float32Array} (D,)
 */
const latentAt = (plan, latent, [column, row], size) =>
  placed(plan, latent, [plan.across.values[column], plan.up.values[plan.up.values.length - 1 - row]], size);

/** @param {Plane} plane @param {import('../store.js').Store} store @param {Cell} cell */
function seenAt(plane, store, cell) {
  const { plan } = plane;
  const { latent } = store.state;
  if (!plan || !latent) return null;
  const [column, row] = cell;
  return {
    latent: latentAt(plan, latent, cell, styleSize(store.state)),
    dims: [plan.across.dim, plan.up.dim],
    raw: plane.rows[row] ?? null,
    index: (plane.first[row] ?? 0) + column,
  };
}

/**
 * @param {Plane} plane @param {Float32Array|null} latent @param {Cell|null} from without one, the current point's own
 * @param {[number, number]} way @returns {Cell|null}
 */
function neighbour({ plan }, latent, from, [right, down]) {
  if (!plan || !latent) return null;
  const [columns, rows] = [plan.across.values.length, plan.up.values.length];
  const inside = (/** @type {number} */ value, /** @type {number} */ count) => Math.max(0, Math.min(count - 1, value));
  if (from) return [inside(from[0] + right, columns), inside(from[1] + down, rows)];
  const [x, y] = [plan.x.place(latent[plan.across.dim]), 1 - plan.y.place(latent[plan.up.dim])];
  return [inside(Math.floor(x * columns), columns), inside(Math.floor(y * rows), rows)];
}
