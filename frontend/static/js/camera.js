/**
 * How three dimensions are looked at: two angles and a distance, with a mild perspective. y is up, z comes out of the page.
 */

const PERSPECTIVE = 0.22; // how much larger what is nearest seems, of 1
const FIRST = /** @type {[number, number, number]} */ ([-0.6, 0.35, 1]);
const NEAREST = 20;
const FILLED = 0.48; // of the view by the radius: with the perspective, nothing is beyond the edge at first

export class DeepCamera {
  constructor() {
    [this.yaw, this.pitch, this.zoom] = FIRST;
    this.centre = [0, 0, 0];
    this.radius = 1;
    this.width = 1;
    this.height = 1;
    this.scale = 1;
  }

  /** @param {number[]|null} turn yaw and pitch in radians, and how near; null: as at first */
  turn(turn) {
    const [yaw, pitch, zoom] = turn ?? FIRST;
    Object.assign(this, { yaw, pitch, zoom });
    this.fit(this.width, this.height);
  }

  /** @returns {number[]} what `turn` takes */
  turned() {
    return [this.yaw, this.pitch, this.zoom].map((value) => Number(value.toFixed(4)));
  }

  /** @param {number} yaw radians @param {number} pitch */
  by(yaw, pitch) {
    this.yaw = Math.atan2(Math.sin(this.yaw + yaw), Math.cos(this.yaw + yaw));
    this.pitch = Math.max(-Math.PI / 2, Math.min(Math.PI / 2, this.pitch + pitch));
  }

  /** @param {number} factor */
  come(factor) {
    this.zoom = Math.max(0.3, Math.min(NEAREST, this.zoom * factor));
    this.fit(this.width, this.height);
  }

  /** @param {Float32Array} positions (N, 3) all of which shall be in sight */
  around(positions) {
    const low = [Infinity, Infinity, Infinity];
    const high = [-Infinity, -Infinity, -Infinity];
    for (let i = 0; i < positions.length; i++) {
      const axis = i % 3;
      if (positions[i] < low[axis]) low[axis] = positions[i];
      if (positions[i] > high[axis]) high[axis] = positions[i];
    }
    this.centre = low.map((from, axis) => (from + high[axis]) / 2);
    const [x, y, z] = this.centre;
    let farthest = 1e-12;
    for (let i = 0; i < positions.length; i += 3) {
      const far = (positions[i] - x) ** 2 + (positions[i + 1] - y) ** 2 + (positions[i + 2] - z) ** 2;
      if (far > farthest) farthest = far;
    }
    this.radius = Math.sqrt(farthest);
  }

  /** @param {number} width CSS pixels @param {number} height */
  fit(width, height) {
    this.width = width;
    this.height = height;
    this.scale = (this.zoom * FILLED * Math.min(width, height)) / this.radius;
  }

  /** @param {ArrayLike<number>} at @returns {[number, number, number]} right, up and towards the eye, in the map's units */
  seen(at) {
    const [x, y, z] = this.centre.map((middle, axis) => at[axis] - middle);
    const [ca, sa, cb, sb] = [Math.cos(this.yaw), Math.sin(this.yaw), Math.cos(this.pitch), Math.sin(this.pitch)];
    const depth = -sa * x + ca * z;
    return [ca * x + sa * z, cb * y - sb * depth, sb * y + cb * depth];
  }

  /** @param {number} depth @returns {number} CSS pixels a unit there */
  sizeAt(depth) {
    return this.scale / Math.max(0.2, 1 - (PERSPECTIVE * depth) / this.radius);
  }

  /** @param {ArrayLike<number>} at @returns {[number, number]} CSS pixels */
  place(at) {
    const [x, y, depth] = this.seen(at);
    const size = this.sizeAt(depth);
    return [this.width / 2 + size * x, this.height / 2 - size * y];
  }

  /** @param {number} px CSS pixels @param {number} py @param {ArrayLike<number>|null} like a position as deep; null: the middle @returns {number[]} */
  at(px, py, like) {
    const depth = like ? this.seen(like)[2] : 0;
    const size = this.sizeAt(depth);
    const [right, up] = [(px - this.width / 2) / size, (this.height / 2 - py) / size];
    const [ca, sa, cb, sb] = [Math.cos(this.yaw), Math.sin(this.yaw), Math.cos(this.pitch), Math.sin(this.pitch)];
    const y = cb * up + sb * depth;
    const far = -sb * up + cb * depth;
    return [ca * right - sa * far + this.centre[0], y + this.centre[1], sa * right + ca * far + this.centre[2]];
  }

  /**
   * @param {Float32Array} positions (N, 3) @param {Float32Array} screen (N, 2) gets CSS pixels
   * @param {Uint8Array} bands (N,) gets how near each is, of so many @param {number} count
   */
  project(positions, screen, bands, count) {
    const [cx, cy, cz] = this.centre;
    const [ca, sa, cb, sb] = [Math.cos(this.yaw), Math.sin(this.yaw), Math.cos(this.pitch), Math.sin(this.pitch)];
    const { width, height, scale, radius } = this;
    const weight = PERSPECTIVE / radius;
    for (let i = 0, from = 0, to = 0; i < bands.length; i++, from += 3, to += 2) {
      const x = positions[from] - cx;
      const y = positions[from + 1] - cy;
      const z = positions[from + 2] - cz;
      const level = ca * z - sa * x;
      const depth = sb * y + cb * level;
      const size = scale / Math.max(0.2, 1 - weight * depth);
      screen[to] = width / 2 + size * (ca * x + sa * z);
      screen[to + 1] = height / 2 - size * (cb * y - sb * level);
      const band = ((0.5 + (0.5 * depth) / radius) * count) | 0;
      bands[i] = band < 0 ? 0 : band >= count ? count - 1 : band;
    }
  }
}
