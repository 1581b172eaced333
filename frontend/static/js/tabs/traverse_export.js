/**
 * A grid, or strips, as a PNG with labelled axes: black on white whatever the theme, for papers and slides.
 */

import { dimName, signed } from '../dom.js';
import { spaceOf } from '../given.js';
import { imageOf, download, png } from '../picture.js';
import { isPlane, reachWords } from './traverse_axes.js';
import { rangeWords } from './traverse_strips.js';

/** @typedef {import('../state.js').State} State */
/** @typedef {import('../api.js').Raw} Raw */
/** @typedef {{raw: Raw|null, index: number}} Cell */

const FONT = '20px system-ui, "DejaVu Sans", sans-serif';
const SMALL = '16px system-ui, "DejaVu Sans", sans-serif';
const INK = '#111418';
const SECOND = '#4a5561';
const PAD = 24;
const LINE = 26;
const SIDE = 1400; // pixels of all pictures together, about
const LARGEST = 160;

/**
 * @param {Readonly<State>} state
 * @param {{plane: import('./traverse_grid.js').Plane, data: {canvas: HTMLCanvasElement, shown: () => boolean}}} grid
 * @returns {Promise<boolean>} false while pictures are missing
 */
export async function exportGrid(state, { plane, data }) {
  const { plan, rows, first } = plane;
  if (!plan || rows.length === 0 || rows.some((row) => row === null)) return false;
  const columns = plan.across.values.length;
  const cells = rows.map((raw, row) => Array.from({ length: columns }, (_, i) => ({ raw, index: first[row] + i })));
  const [across, up] = [plan.across, plan.up].map(({ dim }) => dimName(dim, spaceOf(state)));
  const sheet = new Sheet(cells, { left: 96, bottom: 2 * LINE + PAD, gap: isPlane(state) ? 0 : 2 });
  sheet.head(state.detail?.title ?? state.model, `${across} across, ${up} up, over ${reachWords(state)}`);
  sheet.pictures();
  if (data.shown()) sheet.over(data.canvas);
  const values = [...plan.up.values].reverse();
  sheet.below(plan.across.values.map((value) => signed(value)), across);
  sheet.beside(values.map((value) => signed(value)), up);
  download(await png(sheet.canvas), `${state.model}-${across}-${up}${isPlane(state) ? '-space' : ''}.png`);
  return true;
}

/**
 * @param {Readonly<State>} state @param {import('./traverse_strips.js').Lane[]} lanes
 * @returns {Promise<boolean>} false while pictures are missing
 */
export async function exportStrips(state, lanes) {
  if (lanes.length === 0 || lanes.some(({ raw, axis }) => !raw || !axis)) return false;
  const cells = lanes.map(({ raw, first, axis }) => axis?.values.map((_, i) => ({ raw, index: first + i })) ?? []);
  const sheet = new Sheet(cells, { left: 76, right: 150, bottom: PAD });
  sheet.head(state.detail?.title ?? state.model, `One dimension a row, over ${reachWords(state)}`);
  sheet.pictures();
  const names = lanes.map(({ dim }) => dimName(dim, spaceOf(state)));
  sheet.beside(names, '');
  sheet.after(lanes.map(({ axis }) => (axis ? rangeWords(axis) : '')));
  download(await png(sheet.canvas), `${state.model}-strips.png`);
  return true;
}

/** A picture of pictures with words around it. */
class Sheet {
  /** @param {Cell[][]} cells row by row @param {{left: number, right?: number, bottom: number, gap?: number}} room */
  constructor(cells, { left, right = PAD, bottom, gap = 2 }) {
    const [, height, width] = /** @type {Raw} */ (cells[0][0].raw).shape;
    const columns = cells[0].length;
    const zoom = Math.max(1, Math.min(LARGEST, SIDE / Math.max(columns, cells.length)) / width);
    this.cells = cells;
    this.gap = gap;
    this.size = { width: Math.round(width * zoom), height: Math.round(height * zoom) };
    this.left = left;
    this.top = PAD + 2 * LINE + 8;
    this.wide = columns * (this.size.width + gap) - gap;
    this.high = cells.length * (this.size.height + gap) - gap;
    this.canvas = document.createElement('canvas');
    this.canvas.width = left + this.wide + right;
    this.canvas.height = this.top + this.high + bottom;
    this.context = /** @type {CanvasRenderingContext2D} */ (this.canvas.getContext('2d'));
    this.context.fillStyle = '#ffffff';
    this.context.fillRect(0, 0, this.canvas.width, this.canvas.height);
  }

  /** @param {string} title @param {string} words */
  head(title, words) {
    this.write(title, PAD, PAD + LINE / 2, { font: `600 ${FONT}`, align: 'left' });
    this.write(words, PAD, PAD + LINE * 1.5, { font: SMALL, align: 'left', colour: SECOND });
  }

  pictures() {
    const own = document.createElement('canvas');
    this.cells.forEach((row, y) =>
      row.forEach(({ raw, index }, x) => {
        if (!raw) return;
        [own.height, own.width] = raw.shape.slice(1, 3);
        own.getContext('2d')?.putImageData(imageOf(raw, index), 0, 0);
        const { gap, size } = this;
        const [left, top] = [this.left + x * (size.width + gap), this.top + y * (size.height + gap)];
        this.context.drawImage(own, left, top, size.width, size.height);
      }),
    );
  }

  /** @param {HTMLCanvasElement} layer the data over dimmed pictures */
  over(layer) {
    this.context.fillStyle = 'rgb(255 255 255 / 45%)';
    this.context.fillRect(this.left, this.top, this.wide, this.high);
    this.context.drawImage(layer, this.left, this.top, this.wide, this.high);
  }

  /** @param {string[]} values @param {string} name */
  below(values, name) {
    const y = this.top + this.high + LINE / 2 + 2;
    const step = Math.ceil(64 / (this.size.width + this.gap));
    values.forEach((text, i) => {
      if (i % step === 0) this.write(text, this.left + (i + 0.5) * (this.size.width + this.gap), y, { font: SMALL });
    });
    this.write(name, this.left + this.wide / 2, y + LINE, { font: `600 ${FONT}` });
  }

  /** @param {string[]} values @param {string} name */
  beside(values, name) {
    const step = Math.ceil(22 / (this.size.height + this.gap));
    values.forEach((text, i) => {
      const y = this.top + (i + 0.5) * (this.size.height + this.gap);
      if ((values.length - 1 - i) % step === 0) this.write(text, this.left - 8, y, { font: SMALL, align: 'right' });
    });
    if (!name) return;
    const { context } = this;
    context.save();
    context.translate(PAD / 2 + 4, this.top + this.high / 2);
    context.rotate(-Math.PI / 2);
    this.write(name, 0, 0, { font: `600 ${FONT}` });
    context.restore();
  }

  /** @param {string[]} values at the end of each row */
  after(values) {
    values.forEach((text, i) => {
      const y = this.top + (i + 0.5) * (this.size.height + this.gap);
      this.write(text, this.left + this.wide + 10, y, { font: SMALL, align: 'left', colour: SECOND });
    });
  }

  /**
   * @param {string} text @param {number} x @param {number} y
   * @param {{font: string, align?: CanvasTextAlign, colour?: string}} how
   */
  write(text, x, y, { font, align = 'center', colour = INK }) {
    Object.assign(this.context, { font, textAlign: align, textBaseline: 'middle', fillStyle: colour });
    this.context.fillText(text, x, y);
  }
}
