/**
 * The two ways between latents, as `models/latent/interpolation.py` has them: the scrubber needs every t at once.
 */

/**
 * @param {Float32Array} a (D,)
 * @param {Float32Array} b (D,)
 * @param {number} t in [0, 1]
 * @returns {Float32Array} (D,)
 */
export const lerp = (a, b, t) => a.map((value, i) => (1 - t) * value + t * b[i]);

/**
 * Spherical interpolation after Shoemake (1985), the norm interpolated linearly; lerp for (anti)parallel or zero
 * vectors.
 * @param {Float32Array} a (D,) @param {Float32Array} b (D,) @param {number} t in [0, 1] @returns {Float32Array} (D,)
 */
export function slerp(a, b, t) {
  const lengthA = Math.hypot(...a);
  const lengthB = Math.hypot(...b);
  let dot = 0;
  for (let i = 0; i < a.length; i++) dot += a[i] * b[i];
  const angle = Math.acos(Math.max(-1, Math.min(1, dot / (lengthA * lengthB))));
  const sine = Math.sin(angle);
  if (!(sine > 1e-6)) return lerp(a, b, t);
  const length = (1 - t) * lengthA + t * lengthB;
  const fromA = (length * Math.sin((1 - t) * angle)) / (sine * lengthA);
  const fromB = (length * Math.sin(t * angle)) / (sine * lengthB);
  return a.map((value, i) => fromA * value + fromB * b[i]);
}

/** @param {string} method @param {Float32Array} a @param {Float32Array} b @param {number} t */
export const between = (method, a, b, t) => (method === 'slerp' ? slerp : lerp)(a, b, t);

/**
 * A changed copy. Where a latent is several styles of `size` numbers, a point of w+, all of them move by as much: a
 * slider changes what it stands for in the whole picture, and the mix stays.
 * @param {Float32Array} latent @param {number} dim below `size` @param {number} value of the first style
 * @param {number} [size] @returns {Float32Array}
 */
export function moved(latent, dim, value, size = latent.length) {
  const copy = latent.slice();
  for (let at = dim + size; at < copy.length; at += size) copy[at] += value - latent[dim];
  copy[dim] = value;
  return copy;
}

/** @param {Float32Array|null} a @param {Float32Array|null} b */
export const same = (a, b) =>
  a === b || (a !== null && b !== null && a.length === b.length && a.every((value, i) => value === b[i]));
