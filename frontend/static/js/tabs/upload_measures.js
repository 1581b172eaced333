/**
 * Where one value stands among those of all known pictures.
 */

/** @param {Float32Array} values @param {number} value @returns {number} percent of the finite values below it; equal ones half */
export function shareBelow(values, value) {
  let [below, equal, count] = [0, 0, 0];
  for (const one of values) {
    if (!Number.isFinite(one)) continue;
    count += 1;
    if (one < value) below += 1;
    else if (one === value) equal += 1;
  }
  return count === 0 ? NaN : (100 * (below + equal / 2)) / count;
}

/** @param {Float32Array} values @param {number} share in [0, 1] @returns {number} that share of the finite values is below it */
export function quantile(values, share) {
  const sorted = values.filter(Number.isFinite).sort();
  return sorted.length === 0 ? NaN : sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}

/** From here on a picture counts as far out. */
export const FAR = 95;
/** Below it a point counts as one among the data. */
const AMONG = 75;

/** @param {number} share from 0 to 100 @returns {string} whole, but never all or nothing where it is not */
export const percent = (share) => `${Math.min(99, Math.max(1, Math.round(share)))}%`;

/**
 * @param {number} error percent of the known pictures that are redrawn better; NaN where nothing is drawn
 * @param {number} unusual percent of the known pictures that lie nearer to the data
 * @returns {string} what that means for a picture
 */
export function verdict(error, unusual) {
  const badly = error >= FAR;
  const far = unusual >= FAR;
  if (Number.isNaN(error)) return `It is more unusual than ${percent(unusual)} of the known pictures.`;
  const both = `more unusual than ${percent(unusual)} of the known pictures and redrawn worse than ${percent(error)}`;
  if (Number.isNaN(unusual)) return `It is redrawn worse than ${percent(error)} of the known pictures.`;
  if (badly && far) return `An outlier: ${both}. The model has hardly seen anything like it.`;
  if (far && error < 50) return `It lies far from the data, and is redrawn well all the same: ${both}.`;
  if (far) return `It lies far from the data: ${both}.`;
  if (badly && unusual < AMONG)
    return (
      'Its point lies among the data, but the picture drawn there is not yours: ' +
      `redrawn worse than ${percent(error)} of the known pictures. The model has no place for it.`
    );
  if (badly) return `Much of it is lost on the way: ${both}.`;
  if (unusual < 50 && error < 50) return `An ordinary picture for this model: ${both}.`;
  return `Nothing out of the ordinary: ${both}.`;
}
