/**
 * Contour lines of a grid by marching squares (Lorensen and Cline 1987, in two dimensions), as single segments.
 */

/**
 * @param {Float32Array} values (rows, columns) row-major, the first row at the lowest y; each stands for the middle of its cell
 * @param {number} columns
 * @param {number[]} extent x from, x to, y from, y to: the outer edges of the grid
 * @param {number} level
 * @returns {Float64Array} four numbers a segment: x, y, x, y in the extent's own units
 */
export function contourLines(values, columns, [left, right, low, high], level) {
  const rows = values.length / columns;
  const [width, height] = [(right - left) / columns, (high - low) / rows];
  const x = (/** @type {number} */ j) => left + (j + 0.5) * width;
  const y = (/** @type {number} */ i) => low + (i + 0.5) * height;
  /** @type {number[]} */
  const found = [];
  for (let i = 0; i + 1 < rows; i++)
    for (let j = 0; j + 1 < columns; j++) {
      const a = values[i * columns + j];
      const b = values[i * columns + j + 1];
      const c = values[(i + 1) * columns + j + 1];
      const d = values[(i + 1) * columns + j];
      const inside = (a >= level ? 1 : 0) | (b >= level ? 2 : 0) | (c >= level ? 4 : 0) | (d >= level ? 8 : 0);
      if (inside === 0 || inside === 15) continue;
      const share = (/** @type {number} */ from, /** @type {number} */ to) => (level - from) / (to - from);
      const points = {
        south: () => [x(j) + share(a, b) * width, y(i)],
        east: () => [x(j + 1), y(i) + share(b, c) * height],
        north: () => [x(j) + share(d, c) * width, y(i + 1)],
        west: () => [x(j), y(i) + share(a, d) * height],
      };
      for (const [from, to] of sidesOf(inside, (a + b + c + d) / 4 >= level)) found.push(...points[from](), ...points[to]());
    }
  return Float64Array.from(found);
}

/** @typedef {'south'|'east'|'north'|'west'} Side */

/** @type {Record<number, [Side, Side]>} which sides a line crosses, by which corners are inside; 15 - n has the same */
const SIDES = {
  1: ['west', 'south'],
  2: ['south', 'east'],
  3: ['west', 'east'],
  4: ['east', 'north'],
  6: ['south', 'north'],
  7: ['west', 'north'],
};

/** @param {number} inside @param {boolean} middle whether the middle of a saddle is inside @returns {[Side, Side][]} */
function sidesOf(inside, middle) {
  if (inside === 5 || inside === 10)
    return (inside === 5) === middle ? [SIDES[7], SIDES[2]] : [SIDES[1], SIDES[4]];
  return [SIDES[inside] ?? SIDES[15 - inside]];
}
