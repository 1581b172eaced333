/**
 * Which point of a map lies nearest: a uniform grid over (N, 2) positions, about four points a cell.
 */

export class Grid {
  /** @param {Float32Array} positions (N, 2) */
  constructor(positions) {
    this.positions = positions;
    this.count = positions.length / 2;
    const [x0, x1, y0, y1] = bounds(positions);
    this.x0 = x0;
    this.y0 = y0;
    this.cell = Math.max(Math.sqrt(((x1 - x0) * (y1 - y0)) / Math.max(1, this.count / 4)), 1e-9);
    this.columns = Math.floor((x1 - x0) / this.cell) + 1;
    this.rows = Math.floor((y1 - y0) / this.cell) + 1;
    /** Where each cell begins in `members`; one more than there are cells. */
    this.starts = new Uint32Array(this.columns * this.rows + 1);
    /** The points, cell by cell. */
    this.members = new Uint32Array(this.count);
    this.fill();
  }

  /** A counting sort of the points into their cells. */
  fill() {
    const cells = new Uint32Array(this.count);
    for (let i = 0; i < this.count; i++) {
      cells[i] = this.row(this.positions[2 * i + 1]) * this.columns + this.column(this.positions[2 * i]);
      this.starts[cells[i] + 1] += 1;
    }
    for (let i = 1; i < this.starts.length; i++) this.starts[i] += this.starts[i - 1];
    const next = this.starts.slice();
    for (let i = 0; i < this.count; i++) this.members[next[cells[i]]++] = i;
  }

  /** @param {number} x */
  column(x) {
    return Math.max(0, Math.min(this.columns - 1, Math.floor((x - this.x0) / this.cell)));
  }

  /** @param {number} y */
  row(y) {
    return Math.max(0, Math.min(this.rows - 1, Math.floor((y - this.y0) / this.cell)));
  }

  /**
   * @param {number} x @param {number} y @param {number} radius in the map's units
   * @param {(index: number) => boolean} accept
   * @returns {number} the nearest accepted point within the radius, -1 when there is none
   */
  nearest(x, y, radius, accept) {
    let best = -1;
    let closest = radius * radius;
    for (let row = this.row(y - radius); row <= this.row(y + radius); row++) {
      for (let column = this.column(x - radius); column <= this.column(x + radius); column++) {
        const cell = row * this.columns + column;
        for (let at = this.starts[cell]; at < this.starts[cell + 1]; at++) {
          const index = this.members[at];
          const distance = (this.positions[2 * index] - x) ** 2 + (this.positions[2 * index + 1] - y) ** 2;
          if (distance < closest && accept(index)) {
            closest = distance;
            best = index;
          }
        }
      }
    }
    return best;
  }

  /**
   * The neighbour in a direction: the accepted point with the least distance, weighed by how far it lies off the way.
   * @param {number} x @param {number} y @param {number} dx -1, 0 or 1 @param {number} dy
   * @param {(index: number) => boolean} accept
   * @returns {number} -1 when nothing lies that way
   */
  towards(x, y, dx, dy, accept) {
    let best = -1;
    let least = Infinity;
    for (let index = 0; index < this.count; index++) {
      const right = this.positions[2 * index] - x;
      const up = this.positions[2 * index + 1] - y;
      const along = right * dx + up * dy;
      const aside = Math.abs(right * dy - up * dx);
      if (along <= 1e-9 || aside > along) continue;
      const cost = along + 2 * aside;
      if (cost < least && accept(index)) {
        least = cost;
        best = index;
      }
    }
    return best;
  }
}

/** @param {Float32Array} positions (N, 2) @returns {[number, number, number, number]} x from, x to, y from, y to */
export function bounds(positions) {
  let [x0, x1, y0, y1] = [Infinity, -Infinity, Infinity, -Infinity];
  for (let i = 0; i < positions.length; i += 2) {
    x0 = Math.min(x0, positions[i]);
    x1 = Math.max(x1, positions[i]);
    y0 = Math.min(y0, positions[i + 1]);
    y1 = Math.max(y1, positions[i + 1]);
  }
  return x0 <= x1 ? [x0, x1, y0, y1] : [-1, 1, -1, 1];
}
