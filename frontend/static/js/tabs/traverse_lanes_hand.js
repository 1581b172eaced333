/**
 * The hand on the strips: the picture under the pointer is shown in large, a click takes it; arrow keys walk, Enter
 * takes.
 */

import { lifetime, on } from '../dom.js';
import { styleSize } from '../given.js';
import { moved } from '../latent.js';

/** @typedef {import('./traverse_strips.js').Lane} Lane */
/** @typedef {{lane: number, step: number}} Place */

const WAYS = /** @type {Record<string, [number, number]>} */ ({
  ArrowRight: [1, 0],
  ArrowLeft: [-1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
});

/**
 * @param {HTMLElement} element @param {() => Lane[]} lanes @param {import('../store.js').Store} store
 * @param {import('./traverse_preview.js').Show} show
 * @returns {{end: () => void}}
 */
export function followLanes(element, lanes, store, show) {
  const life = lifetime();
  /** @type {Place|null} */
  let focused = null;
  const look = (/** @type {Place|null} */ place, /** @type {boolean} */ aloud) => {
    if (place?.lane === focused?.lane && place?.step === focused?.step) return;
    for (const lane of lanes()) lane.element.classList.remove('pointed');
    focused = place;
    const lane = place && lanes()[place.lane];
    if (lane && place) {
      lane.element.classList.add('pointed');
      lane.film.style.setProperty('--step', String(place.step));
    }
    show(place && seenAt(lanes(), store.state, place), aloud);
  };
  const take = () => {
    const seen = focused && seenAt(lanes(), store.state, focused);
    if (seen) store.set({ latent: seen.latent, origin: '' });
  };
  const keys = (/** @type {KeyboardEvent} */ event) => {
    if (event.target !== element) return;
    const way = WAYS[event.key];
    if (way) {
      event.preventDefault();
      look(neighbour(lanes(), store.state.latent, focused, way), true);
      if (focused) lanes()[focused.lane].element.scrollIntoView({ block: 'nearest' });
    } else if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      take();
    } else if (event.key === 'Escape') look(null, false);
  };
  on(
    element,
    {
      pointermove: (event) => look(under(event, lanes()), false),
      pointerleave: () => look(null, false),
      blur: () => look(null, false),
      keydown: keys,
      click: (/** @type {MouseEvent} */ event) => {
        const place = under(event, lanes());
        if (!place) return;
        look(place, false);
        take();
      },
    },
    { signal: life.signal },
  );
  return { end: life.end };
}

/** @param {MouseEvent} event @param {Lane[]} lanes @returns {Place|null} the picture under the pointer */
function under(event, lanes) {
  const target = /** @type {Element} */ (event.target);
  const index = lanes.findIndex(({ film }) => film.contains(target));
  const { axis, film } = lanes[index] ?? {};
  if (!axis || !film) return null;
  const { left, width } = film.getBoundingClientRect();
  const count = axis.values.length;
  return { lane: index, step: Math.max(0, Math.min(count - 1, Math.floor(((event.clientX - left) / width) * count))) };
}

/** @param {Lane[]} lanes @param {Readonly<import('../state.js').State>} state @param {Place} place */
function seenAt(lanes, state, { lane, step }) {
  const { latent } = state;
  const { dim, axis, raw, first } = lanes[lane] ?? {};
  if (!axis || !latent || dim === undefined) return null;
  const next = moved(latent, dim, axis.values[step], styleSize(state));
  return { latent: next, dims: [dim], raw: raw ?? null, index: (first ?? 0) + step };
}

/**
 * @param {Lane[]} lanes @param {Float32Array|null} latent @param {Place|null} from without one, the current point's own
 * @param {[number, number]} way @returns {Place|null}
 */
function neighbour(lanes, latent, from, [right, down]) {
  const lane = from ? Math.max(0, Math.min(lanes.length - 1, from.lane + down)) : 0;
  const { axis, dim } = lanes[lane] ?? {};
  if (!axis || dim === undefined || !latent) return null;
  const last = axis.values.length - 1;
  const inside = (/** @type {number} */ step) => Math.max(0, Math.min(last, step));
  if (from) return { lane, step: inside(from.step + right) };
  const share = (latent[dim] - axis.values[0]) / (axis.values[last] - axis.values[0] || 1);
  return { lane, step: inside(Math.round(share * last)) };
}
