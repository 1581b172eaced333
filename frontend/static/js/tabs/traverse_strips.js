/**
 * One dimension at a time: a strip of pictures for each of the chosen dimensions, all through the current point.
 */

import { button, dimName, el, lifetime, signed } from '../dom.js';
import { slidersOf, spaceOf, styleSize } from '../given.js';
import { ready } from '../models.js';
import { newest } from '../newest.js';
import { drawRow } from '../picture.js';
import { pictureRequest } from '../state.js';
import { stripDims } from './traverse_axes.js';
import { followLanes } from './traverse_lanes_hand.js';
import { inParts } from './traverse_parts.js';
import { seenBy, visible } from './traverse_preview.js';

/** @typedef {import('../store.js').Store} Store */
/** @typedef {import('../api.js').Raw} Raw */
/** @typedef {import('../state.js').State} State */
/** @typedef {import('./traverse_axes.js').Axis} Axis */

/**
 * @typedef {Object} Lane a dimension's strip
 * @property {number} dim
 * @property {HTMLElement} element
 * @property {HTMLElement} film
 * @property {HTMLCanvasElement} canvas
 * @property {HTMLElement} range
 * @property {HTMLElement} here
 * @property {HTMLButtonElement} away
 * @property {Axis|null} axis
 * @property {Raw|null} raw
 * @property {number} first where its pictures begin in `raw`
 * @property {{latent: Float32Array, given: unknown[], axis: Axis}|null} made what its pictures were made for
 */

const REST_MS = 140;
const GAP = 1;

/**
 * @param {Store} store @param {import('../api.js').Api} api
 * @param {ReturnType<typeof import('./traverse_axes.js').axesFrom>} axesOf
 * @param {{show: import('./traverse_preview.js').Show, failed: (error: unknown) => void}} tell
 * @returns {{element: HTMLElement, lanes: () => Lane[], refresh: () => void, end: () => void}}
 */
export function strips(store, api, axesOf, tell) {
  const life = lifetime();
  const element = el('div', {
    class: 'lanes',
    tabindex: '0',
    role: 'application',
    'aria-label': 'Strips of pictures, one a dimension. Arrow keys walk over them, Enter takes one.',
    testid: 'lanes',
  });
  /** @type {Lane[]} */
  let lanes = [];
  const parts = inParts(store, api);

  const arrange = (/** @type {Readonly<State>} */ state) => {
    const dims = ready(state) ? stripDims(state) : [];
    const space = spaceOf(state);
    const fresh = element.dataset.of !== `${state.model} ${state.hash} ${space}`;
    element.dataset.of = `${state.model} ${state.hash} ${space}`;
    const known = new Map(fresh ? [] : lanes.map((lane) => [lane.dim, lane]));
    lanes = dims.map((dim) => known.get(dim) ?? laneOf(dim, dimName(dim, space), () => leaveOut(store, dim)));
    for (const lane of lanes) lane.away.disabled = lanes.length === 1;
    element.replaceChildren(...lanes.map((lane) => lane.element));
  };
  const fetcher = newest(
    async (_, signal) => {
      if (!wanted(store.state, element)) return;
      await lay(store, axesOf, tell.failed, lanes);
      const { state } = store;
      const stale = lanes.filter((lane) => lane.axis && !serves(lane, state));
      const steps = stale[0]?.axis?.values.length ?? 1;
      if (stale.length > 0) delete element.dataset.made;
      await parts(stale.length, steps, async (from, to) => {
        const some = stale.slice(from, to);
        const raw = await ask(some, state, api, signal);
        if (store.state.latent !== state.latent || !given(state, store.state)) return false;
        some.forEach((lane, index) => put(lane, raw, index * steps, state));
        return true;
      });
      if (lanes.every((lane) => serves(lane, store.state))) element.dataset.made = String(lanes.length);
    },
    { wait: REST_MS },
  );
  const refresh = () => fetcher.ask(null);
  life.add(
    fetcher.stop,
    followLanes(element, () => lanes, store, tell.show).end,
    store.watch(
      (state) => [state.chosen, state.unfolded, ready(state), state.detail, state.space],
      (state) => {
        arrange(state);
        for (const lane of lanes) mark(lane, state);
        refresh();
      },
    ),
    store.watch(
      (state) => [state.latent, state.reach, state.tab, state.traversal, ...seenBy(state)],
      (state) => {
        for (const lane of lanes) mark(lane, state);
        refresh();
      },
    ),
  );
  return { element, lanes: () => lanes, refresh, end: life.end };
}

/** @param {Readonly<State>} state @param {HTMLElement} element */
const wanted = (state, element) =>
  ready(state) && state.tab === 'traverse' && state.traversal === 'strips' && visible(element);

/** @param {Readonly<State>} before @param {Readonly<State>} now */
const given = (before, now) => {
  const after = seenBy(now);
  return seenBy(before).every((part, i) => part === after[i]);
};

/** @param {number} dim @param {string} name @param {() => void} leave @returns {Lane} */
function laneOf(dim, name, leave) {
  const canvas = el('canvas', { class: 'lane-pictures', width: 9, height: 1, 'aria-hidden': 'true' });
  const here = el('span', { class: 'lane-here', hidden: true });
  const under = el('span', { class: 'lane-under' });
  const film = el('div', { class: 'lane-film' }, canvas, under, here);
  const range = el('span', { class: 'second number lane-range', text: '\u00a0' });
  const away = button({
    label: `Leave ${name} out`,
    icon: 'close',
    class: 'quiet lane-away',
    press: leave,
  });
  const element = el(
    'div',
    { class: 'lane', testid: `lane-${dim}` },
    el('div', { class: 'lane-name' }, el('span', { class: 'number', text: name }), range),
    film,
    away,
  );
  return { dim, element, film, canvas, range, here, away, axis: null, raw: null, first: 0, made: null };
}

/**
 * The axes of all lanes, where they are others than before.
 * @param {Store} store @param {ReturnType<typeof import('./traverse_axes.js').axesFrom>} axesOf
 * @param {(error: unknown) => void} failed @param {Lane[]} lanes
 */
async function lay(store, axesOf, failed, lanes) {
  let axes;
  try {
    axes = await axesOf(store.state, 'strips');
    failed(null);
  } catch (error) {
    failed(error);
    throw error;
  }
  for (const lane of lanes) {
    const axis = axes.get(lane.dim) ?? null;
    if (!axis || lane.axis === axis) continue;
    lane.axis = axis;
    lane.range.textContent = rangeWords(axis);
    lane.film.style.setProperty('--steps', String(axis.values.length));
    mark(lane, store.state);
  }
}

/** @param {Axis} axis @returns {string} from its first value to its last */
export const rangeWords = ({ values }) => `${signed(values[0], 1)} to ${signed(values[values.length - 1], 1)}`;

/**
 * @param {Lane[]} lanes @param {Readonly<State>} state
 * @param {import('../api.js').Api} api @param {AbortSignal} signal
 */
function ask(lanes, state, api, signal) {
  const lines = lanes.map(({ dim, axis }) => ({ dim, values: axis?.values }));
  const body = { ...pictureRequest(state), latents: [Array.from(state.latent ?? [])], lines };
  return api.pixels(`/api/models/${encodeURIComponent(state.model)}/strips`, body, signal);
}

/** @param {Lane} lane @param {Raw} raw @param {number} first @param {Readonly<State>} state */
function put(lane, raw, first, state) {
  if (!lane.axis || !state.latent) return;
  drawRow(lane.canvas, raw, first, lane.axis.values.length, GAP);
  lane.element.classList.add('drawn');
  lane.raw = raw;
  lane.first = first;
  lane.made = { latent: state.latent, given: seenBy(state), axis: lane.axis };
}

/** @param {Lane} lane @param {Readonly<State>} state @returns {boolean} whether only its own dimension moved */
function serves({ dim, axis, made }, state) {
  const { latent } = state;
  if (!made || made.axis !== axis || made.latent.length !== latent?.length) return false;
  const now = seenBy(state);
  const size = styleSize(state);
  const alone = latent.every((value, i) => i % size === dim || value === made.latent[i]);
  return alone && made.given.every((one, i) => one === now[i]);
}

/** @param {Lane} lane @param {Readonly<State>} state where the current point stands on the strip */
function mark({ dim, axis, here }, { latent }) {
  here.hidden = !axis || !latent || dim >= latent.length;
  if (!axis || !latent) return;
  const [low, high] = [axis.values[0], axis.values[axis.values.length - 1]];
  const share = (latent[dim] - low) / (high - low || 1);
  const inside = Math.max(0, Math.min(1, share));
  here.classList.toggle('beyond', inside !== share);
  const half = 0.5 / axis.values.length; // a picture stands in the middle of its place
  here.style.setProperty('--x', String(half + inside * (1 - 2 * half)));
}

/** @param {Store} store @param {number} dim */
function leaveOut(store, dim) {
  const rest = stripDims(store.state).filter((one) => one !== dim);
  if (rest.length > 0) store.set({ chosen: rest });
}

/** @param {Store} store @param {number} dim added where the slider column has it */
export function addStrip(store, dim) {
  const dims = new Set([...stripDims(store.state), dim]);
  const order = slidersOf(store.state).map((slider) => slider.dim);
  store.set({ chosen: order.filter((one) => dims.has(one)) });
}
