/**
 * A canvas that is filled by hand: words of opaque colour with a rim around them, so that no disc asks where the edge is.
 */

/** @typedef {{offsets: Int32Array, alphas: Int32Array, reach: number}} Disc offsets in words from its middle; alphas of 256 */

const RIM = 12; // device pixels
const KEPT = 64;

export class Target {
  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.canvas = canvas;
    this.pad = RIM;
    this.ratio = 1;
    this.width = 0;
    this.height = 0;
    this.stride = 0;
    /** @type {ImageData|null} */
    this.image = null;
    /** (rows, stride) ABGR, as they lie in memory */
    this.words = new Uint32Array(0);
    /** @type {Map<string, Disc>} few sizes are in use at a time */
    this.discs = new Map();
  }

  /** @param {number} radius device pixels @param {number} alpha of its middle @returns {Disc} with a soft edge */
  discOf(radius, alpha) {
    const size = Math.min(RIM - 2, Math.round(radius * 8) / 8);
    const key = `${size} ${alpha} ${this.stride}`;
    const made = this.discs.get(key) ?? discOf(size, alpha, this.stride);
    if (this.discs.size > KEPT) this.discs.clear();
    this.discs.set(key, made);
    return made;
  }

  /** @param {number} ground a word @returns {boolean} false where the canvas has no size */
  begin(ground) {
    this.ratio = devicePixelRatio || 1;
    const width = Math.round(this.canvas.clientWidth * this.ratio);
    const height = Math.round(this.canvas.clientHeight * this.ratio);
    if (width === 0 || height === 0) return false;
    if (width !== this.width || height !== this.height || !this.image) {
      this.canvas.width = width;
      this.canvas.height = height;
      this.width = width;
      this.height = height;
      this.stride = width + 2 * RIM;
      this.image = new ImageData(this.stride, height + 2 * RIM);
      this.words = new Uint32Array(this.image.data.buffer);
    }
    this.words.fill(ground);
    return true;
  }

  end() {
    if (this.image) this.canvas.getContext('2d')?.putImageData(this.image, -RIM, -RIM, RIM, RIM, this.width, this.height);
  }

  /** Hairlines through a point. @param {number} x device pixels @param {number} y @param {number} word */
  cross(x, y, word) {
    const [column, row] = [Math.round(x), Math.round(y)];
    const { width, height, stride, words } = this;
    if (column >= 0 && column < width)
      for (let line = 0; line < height; line++) words[(line + RIM) * stride + column + RIM] = word;
    if (row >= 0 && row < height) words.fill(word, (row + RIM) * stride, (row + RIM + 1) * stride);
  }

  /**
   * Lay a disc over what is there ("over" of Porter and Duff, 1984, on an opaque ground): red with blue and green by itself
   * in one product each.
   * @param {number} at its middle, as an index of `words` @param {Disc} disc @param {number} word
   */
  disc(at, { offsets, alphas }, word) {
    const { words } = this;
    const redBlue = word & 0xff00ff;
    const green = word & 0x00ff00;
    for (let i = 0; i < offsets.length; i++) {
      const to = at + offsets[i];
      const alpha = alphas[i];
      const below = words[to];
      const rest = 256 - alpha;
      words[to] =
        0xff000000 |
        (((Math.imul(redBlue, alpha) + Math.imul(below & 0xff00ff, rest)) >>> 8) & 0xff00ff) |
        (((Math.imul(green, alpha) + Math.imul(below & 0x00ff00, rest)) >>> 8) & 0x00ff00);
    }
  }

  /**
   * The same on a ground that is seen through; slower, and the colours are not premultiplied.
   * @param {number} at @param {Disc} disc @param {number} word
   */
  veil(at, { offsets, alphas }, word) {
    const data = /** @type {ImageData} */ (this.image).data;
    for (let i = 0; i < offsets.length; i++) {
      const to = 4 * (at + offsets[i]);
      const alpha = alphas[i] / 256;
      const below = (data[to + 3] / 255) * (1 - alpha);
      const sum = alpha + below;
      for (let part = 0; part < 3; part++)
        data[to + part] = (((word >>> (8 * part)) & 255) * alpha + data[to + part] * below) / sum;
      data[to + 3] = 255 * sum;
    }
  }
}

/** @param {number} size radius in device pixels @param {number} alpha @param {number} stride @returns {Disc} */
function discOf(size, alpha, stride) {
  const reach = Math.ceil(size);
  const offsets = [];
  const alphas = [];
  for (let dy = -reach; dy <= reach; dy++) {
    for (let dx = -reach; dx <= reach; dx++) {
      const cover = Math.round(256 * alpha * Math.max(0, Math.min(1, size + 0.5 - Math.hypot(dx, dy))));
      if (cover < 4) continue;
      offsets.push(dy * stride + dx);
      alphas.push(cover);
    }
  }
  return { offsets: Int32Array.from(offsets), alphas: Int32Array.from(alphas), reach };
}
