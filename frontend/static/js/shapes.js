/**
 * What lies inside what was drawn on the map.
 */

/** @param {import('./plot.js').Shape} shape @returns {(x: number, y: number) => boolean} */
export function inShape({ kind, x, y }) {
  if (kind === 'box') {
    const [x0, x1, y0, y1] = [Math.min(...x), Math.max(...x), Math.min(...y), Math.max(...y)];
    return (px, py) => px >= x0 && px <= x1 && py >= y0 && py <= y1;
  }
  return (px, py) => inPolygon(px, py, x, y);
}

/**
 * The even-odd rule: a ray to the right crosses the line an odd number of times (Shimrat, Algorithm 112, 1962).
 * @param {number} px @param {number} py @param {number[]} x corners of a line that closes itself @param {number[]} y
 */
function inPolygon(px, py, x, y) {
  let inside = false;
  for (let i = 0, j = x.length - 1; i < x.length; j = i++) {
    if (y[i] > py !== y[j] > py && px < ((x[j] - x[i]) * (py - y[i])) / (y[j] - y[i]) + x[i]) inside = !inside;
  }
  return inside;
}
