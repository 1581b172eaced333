/**
 * The map's base points: a canvas under a transparent Plotly, filled through ImageData, following Plotly's axes.
 *
 * Half a million points have 60 ms a frame, without a GPU. So the points lie in memory cell by cell of their grid, only the
 * cells in view are gone through, a disc is a table of offsets, and colours are blended in whole words over an opaque ground.
 */

import { Target } from './target.js';

/** @typedef {import('./plot.js').Axes} Axes */
/** @typedef {import('./grid.js').Grid} Grid */
/** @typedef {import('./colours.js').Palette} Palette */

/** How a point of each level is drawn: faint for what is filtered out, weak for what is not selected. */
const LOOKS = [
  { size: 0.8, alpha: 0.5 },
  { size: 0.9, alpha: 0.3 },
  { size: 1, alpha: 0.85 },
];
const MARGIN = 8; // CSS pixels: a disc may reach in from beyond the edge
const SMALLEST = 0.8;
const LARGEST = 4;

export class PointLayer {
  /** @param {HTMLCanvasElement} canvas covers the plot's element @param {{glass?: boolean}} [how] `glass`: what lies under it shows through */
  constructor(canvas, { glass = false } = {}) {
    this.glass = glass;
    this.target = new Target(canvas);
    /** @type {Grid|null} */
    this.grid = null;
    /** (N, 2) positions, cell by cell */
    this.placed = new Float32Array(0);
    /** (N,) words of colour, cell by cell */
    this.words = new Uint32Array(0);
    /** (N,) levels, cell by cell */
    this.levels = new Uint8Array(0);
    /** How many points there are of each level. */
    this.counts = [0, 0, 0];
  }

  /** @param {Grid|null} grid of the positions; the layer keeps a copy in the order in which it draws */
  take(grid) {
    if (grid === this.grid) return;
    this.grid = grid;
    const count = grid?.count ?? 0;
    this.placed = new Float32Array(2 * count);
    this.words = new Uint32Array(count);
    this.levels = new Uint8Array(count).fill(2);
    this.counts = [0, 0, count];
    if (!grid) return;
    for (let at = 0; at < count; at++) {
      this.placed[2 * at] = grid.positions[2 * grid.members[at]];
      this.placed[2 * at + 1] = grid.positions[2 * grid.members[at] + 1];
    }
  }

  /** @param {Uint32Array} words (N,) a colour each row @param {Uint8Array} levels (N,) 0, 1 or 2 each row */
  colour(words, levels) {
    const { grid } = this;
    if (!grid || words.length !== grid.count) return;
    this.counts = [0, 0, 0];
    for (let at = 0; at < grid.count; at++) {
      const row = grid.members[at];
      this.words[at] = words[row];
      this.levels[at] = levels[row];
      this.counts[levels[row]] += 1;
    }
  }

  /** @param {Axes} axes @param {Palette} palette @returns {boolean} whether there was room to draw on */
  paint(axes, palette) {
    const { target, grid } = this;
    if (!target.begin(this.glass ? 0 : palette.panel)) return false;
    if (grid) {
      const { ratio } = target;
      const place = placer(axes, ratio);
      target.cross(place.x(0), place.y(0), palette.line);
      const radius = radiusFor(grid, axes) * ratio;
      const stretches = inView(grid, axes);
      LOOKS.forEach(({ size, alpha }, level) => {
        if (this.counts[level] === 0) return;
        const disc = target.discOf(radius * size, alpha);
        const only = this.counts[level] < grid.count;
        this.stamp(axes, stretches, disc, only ? level : -1, level === 0 ? palette.faint : 0);
      });
    }
    target.end();
    return true;
  }

  /**
   * @param {Axes} axes @param {number[]} stretches from, to, from, to: what is gone through
   * @param {import('./target.js').Disc} disc @param {number} level only these; -1 for all @param {number} word instead of
   *   the points' own colours; 0 for those
   */
  stamp(axes, stretches, disc, level, word) {
    const { placed, words, levels, target, glass } = this;
    const { ratio, pad, width, height, stride } = target;
    const {
      ranges: {
        x: [x0, x1],
        y: [y0, y1],
      },
    } = axes;
    const across = (ratio * axes.width) / (x1 - x0);
    const up = (ratio * axes.height) / (y1 - y0);
    const left = ratio * axes.left - x0 * across + pad + 0.5;
    const top = ratio * axes.top + y1 * up + pad + 0.5;
    const [right, bottom] = [width + 2 * pad - disc.reach, height + 2 * pad - disc.reach];
    for (let part = 0; part < stretches.length; part += 2) {
      for (let at = stretches[part]; at < stretches[part + 1]; at++) {
        if (level >= 0 && levels[at] !== level) continue;
        const column = (left + placed[2 * at] * across) | 0;
        const row = (top - placed[2 * at + 1] * up) | 0;
        if (column < disc.reach || row < disc.reach || column >= right || row >= bottom) continue;
        const colour = word === 0 ? words[at] : word;
        if (glass) target.veil(row * stride + column, disc, colour);
        else target.disc(row * stride + column, disc, colour);
      }
    }
  }
}

/**
 * @param {Grid} grid @param {Axes} axes
 * @returns {number[]} from, to, from, to: stretches of `members` whose cells are in view, or reach into it
 */
function inView(grid, { width, height, ranges: { x, y } }) {
  const [mx, my] = [(MARGIN / width) * (x[1] - x[0]), (MARGIN / height) * (y[1] - y[0])];
  const [from, to] = [grid.column(x[0] - mx), grid.column(x[1] + mx)];
  const [low, high] = [grid.row(y[0] - my), grid.row(y[1] + my)];
  if (from === 0 && to === grid.columns - 1) return [grid.starts[low * grid.columns], grid.starts[(high + 1) * grid.columns]];
  const stretches = [];
  for (let row = low; row <= high; row++)
    stretches.push(grid.starts[row * grid.columns + from], grid.starts[row * grid.columns + to + 1]);
  return stretches;
}

/**
 * @param {Axes} axes
 * @param {number} [ratio] device pixels a CSS pixel
 * @returns {{x: (x: number) => number, y: (y: number) => number}} data to pixels
 */
export function placer(
  {
    left,
    top,
    width,
    height,
    ranges: {
      x: [x0, x1],
      y: [y0, y1],
    },
  },
  ratio = 1,
) {
  return {
    x: (x) => ratio * (left + ((x - x0) / (x1 - x0)) * width),
    y: (y) => ratio * (top + ((y1 - y) / (y1 - y0)) * height),
  };
}

/** @param {Grid} grid @param {Axes} axes @returns {number} CSS pixels: smaller for many points, larger from near */
export function radiusFor({ count, columns, rows, cell }, { width, height, ranges: { x, y } }) {
  const whole = columns * cell * rows * cell;
  const share = Math.min(1, ((x[1] - x[0]) * (y[1] - y[0])) / whole);
  const room = Math.sqrt((width * height) / Math.max(1, count * share));
  return Math.max(SMALLEST, Math.min(LARGEST, 0.24 * room));
}
