/**
 * The map in three dimensions: turned by hand or keys, with a mild perspective, the far points drawn first and fainter.
 */

import { Grid } from '../grid.js';
import { Target } from '../target.js';
import { DeepCamera } from '../camera.js';

/** @typedef {import('../points.js').Mapped} Mapped */
/** @typedef {import('./map_board.js').Board} Board */

const BANDS = 64;
/** By level as in two dimensions: how large, and how opaque the nearest of them are. */
const LOOKS = [
  { size: 0.8, alpha: 0.4 },
  { size: 0.9, alpha: 0.3 },
  { size: 1, alpha: 0.95 },
];
const FARTHEST = { size: 0.7, alpha: 0.4 }; // of the nearest ones' own
const KEY_TURN = Math.PI / 24;

export class DeepView {
  /** @param {Board} board */
  constructor(board) {
    this.board = board;
    this.target = new Target(board.canvas);
    this.camera = new DeepCamera();
    /** (N, 2) CSS pixels, as they were last painted */
    this.screen = new Float32Array(0);
    this.bands = new Uint8Array(0);
    this.order = new Uint32Array(0);
    /** @type {Grid|null} of `screen`, made when it is first asked for */
    this.grid = null;
    this.listen();
  }

  /** @param {Mapped|null} points */
  take(points) {
    const count = points?.count ?? 0;
    this.screen = new Float32Array(2 * count);
    this.bands = new Uint8Array(count);
    this.order = new Uint32Array(count);
    this.grid = null;
    if (points) this.camera.around(points.positions);
    this.camera.turn(this.board.store.state.turn);
  }

  colour() {
    /* The board's own words and levels are read as they are painted. */
  }

  /** @param {import('../colours.js').Palette} palette */
  paint(palette) {
    const { points, levels, words, element } = this.board;
    const { target, camera } = this;
    if (!points || !target.begin(palette.panel)) return;
    camera.fit(element.clientWidth, element.clientHeight);
    camera.project(points.positions, this.screen, this.bands, BANDS);
    this.grid = null;
    this.sort();
    const { ratio, pad, width, height, stride } = target;
    const radius = Math.max(0.9, Math.min(4, 0.3 * Math.sqrt((width * height) / ratio ** 2 / points.count) * camera.zoom ** 0.5)) * ratio;
    LOOKS.forEach(({ size, alpha }, level) => {
      const discs = Array.from({ length: BANDS }, (_, band) => {
        const near = band / (BANDS - 1);
        const share = (/** @type {number} */ far) => far + (1 - far) * near;
        return target.discOf(radius * size * share(FARTHEST.size), Math.round(32 * alpha * share(FARTHEST.alpha)) / 32);
      });
      for (let at = 0; at < points.count; at++) {
        const row = this.order[at];
        if (levels[row] !== level) continue;
        const disc = discs[this.bands[row]];
        const column = (this.screen[2 * row] * ratio + pad + 0.5) | 0;
        const line = (this.screen[2 * row + 1] * ratio + pad + 0.5) | 0;
        const { reach } = disc;
        if (column < reach || line < reach || column >= width + 2 * pad - reach || line >= height + 2 * pad - reach) continue;
        target.disc(line * stride + column, disc, level === 0 ? palette.faint : words[row]);
      }
    });
    target.end();
  }

  /** A counting sort of the rows into their bands, the farthest first. */
  sort() {
    const starts = new Uint32Array(BANDS + 1);
    for (const band of this.bands) starts[band + 1] += 1;
    for (let band = 0; band < BANDS; band++) starts[band + 1] += starts[band];
    for (let row = 0; row < this.bands.length; row++) this.order[starts[this.bands[row]]++] = row;
  }

  /** @param {ArrayLike<number>} at @returns {[number, number]} CSS pixels */
  place(at) {
    return this.camera.place(at);
  }

  /** @param {number} x CSS pixels @param {number} y @param {ArrayLike<number>|null} like a position as deep @returns {number[]} */
  at(x, y, like) {
    return this.camera.at(x, y, like);
  }

  /** @param {number} x CSS pixels @param {number} y @param {number} reach @returns {number} the row there, -1 for none */
  nearest(x, y, reach) {
    this.grid ??= new Grid(this.screen);
    return this.grid.nearest(x, y, reach, this.board.accept());
  }

  /** @param {number} from row; -1 for none @param {[number, number]} way @returns {number} row; -1 for none */
  towards(from, [dx, dy]) {
    this.grid ??= new Grid(this.screen);
    const { element } = this.board;
    const accept = this.board.accept();
    if (from < 0) return this.grid.nearest(element.clientWidth / 2, element.clientHeight / 2, Infinity, accept);
    const next = this.grid.towards(this.screen[2 * from], this.screen[2 * from + 1], dx, -dy, accept);
    return next < 0 ? from : next;
  }

  follow() {
    /* The whole cloud is in view, or was brought near by hand. */
  }

  look() {
    this.camera.turn(this.board.store.state.turn);
    this.board.schedule(true);
  }

  /** @param {number} factor above 1 comes nearer */
  zoom(factor) {
    this.camera.come(factor);
    this.keep();
  }

  fit() {
    if (this.board.store.state.turn) this.board.store.set({ turn: null });
    else this.look();
  }

  resize() {
    this.board.schedule(true);
  }

  /** @param {[number, number]} way of an arrow key */
  step([dx, dy]) {
    this.camera.by(dx * KEY_TURN, -dy * KEY_TURN);
    this.keep();
  }

  keep() {
    this.board.store.set({ turn: this.camera.turned() });
    this.board.schedule(true);
  }

  listen() {
    const { element } = this.board;
    const deep = () => this.board.points?.dims === 3;
    element.addEventListener('pointerdown', (event) => {
      if (!deep() || event.button !== 0 || event.defaultPrevented) return;
      let [x, y] = [event.clientX, event.clientY];
      element.setPointerCapture(event.pointerId);
      const done = new AbortController();
      const { signal } = done;
      const move = (/** @type {PointerEvent} */ { clientX, clientY, pointerId }) => {
        if (pointerId !== event.pointerId) return;
        const speed = Math.PI / Math.max(200, Math.min(element.clientWidth, element.clientHeight));
        this.camera.by((clientX - x) * speed, (clientY - y) * speed);
        [x, y] = [clientX, clientY];
        this.board.schedule(true);
      };
      const end = () => {
        done.abort();
        this.keep();
      };
      element.addEventListener('pointermove', move, { signal });
      for (const type of ['pointerup', 'pointercancel']) element.addEventListener(type, end, { signal });
    });
    const wheel = (/** @type {WheelEvent} */ event) => {
      if (!deep()) return;
      event.preventDefault();
      this.zoom(Math.exp(-event.deltaY / 600));
    };
    element.addEventListener('wheel', wheel, { passive: false });
  }
}
