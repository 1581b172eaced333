/**
 * Where a value lies along an axis of pictures, and back. A picture stands in the middle of its cell.
 */

/** @typedef {import('./traverse_axes.js').Axis} Axis */
/** @typedef {{place: (value: number) => number, at: (share: number) => number}} Scale values to [0, 1], and back */

const TAIL = 6; // standard deviations: beyond them a share is 0 or 1 in what a picture can show
const HALVINGS = 40;

/** @param {Axis} axis @returns {Scale} */
export function scaleOf({ values, mean, std }) {
  if (mean !== null && std !== null) {
    return { place: (value) => below((value - mean) / std), at: (share) => mean + std * quantile(share) };
  }
  const [first, last] = [values[0], values[values.length - 1]];
  const half = 0.5 / values.length;
  const length = last - first || 1;
  return {
    place: (value) => half + ((value - first) / length) * (1 - 2 * half),
    at: (share) => first + ((share - half) / (1 - 2 * half)) * length,
  };
}

/**
 * The share of a standard normal below a value (Abramowitz and Stegun 1964, 26.2.17; its error is under 1e-7).
 * @param {number} value
 */
export function below(value) {
  const t = 1 / (1 + 0.2316419 * Math.abs(value));
  const sum = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  const above = (Math.exp((-value * value) / 2) / Math.sqrt(2 * Math.PI)) * sum;
  return value < 0 ? above : 1 - above;
}

/** @param {number} share in [0, 1] @returns {number} the value that so much of a standard normal lies below */
export function quantile(share) {
  let [low, high] = [-TAIL, TAIL];
  for (let i = 0; i < HALVINGS; i++) {
    const middle = (low + high) / 2;
    if (below(middle) < share) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
