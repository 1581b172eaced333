/**
 * The map in two dimensions: Plotly's axes, the points that follow them, and what its tools choose.
 */

import { inShape } from '../shapes.js';
import { bounds } from '../grid.js';
import { fitted } from '../figures/map.js';
import { PointLayer, placer } from '../layer.js';
import { rowsWhere } from '../map_levels.js';
import { select } from '../selecting.js';

/** @typedef {import('../points.js').Mapped} Mapped */
/** @typedef {import('../plot.js').Ranges} Ranges */
/** @typedef {import('./map_board.js').Board} Board */

const STILL = 1e-3;

export class FlatView {
  /** @param {Board} board */
  constructor(board) {
    this.board = board;
    this.layer = new PointLayer(board.canvas);
    /** Whether the axes move by our own doing: only what a hand moved is kept. */
    this.own = false;
    /** @type {Ranges} */
    this.all = { x: [-1, 1], y: [-1, 1] };
  }

  /** @param {Mapped|null} points */
  take(points) {
    this.layer.take(points?.grid ?? null);
    if (points) this.all = fitted(bounds(points.positions));
  }

  colour() {
    this.layer.colour(this.board.words, this.board.levels);
  }

  /** @param {import('../colours.js').Palette} palette */
  paint(palette) {
    if (this.board.plot) this.layer.paint(this.board.plot.axes(), palette);
  }

  /** @param {boolean} still as they are now @returns {Ranges} */
  ranges(still) {
    const { plot, store, points } = this.board;
    if (still && plot) return plot.axes().ranges;
    const { extent } = store.state;
    return extent && points?.dims === 2 ? rangesOf(extent) : this.all;
  }

  /** @param {ArrayLike<number>} at @returns {[number, number]} CSS pixels */
  place(at) {
    const { plot } = this.board;
    if (!plot) return [0, 0];
    const to = placer(plot.axes());
    return [to.x(at[0]), to.y(at[1])];
  }

  /** @param {number} x CSS pixels inside the board @param {number} y @returns {number[]} the position there */
  at(x, y) {
    const { plot } = this.board;
    if (!plot) return [0, 0];
    const { left, top, width, height, ranges } = plot.axes();
    return [
      ranges.x[0] + ((x - left) / width) * (ranges.x[1] - ranges.x[0]),
      ranges.y[1] - ((y - top) / height) * (ranges.y[1] - ranges.y[0]),
    ];
  }

  /** @param {number} x CSS pixels @param {number} y @param {number} reach @returns {number} the row there, -1 for none */
  nearest(x, y, reach) {
    const { points, plot } = this.board;
    if (!points || !plot) return -1;
    const axes = plot.axes();
    const [px, py] = this.at(x, y);
    const radius = (reach / axes.width) * (axes.ranges.x[1] - axes.ranges.x[0]);
    return points.grid.nearest(px, py, radius, this.board.accept());
  }

  /** @param {number} from row; -1 for none @param {[number, number]} way @returns {number} row; -1 for none */
  towards(from, [dx, dy]) {
    const { points, overlay, plot } = this.board;
    if (!points) return -1;
    const accept = this.board.accept();
    if (from < 0) {
      const view = plot?.axes().ranges;
      const { current } = overlay;
      const [x, y] = view && !(current && within(view, current)) ? [middle(view.x), middle(view.y)] : (current ?? [0, 0]);
      return points.grid.nearest(x, y, Infinity, accept);
    }
    const next = points.grid.towards(points.positions[2 * from], points.positions[2 * from + 1], dx, dy, accept);
    return next < 0 ? from : next;
  }

  /** @param {ArrayLike<number>} at the view goes along when that is at its edge, or beyond */
  follow(at) {
    const { plot } = this.board;
    if (!plot) return;
    const { x, y } = plot.axes().ranges;
    if (within({ x, y }, at, 0.04)) return;
    const around = (/** @type {[number, number]} */ [from, to], /** @type {number} */ centre) =>
      /** @type {[number, number]} */ ([centre - (to - from) / 2, centre + (to - from) / 2]);
    plot.look({ x: around(x, at[0]), y: around(y, at[1]) });
  }

  /** @param {boolean} settled the axes have moved; the view is kept once they rest */
  moved(settled) {
    const { board } = this;
    board.schedule(true);
    if (settled && board.plot && !this.own && board.points?.dims === 2) {
      const { x, y } = board.plot.axes().ranges;
      board.store.set({ extent: [...x, ...y] });
    }
  }

  look() {
    const { plot } = this.board;
    if (!plot) return;
    const now = plot.axes().ranges;
    const ranges = this.ranges(false);
    const near = [0, 1].every(
      (i) => Math.abs(now.x[i] - ranges.x[i]) + Math.abs(now.y[i] - ranges.y[i]) < STILL * Math.abs(now.x[1] - now.x[0]),
    );
    if (!near) this.quietly(() => plot.look(ranges));
  }

  /** @param {number} factor above 1 comes nearer */
  zoom(factor) {
    this.board.plot?.zoom(factor);
  }

  fit() {
    if (this.board.store.state.extent) this.board.store.set({ extent: null });
    else this.look();
  }

  resize() {
    const { plot } = this.board;
    if (!plot) return;
    const ranges = this.ranges(false);
    this.quietly(async () => {
      await plot.resize();
      await plot.look(ranges);
    });
  }

  /** @param {() => Promise<unknown>} act */
  async quietly(act) {
    this.own = true;
    try {
      await act();
    } finally {
      this.own = false;
    }
  }

  /** @param {import('../plot.js').Shape} shape drawn with a tool */
  chosen(shape) {
    const { points, store } = this.board;
    if (!points) return;
    const inside = inShape(shape);
    const accept = this.board.accept();
    const { positions } = points;
    const rows = rowsWhere(points.count, (row) => accept(row) && inside(positions[2 * row], positions[2 * row + 1]));
    select(store, rows);
  }
}

/** @param {number[]} extent @returns {Ranges} */
const rangesOf = ([x0, x1, y0, y1]) => ({ x: [x0, x1], y: [y0, y1] });

/** @param {[number, number]} range */
const middle = ([from, to]) => (from + to) / 2;

/** @param {Ranges} ranges @param {ArrayLike<number>} at @param {number} [margin] share of the view */
function within(ranges, at, margin = 0) {
  const inside = (/** @type {[number, number]} */ range, /** @type {number} */ value) =>
    Math.abs(value - middle(range)) <= (0.5 - margin) * (range[1] - range[0]);
  return inside(ranges.x, at[0]) && inside(ranges.y, at[1]);
}
