/**
 * Two dimensions at once: a plane of pictures through the current point. A cell is looked at, or taken; a drag moves
 * the point over the plane.
 */

import { dimName, el, lifetime, signed } from '../dom.js';
import { spaceOf, styleSize } from '../given.js';
import { ready } from '../models.js';
import { newest } from '../newest.js';
import { imageOf } from '../picture.js';
import { pictureRequest } from '../state.js';
import { gridDims } from './traverse_axes.js';
import { dataLayer } from './traverse_data.js';
import { followPlane } from './traverse_hand.js';
import { inParts } from './traverse_parts.js';
import { seenBy, visible } from './traverse_preview.js';
import { scaleOf } from './traverse_scale.js';

/** @typedef {import('../store.js').Store} Store */
/** @typedef {import('../api.js').Api} Api */
/** @typedef {import('../api.js').Raw} Raw */
/** @typedef {import('../state.js').State} State */
/** @typedef {import('./traverse_axes.js').Axis} Axis */

/**
 * @typedef {Object} Plan what a plane is made of
 * @property {Axis} across
 * @property {Axis} up
 * @property {import('./traverse_scale.js').Scale} x
 * @property {import('./traverse_scale.js').Scale} y
 * @property {Float32Array} latent
 * @property {number} size numbers a style
 * @property {unknown[]} given
 */

const REST_MS = 140;
const TICKS = 5;

/** The plane, and what is drawn on it. */
export class Plane {
  constructor() {
    this.canvas = el('canvas', { class: 'plane-pictures', width: 9, height: 9, 'aria-hidden': 'true' });
    this.here = el('span', { class: 'plane-here', hidden: true, testid: 'plane-here' });
    this.under = el('span', { class: 'plane-under', hidden: true, testid: 'plane-under' });
    this.marks = el('div', { class: 'plane-marks', 'aria-hidden': 'true' }, this.under, this.here);
    this.cells = el(
      'div',
      { class: 'plane-cells', tabindex: '0', role: 'application', testid: 'plane' },
      this.canvas,
      this.marks,
    );
    this.across = el('div', { class: 'plane-across second number', 'aria-hidden': 'true' });
    this.up = el('div', { class: 'plane-up second number', 'aria-hidden': 'true' });
    this.element = el('div', { class: 'plane' }, this.up, this.cells, this.across);
    /** @type {Plan|null} */
    this.plan = null;
    /** @type {(Raw|null)[]} one answer a row of cells, top row first; null while it is on its way */
    this.rows = [];
    /** @type {number[]} where each row begins in its answer */
    this.first = [];
  }

  /** @param {Plan} plan @param {Readonly<State>} state the old pictures stay until the new ones come */
  begin(plan, state) {
    const kept = this.rows.length === plan.up.values.length && this.plan?.given[0] === plan.given[0];
    if (!kept) {
      this.rows = plan.up.values.map(() => null);
      this.canvas.width = plan.across.values.length;
      this.canvas.height = plan.up.values.length;
      this.cells.classList.remove('drawn');
    }
    this.plan = plan;
    this.rows.fill(null);
    delete this.cells.dataset.made;
    const names = [plan.across, plan.up].map(({ dim }) => dimName(dim, spaceOf(state)));
    this.cells.setAttribute(
      'aria-label',
      `${plan.across.values.length * plan.up.values.length} pictures, ${names[0]} across and ${names[1]} up. ` +
        'Arrow keys walk over them, Enter takes one.',
    );
    this.across.replaceChildren(...ticks(plan.across, names[0], plan.across.values.length));
    this.up.replaceChildren(...ticks(plan.up, names[1], plan.up.values.length));
    this.element.style.setProperty('--columns', String(plan.across.values.length));
    this.element.style.setProperty('--rows', String(plan.up.values.length));
  }

  /** @param {Raw} raw whole rows of cells @param {number} from the first of them, from the top */
  put(raw, from) {
    if (!this.plan) return;
    const columns = this.plan.across.values.length;
    const [count, height, width] = raw.shape;
    const gap = this.plan.latent.length === 2 ? 0 : 1; // the whole space is one picture
    this.size(columns * (width + gap) - gap, this.rows.length * (height + gap) - gap);
    const context = this.canvas.getContext('2d');
    for (let i = 0; i < count; i++) {
      const [row, column] = [from + Math.floor(i / columns), i % columns];
      context?.putImageData(imageOf(raw, i), column * (width + gap), row * (height + gap));
      this.rows[row] = raw;
      this.first[row] = (row - from) * columns;
    }
    this.cells.classList.add('drawn');
  }

  /** @param {number} width @param {number} height */
  size(width, height) {
    if (this.canvas.width === width && this.canvas.height === height) return;
    this.canvas.width = width;
    this.canvas.height = height;
  }

  /** @param {Float32Array|null} latent the current point's place */
  mark(latent) {
    const { plan } = this;
    this.here.hidden = !plan || !latent || latent.length !== plan.latent.length;
    if (!plan || !latent || this.here.hidden) return;
    const [x, y] = [plan.x.place(latent[plan.across.dim]), plan.y.place(latent[plan.up.dim])];
    const inside = (/** @type {number} */ share) => Math.max(0, Math.min(1, share));
    this.here.classList.toggle('beyond', x !== inside(x) || y !== inside(y));
    this.here.style.setProperty('--x', String(inside(x)));
    this.here.style.setProperty('--y', String(1 - inside(y)));
  }
}

/**
 * @param {Axis} axis @param {string} name @param {number} count
 * @returns {HTMLElement[]} the values at a few cells, and the dimension's name
 */
function ticks({ values }, name, count) {
  const few = Array.from({ length: TICKS }, (_, i) => Math.round((i * (count - 1)) / (TICKS - 1)));
  const marks = few.map((step) => {
    const mark = el('span', { class: 'tick', text: signed(values[step], 1) });
    mark.style.setProperty('--at', String((step + 0.5) / count));
    return mark;
  });
  return [...marks, el('span', { class: 'tick-name', text: name })];
}

/**
 * @param {Store} store @param {Api} api @param {ReturnType<typeof import('./traverse_axes.js').axesFrom>} axesOf
 * @param {{show: import('./traverse_preview.js').Show, failed: (error: unknown) => void}} tell
 * @returns {{element: HTMLElement, plane: Plane, data: ReturnType<typeof dataLayer>, refresh: () => void,
 *   end: () => void}}
 */
export function grid(store, api, axesOf, tell) {
  const life = lifetime();
  const plane = new Plane();
  const data = dataLayer(store, api, plane);
  const parts = inParts(store, api);
  /** @type {Plan|null} the plan whose pictures are all there */
  let made = null;
  let count = 0;

  const fetcher = newest(
    async (_, signal) => {
      const plan = await planOf(store.state, axesOf, tell.failed);
      if (!plan || !visible(plane.cells) || (made && same(made, plan))) return;
      const { state } = store;
      if (!stillFor(plan, state)) return;
      plane.begin(plan, state);
      plane.mark(state.latent);
      data.draw();
      made = null;
      const address = `/api/models/${encodeURIComponent(state.model)}/grid`;
      const values = [...plan.up.values].reverse();
      let whole = true;
      await parts(values.length, plan.across.values.length, async (from, to) => {
        const body = {
          ...pictureRequest(state),
          latents: [Array.from(plan.latent)],
          across: { dim: plan.across.dim, values: plan.across.values },
          up: { dim: plan.up.dim, values: values.slice(from, to) },
        };
        const raw = await api.pixels(address, body, signal);
        whole = stillFor(plan, store.state) && plane.plan === plan;
        if (whole) plane.put(raw, from);
        return whole;
      });
      if (!whole) return;
      made = plan;
      plane.cells.dataset.made = String(++count);
    },
    { wait: REST_MS },
  );
  const refresh = () => fetcher.ask(null);
  life.add(
    fetcher.stop,
    data.end,
    followPlane(plane, store, tell.show).end,
    store.watch(
      (state) => [state.latent, state.reach, state.axes, state.tab, state.traversal, ...seenBy(state)],
      (state) => {
        plane.mark(state.latent);
        refresh();
      },
    ),
  );
  return { element: plane.element, plane, data, refresh, end: life.end };
}

/**
 * @param {Readonly<State>} state @param {ReturnType<typeof import('./traverse_axes.js').axesFrom>} axesOf
 * @param {(error: unknown) => void} failed
 * @returns {Promise<Plan|null>}
 */
async function planOf(state, axesOf, failed) {
  const [first, second] = gridDims(state);
  if (!ready(state) || !state.latent || second === undefined || state.tab !== 'traverse' || state.traversal !== '')
    return null;
  try {
    const axes = await axesOf(state, 'grid');
    const [across, up] = [axes.get(first), axes.get(second)];
    failed(null);
    if (!across || !up) return null;
    const made = { latent: state.latent, size: styleSize(state), given: seenBy(state) };
    return { across, up, x: scaleOf(across), y: scaleOf(up), ...made };
  } catch (error) {
    failed(error);
    throw error;
  }
}

/** @param {Plan} made @param {Plan} plan @returns {boolean} whether they show the same pictures */
const same = (made, plan) => made.across === plan.across && made.up === plan.up && alike(made, plan.latent, plan.given);

/** @param {Plan} plan @param {Readonly<State>} state @returns {boolean} whether it still asks for them */
function stillFor(plan, state) {
  const [first, second] = gridDims(state);
  const dims = first === plan.across.dim && second === plan.up.dim;
  return dims && state.latent !== null && alike(plan, state.latent, seenBy(state));
}

/**
 * @param {Plan} plan @param {Float32Array} latent @param {unknown[]} given
 * @returns {boolean} whether only the two dimensions of the plane differ, which it shows anyway
 */
function alike(plan, latent, given) {
  const { across, up, size } = plan;
  return (
    plan.latent.length === latent.length &&
    latent.every((value, i) => value === plan.latent[i] || i % size === across.dim || i % size === up.dim) &&
    given.every((part, i) => part === plan.given[i])
  );
}
