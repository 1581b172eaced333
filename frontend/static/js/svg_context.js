/**
 * A canvas context that writes SVG: as much of one as what is drawn on the map uses, so that one drawing serves both.
 */

/** @typedef {{x: number, y: number, fillStyle: string, strokeStyle: string, lineWidth: number, globalAlpha: number, font: string, textAlign: string, textBaseline: string, lineJoin: string, lineCap: string, dash: number[]}} Pen */

const FIRST = { fillStyle: '#000', strokeStyle: '#000', lineWidth: 1, globalAlpha: 1, font: '10px sans-serif', textAlign: 'start', textBaseline: 'alphabetic', lineJoin: 'miter', lineCap: 'butt' };
const ANCHORS = /** @type {Record<string, string>} */ ({ center: 'middle', right: 'end', end: 'end' });
const SHIFTS = /** @type {Record<string, number>} */ ({ middle: 0.35, top: 0.8, hanging: 0.8 });

/** @param {number} value @returns {string} */
const short = (value) => String(Math.round(value * 100) / 100);

/** @param {unknown} text @returns {string} */
export const escaped = (text) =>
  String(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

export class SvgContext {
  /** @param {CanvasRenderingContext2D} ruler measures text */
  constructor(ruler) {
    this.ruler = ruler;
    this.canvas = ruler.canvas;
    /** @type {string[]} */
    this.parts = [];
    /** @type {Pen[]} */
    this.pens = [];
    this.x = 0;
    this.y = 0;
    /** @type {number[]} */
    this.dash = [];
    Object.assign(this, FIRST);
    this.road = '';
  }

  /** @returns {Pen} */
  get pen() {
    const own = /** @type {any} */ (this);
    const names = [...Object.keys(FIRST), 'x', 'y', 'dash'];
    return /** @type {Pen} */ (Object.fromEntries(names.map((name) => [name, own[name]])));
  }

  save() {
    this.pens.push(this.pen);
  }

  restore() {
    Object.assign(this, this.pens.pop() ?? {});
  }

  /** @param {number} x @param {number} y */
  translate(x, y) {
    this.x += x;
    this.y += y;
  }

  setTransform() {}

  clearRect() {}

  clip() {}

  /** @param {number[]} dash */
  setLineDash(dash) {
    this.dash = dash;
  }

  beginPath() {
    this.road = '';
  }

  closePath() {
    this.road += 'Z';
  }

  /** @param {number} x @param {number} y */
  at(x, y) {
    return `${short(x + this.x)} ${short(y + this.y)}`;
  }

  /** @param {number} x @param {number} y */
  moveTo(x, y) {
    this.road += `M${this.at(x, y)}`;
  }

  /** @param {number} x @param {number} y */
  lineTo(x, y) {
    this.road += `${this.road === '' ? 'M' : 'L'}${this.at(x, y)}`;
  }

  /** @param {number} cx @param {number} cy @param {number} x @param {number} y */
  quadraticCurveTo(cx, cy, x, y) {
    this.road += `Q${this.at(cx, cy)} ${this.at(x, y)}`;
  }

  /** @param {number} ax @param {number} ay @param {number} bx @param {number} by @param {number} x @param {number} y */
  bezierCurveTo(ax, ay, bx, by, x, y) {
    this.road += `C${this.at(ax, ay)} ${this.at(bx, by)} ${this.at(x, y)}`;
  }

  /** @param {number} x @param {number} y @param {number} width @param {number} height */
  rect(x, y, width, height) {
    this.road += `M${this.at(x, y)}h${short(width)}v${short(height)}h${short(-width)}Z`;
  }

  /** @param {number} x @param {number} y @param {number} radius @param {number} from @param {number} to radians, clockwise */
  arc(x, y, radius, from, to) {
    const sweep = Math.min(to - from, 2 * Math.PI - 1e-4);
    const point = (/** @type {number} */ angle) => this.at(x + radius * Math.cos(angle), y + radius * Math.sin(angle));
    const large = sweep > Math.PI ? 1 : 0;
    const size = short(radius);
    this.road += `${this.road === '' ? 'M' : 'L'}${point(from)}A${size} ${size} 0 ${large} 1 ${point(from + sweep)}`;
  }

  fill() {
    this.put(`<path d="${this.road}" fill="${escaped(this.pen.fillStyle)}"${this.alpha()}/>`);
  }

  stroke() {
    this.put(`<path d="${this.road}" fill="none"${this.line()}${this.alpha()}/>`);
  }

  /** @param {number} x @param {number} y @param {number} width @param {number} height */
  fillRect(x, y, width, height) {
    this.beginPath();
    this.rect(x, y, width, height);
    this.fill();
  }

  /** @param {number} x @param {number} y @param {number} width @param {number} height */
  strokeRect(x, y, width, height) {
    this.beginPath();
    this.rect(x, y, width, height);
    this.stroke();
  }

  /** @param {string} text @param {number} x @param {number} y */
  fillText(text, x, y) {
    this.text(text, x, y, ` fill="${escaped(this.pen.fillStyle)}"`);
  }

  /** @param {string} text @param {number} x @param {number} y */
  strokeText(text, x, y) {
    this.text(text, x, y, ` fill="none"${this.line()}`);
  }

  /** @param {string} text */
  measureText(text) {
    this.ruler.font = this.pen.font;
    return this.ruler.measureText(text);
  }

  /** @param {HTMLCanvasElement} image @param {...number} box x, y, width, height, or those of the source before them */
  drawImage(image, ...box) {
    const [x, y, width = image.width, height = image.height] = box.length === 8 ? box.slice(4) : box;
    const part = document.createElement('canvas');
    const from = box.length === 8 ? box.slice(0, 4) : [0, 0, image.width, image.height];
    Object.assign(part, { width: from[2], height: from[3] });
    part.getContext('2d')?.drawImage(image, from[0], from[1], from[2], from[3], 0, 0, from[2], from[3]);
    const [left, top] = this.at(x, y).split(' ');
    this.put(`<image x="${left}" y="${top}" width="${short(width)}" height="${short(height)}" href="${part.toDataURL()}"/>`);
  }

  /** @param {string} text @param {number} x @param {number} y @param {string} paint */
  text(text, x, y, paint) {
    const { font, textAlign, textBaseline } = this.pen;
    const [, weight = '400', size = '10', family = 'sans-serif'] = /^(\d{3}\s)?\s*([\d.]+)px\s(.*)$/.exec(font) ?? [];
    const [left, top] = this.at(x, y + Number(size) * (SHIFTS[textBaseline] ?? 0)).split(' ');
    const anchor = ANCHORS[textAlign] ? ` text-anchor="${ANCHORS[textAlign]}"` : '';
    const look = ` font-family="${escaped(family)}" font-size="${size}" font-weight="${weight.trim()}"`;
    this.put(`<text x="${left}" y="${top}"${look}${anchor}${paint}${this.alpha()}>${escaped(text)}</text>`);
  }

  line() {
    const { strokeStyle, lineWidth, lineJoin, lineCap, dash } = this.pen;
    const dashed = dash.length > 0 ? ` stroke-dasharray="${dash.join(' ')}"` : '';
    return ` stroke="${escaped(strokeStyle)}" stroke-width="${short(lineWidth)}" stroke-linejoin="${lineJoin}" stroke-linecap="${lineCap}"${dashed}`;
  }

  alpha() {
    return this.pen.globalAlpha === 1 ? '' : ` opacity="${short(this.pen.globalAlpha)}"`;
  }

  /** @param {string} part */
  put(part) {
    this.parts.push(part);
  }

  /** @param {number} width @param {number} height @param {string} title @returns {string} the whole document */
  document(width, height, title) {
    const size = `width="${short(width)}" height="${short(height)}" viewBox="0 0 ${short(width)} ${short(height)}"`;
    return `<svg xmlns="http://www.w3.org/2000/svg" ${size}><title>${escaped(title)}</title>\n${this.parts.join('\n')}\n</svg>\n`;
  }
}
