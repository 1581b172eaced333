/**
 * What made a picture what it is (its pose, its smile, its shape), for the sets that know it: told in few words.
 */

import { signed } from './dom.js';

/**
 * @typedef {Object} Factor
 * @property {string} name
 * @property {Float32Array|null} numbers (N,), NaN where unknown; null for a factor of categories
 * @property {Int32Array|null} codes (N,) index into `categories`, -1 where unknown
 * @property {string[]} categories
 */

/** So many stand in one tooltip; of more, those that are most unlike the others. */
const ALL = 5;
const MOST = 4;

/** @type {WeakMap<Factor, {mean: number, std: number, shares: number[]}>} */
const spreads = new WeakMap();

/** @param {import('./arrow.js').Columns} table @returns {Factor[]} every column but the latents and the label */
export function factorsOf({ columns }) {
  return Object.entries(columns).flatMap(/** @returns {Factor[]} */ ([name, column]) => {
    if (name === 'latents' || name === 'label' || 'values' in column) return [];
    return 'numbers' in column
      ? [{ name, numbers: column.numbers, codes: null, categories: [] }]
      : [{ name, numbers: null, codes: column.codes, categories: column.categories }];
  });
}

/**
 * @param {Factor[]} factors @param {number} index row of the set
 * @param {string[]} classes a factor with the same categories as the label says nothing new
 * @returns {string[]} like `yaw −12`, `glasses round`
 */
export function notable(factors, index, classes) {
  const known = factors.filter(
    ({ numbers, codes, categories }) =>
      (numbers ? Number.isFinite(numbers[index]) : (codes?.[index] ?? -1) >= 0) && String(categories) !== String(classes),
  );
  if (known.length <= ALL) return known.map((factor) => words(factor, index));
  const kept = known.map((factor) => ({ factor, far: unlike(factor, index) })).sort((a, b) => b.far - a.far);
  return kept.slice(0, MOST).map(({ factor }) => words(factor, index));
}

/** @param {Factor} factor @returns {string} from where to where, or which there are */
export function rangeOf({ numbers, categories }) {
  if (!numbers) return categories.join(', ');
  const finite = numbers.filter(Number.isFinite);
  const [low, high] = [Math.min, Math.max].map((end) => finite.reduce((last, value) => end(last, value), finite[0]));
  return finite.length === 0 ? '' : `${short(low)} to ${short(high)}`;
}

/** @param {Factor} factor @param {number} index @returns {string} */
function words({ name, numbers, codes, categories }, index) {
  return `${titled(name)} ${numbers ? short(numbers[index]) : categories[codes?.[index] ?? 0]}`;
}

/** @param {string} name @returns {string} as a person reads it */
export const titled = (name) => name.replaceAll('_', ' ');

/** @param {number} value no more digits than a glance takes in */
const short = (value) => signed(value, Math.abs(value) >= 10 || Number.isInteger(value) ? 0 : 2).replace('+', '');

/** @param {Factor} factor @returns {{mean: number, std: number, shares: number[]}} */
function spreadOf(factor) {
  const ready = spreads.get(factor);
  if (ready) return ready;
  const { numbers, codes, categories } = factor;
  let [count, sum, squares] = [0, 0, 0];
  for (const value of numbers ?? []) {
    if (!Number.isFinite(value)) continue;
    count += 1;
    sum += value;
    squares += value * value;
  }
  const shares = categories.map(() => 0);
  for (const code of codes ?? []) if (code >= 0) shares[code] += 1 / (codes?.length ?? 1);
  const mean = sum / Math.max(1, count);
  const std = Math.sqrt(Math.max(0, squares / Math.max(1, count) - mean * mean));
  const made = { mean, std, shares };
  spreads.set(factor, made);
  return made;
}

/** @param {Factor} factor @param {number} index @returns {number} distance from the middle in standard deviations, or as rare */
function unlike(factor, index) {
  const { mean, std, shares } = spreadOf(factor);
  const { numbers, codes } = factor;
  if (numbers) return std > 0 ? Math.abs(numbers[index] - mean) / std : 0;
  // A category of share p is as far out as a number with p beyond it would be, roughly.
  return Math.sqrt(Math.max(0, -2 * Math.log(Math.max(1e-9, shares[codes?.[index] ?? 0]))));
}
