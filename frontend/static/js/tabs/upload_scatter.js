/**
 * All known pictures as dots, one measure across and one up, both on a logarithmic scale, and one picture among them.
 * Drawn as SVG, so that it follows the theme and the size by itself.
 */

import { el, on } from '../dom.js';
import { quantile } from './upload_measures.js';

const SPACE = 'http://www.w3.org/2000/svg';
/** Dots over one another are darker: each of so many layers is drawn by itself. */
const LAYERS = 12;
const SIDE = 1000;
/** Pixels from a dot that still mean it. */
const REACH = 12;
const MARGIN = 0.04;

/** @param {string} tag @param {Record<string, string>} attributes @returns {SVGElement} */
function shape(tag, attributes) {
  const made = document.createElementNS(SPACE, tag);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

/**
 * @typedef {Object} Axis
 * @property {(value: number) => number} place in [0, 1]
 * @property {[string, number][]} ticks words and place
 */

/** @param {Float32Array} values @param {number} own the picture's value, always in sight @returns {Axis} */
export function logAxis(values, own) {
  const positive = values.filter((value) => value > 0);
  const least = Math.max(1e-9, Math.min(quantile(positive, 0.001), own > 0 ? own : Infinity));
  const most = Math.max(quantile(positive, 1), own > 0 ? own : 0, least * 1.01);
  const [low, high] = [Math.log(least), Math.log(most)];
  const pad = MARGIN * Math.max(high - low, 1e-6);
  const place = (/** @type {number} */ value) =>
    Math.min(1, Math.max(0, (Math.log(Math.max(value, 1e-12)) - low + pad) / (high - low + 2 * pad)));
  const ticks = nice(least, most).map((value) => /** @type {[string, number]} */ ([String(value), place(value)]));
  return { place, ticks };
}

/** @param {number} least @param {number} most @returns {number[]} up to six round numbers between them */
function nice(least, most) {
  /** @type {number[]} */
  let found = [];
  for (const digits of [[1, 2, 5], [1, 1.5, 2, 3, 4, 5, 7], [1, 1.2, 1.4, 1.6, 1.8, 2, 2.5, 3, 3.5, 4, 5, 6, 7, 8, 9]]) {
    found = [];
    for (let power = Math.floor(Math.log10(least)); power <= Math.ceil(Math.log10(most)); power++)
      for (const digit of digits) {
        const value = Number((digit * 10 ** power).toPrecision(2));
        if (value >= least && value <= most) found.push(value);
      }
    if (found.length >= 3) break;
  }
  const step = Math.ceil(found.length / 6);
  return found.filter((_, index) => index % step === 0);
}

/**
 * @param {{x: Float32Array, y: Float32Array, own: {x: number, y: number}, far: {x: number, y: number},
 *   titles: {x: string, y: string}, label: string, onpoint: (index: number|null) => void,
 *   onpick: (index: number) => void}} what `far`: where the farthest twentieth begins; `label`: all of it in words;
 *   `onpoint`: which dot is under the pointer; `onpick`: a press on one
 * @returns {{element: HTMLElement, plot: HTMLElement}} `plot`: without the axes
 */
export function scatter({ x, y, own, far, titles, label, onpoint, onpick }) {
  const [across, up] = [logAxis(x, own.x), logAxis(y, own.y)];
  const [left, top] = [
    (/** @type {number} */ value) => (SIDE * across.place(value)).toFixed(1),
    (/** @type {number} */ value) => (SIDE * (1 - up.place(value))).toFixed(1),
  ];
  const layers = Array.from({ length: LAYERS }, () => '');
  for (let i = 0; i < x.length; i++)
    if (x[i] > 0 && y[i] > 0) layers[i % LAYERS] += `M${left(x[i])} ${top(y[i])}h0`;
  const svg = shape('svg', { viewBox: `0 0 ${SIDE} ${SIDE}`, preserveAspectRatio: 'none', role: 'img', 'aria-label': label });
  svg.append(
    ...layers.map((d) => shape('path', { d, class: 'scatter-dots' })),
    shape('path', { d: `M${left(far.x)} 0V${SIDE}M0 ${top(far.y)}H${SIDE}`, class: 'scatter-far' }),
    shape('path', { d: `M${left(own.x)} ${top(own.y)}h0`, class: 'scatter-halo' }),
    shape('path', { d: `M${left(own.x)} ${top(own.y)}h0`, class: 'scatter-own' }),
  );
  const plot = el('div', { class: 'scatter-plot' });
  plot.append(svg);
  const farX = el('span', { class: 'scatter-mark', text: '95%', 'aria-hidden': 'true' });
  farX.style.left = `${100 * across.place(far.x)}%`;
  const farY = el('span', { class: 'scatter-mark scatter-mark-y', text: '95%', 'aria-hidden': 'true' });
  farY.style.top = `${100 * (1 - up.place(far.y))}%`;
  plot.append(farX, farY);
  const ticks = (/** @type {Axis} */ axis, /** @type {'left'|'bottom'} */ edge) =>
    axis.ticks.map(([text, place]) => {
      const tick = el('span', { class: 'number', text });
      tick.style[edge] = `${100 * place}%`;
      return tick;
    });
  pointing(plot, (place) => nearestDot(place, x, y, across, up), onpoint, onpick);
  const element = el(
    'div',
    { class: 'scatter', testid: 'scatter' },
    el('span', { class: 'scatter-title-y', text: titles.y }),
    el('div', { class: 'scatter-ticks-y', 'aria-hidden': 'true' }, ...ticks(up, 'bottom')),
    plot,
    el('div', { class: 'scatter-ticks-x', 'aria-hidden': 'true' }, ...ticks(across, 'left')),
    el('span', { class: 'scatter-title-x', text: titles.x }),
  );
  return { element, plot };
}

/** @typedef {{left: number, top: number, width: number, height: number}} Pointed in pixels, within a plot of that size */

/**
 * @param {Pointed} pointed @param {Float32Array} x @param {Float32Array} y @param {Axis} across @param {Axis} up
 * @returns {number|null} the nearest dot, where one is near enough
 */
function nearestDot({ left, top, width, height }, x, y, across, up) {
  let [found, best] = [/** @type {number|null} */ (null), REACH * REACH];
  for (let i = 0; i < x.length; i++) {
    if (!(x[i] > 0 && y[i] > 0)) continue;
    const apart = (width * across.place(x[i]) - left) ** 2 + (height * (1 - up.place(y[i])) - top) ** 2;
    if (apart < best) [found, best] = [i, apart];
  }
  return found;
}

/**
 * @param {HTMLElement} plot @param {(pointed: Pointed) => number|null} find
 * @param {(index: number|null) => void} onpoint @param {(index: number) => void} onpick
 */
function pointing(plot, find, onpoint, onpick) {
  const at = (/** @type {PointerEvent|MouseEvent} */ event) => {
    const { left, top, width, height } = plot.getBoundingClientRect();
    return find({ left: event.clientX - left, top: event.clientY - top, width, height });
  };
  const move = (/** @type {PointerEvent} */ event) => {
    const found = at(event);
    plot.classList.toggle('pointing', found !== null);
    onpoint(found);
  };
  const press = (/** @type {MouseEvent} */ event) => {
    const found = at(event);
    if (found !== null) onpick(found);
  };
  on(plot, { pointermove: move, pointerleave: () => onpoint(null), click: press });
}
