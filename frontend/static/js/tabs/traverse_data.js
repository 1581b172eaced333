/**
 * The encoded data over the whole space of a model of two dimensions, coloured by class.
 */

import { el } from '../dom.js';
import { Grid } from '../grid.js';
import { readPalette } from '../colours.js';
import { PointLayer } from '../layer.js';
import { loadPoints } from '../points.js';
import { isPlane } from './traverse_axes.js';

/** @typedef {import('../points.js').Points} Points */
/** @typedef {import('./traverse_grid.js').Plane} Plane */

/**
 * @param {import('../store.js').Store} store @param {import('../api.js').Api} api @param {Plane} plane
 * @returns {{canvas: HTMLCanvasElement, draw: () => void, shown: () => boolean, end: () => void}}
 */
export function dataLayer(store, api, plane) {
  const size = { width: 1, height: 1 };
  const canvas = el('canvas', { class: 'plane-data', ...size, 'aria-hidden': 'true', testid: 'plane-data' });
  plane.cells.insertBefore(canvas, plane.marks);
  const layer = new PointLayer(canvas, { glass: true });
  /** @type {{points: Points, plan: import('./traverse_grid.js').Plan, grid: Grid}|null} */
  let known = null;
  const shown = () => {
    const { state } = store;
    return isPlane(state) && !state.bare && plane.plan?.given[0] === state.detail && fitting(store.state) !== null;
  };
  const draw = () => {
    const { state } = store;
    if (isPlane(state) && !state.bare && state.tab === 'traverse') loadPoints(store, api);
    const over = shown();
    plane.cells.classList.toggle('over', over);
    canvas.hidden = !over;
    const points = fitting(state);
    const { plan } = plane;
    if (!over || !points || !plan) return;
    if (known?.points !== points || known.plan.across !== plan.across || known.plan.up !== plan.up)
      known = { points, plan, grid: placedOn(points, plan) };
    const picked = new Set(state.classes);
    const axes = { left: 0, top: 0, width: canvas.clientWidth, height: canvas.clientHeight, ranges: UNIT };
    paint(layer, known.grid, points, axes, readPalette(canvas), picked);
  };
  const sizes = new ResizeObserver(draw);
  sizes.observe(plane.cells);
  const scheme = matchMedia('(prefers-color-scheme: dark)');
  scheme.addEventListener('change', draw);
  document.addEventListener('theme-changed', draw);
  const end = store.watch((state) => [state.points, state.detail, state.classes, state.bare, state.tab], draw);
  return {
    canvas,
    draw,
    shown,
    end: () => {
      end();
      sizes.disconnect();
      scheme.removeEventListener('change', draw);
      document.removeEventListener('theme-changed', draw);
    },
  };
}

const UNIT = /** @type {import('../plot.js').Ranges} */ ({ x: [0, 1], y: [0, 1] });

/** @param {Readonly<import('../state.js').State>} state @returns {Points|null} the open model's, in the space shown */
function fitting({ points, detail, space }) {
  if (!points || points.model !== detail?.id || points.count === 0 || points.size !== 2) return null;
  return space === '' || space === detail?.default_space ? points : null;
}

/**
 * @param {Points} points @param {import('./traverse_grid.js').Plan} plan
 * @returns {Grid} of the points at their place on the plane: shares of its width and height
 */
function placedOn(points, { across, up, x, y }) {
  const positions = new Float32Array(2 * points.count);
  for (let i = 0; i < points.count; i++) {
    positions[2 * i] = x.place(points.latents[i * points.size + across.dim]);
    positions[2 * i + 1] = y.place(points.latents[i * points.size + up.dim]);
  }
  return new Grid(positions);
}

/**
 * @param {PointLayer} layer @param {Grid} grid @param {Points} points @param {import('../plot.js').Axes} axes
 * @param {import('../colours.js').Palette} palette @param {Set<number>} picked classes; none means all
 */
function paint(layer, grid, { labels, count }, axes, palette, picked) {
  const words = Uint32Array.from(labels, (label) => (label < 0 ? palette.faint : palette.classes[label % 10]));
  const levels = Uint8Array.from({ length: count }, (_, row) => (picked.size === 0 || picked.has(labels[row]) ? 2 : 0));
  layer.take(grid);
  layer.colour(words, levels);
  layer.paint(axes, palette);
}
