/**
 * The posterior of the visitor's picture, N(mu, sigma^2) in each dimension, and what can be done to it by hand.
 *
 * Epsilon is never kept: wherever the point stands, epsilon = (z - mu) / sigma, so that z = mu + sigma * epsilon holds
 * for every point (the reparametrisation of Kingma and Welling, 2013).
 */

import { spaceOf } from './given.js';
import { moved as put } from './latent.js';

/** @typedef {import('./state.js').State} State */
/** @typedef {{mean: Float32Array, std: Float32Array}} Posterior (D,) each */

/**
 * @typedef {Posterior & {of: Float32Array, seed: number}} Hand
 * `of` is the encoding that it was made from: another picture has another hand. `seed` of the draws.
 */

/** Below it a spread is a point, and epsilon no number any more. */
export const LEAST_STD = 0.001;
export const MOST_STD = 10;
/** What a latent may be at most, as the server has it. */
export const FARTHEST = 1e4;

/** @param {Readonly<State>} state @returns {'draw'|'loss'|''} what this model's column shows beside the sliders */
export const lensOf = (state) =>
  state.detail?.can?.posterior && spaceOf(state) === state.detail.default_space ? state.lens : '';

/** @param {Readonly<State>} state @returns {Posterior|null} as encoded; null without a picture or a spread */
export function encodedOf(state) {
  const { upload, detail } = state;
  if (!upload?.latent || !upload.std || !detail || upload.model !== detail.id) return null;
  if (spaceOf(state) !== detail.default_space) return null;
  return upload.latent.length === detail.latent ? { mean: upload.latent, std: upload.std } : null;
}

/** @param {Readonly<State>} state @returns {Hand|null} as it is now: the encoder's, until a hand has changed it */
export function handOf(state) {
  const encoded = encodedOf(state);
  if (!encoded) return null;
  const { hand } = state;
  return hand?.of === encoded.mean ? hand : { ...encoded, of: encoded.mean, seed: 1 };
}

/** @param {number} z @param {number} mean @param {number} std @returns {number} epsilon */
export const noiseOf = (z, mean, std) => (z - mean) / std;

/** @param {Posterior} posterior @param {Float32Array} epsilon (D,) @returns {Float32Array} z = mu + sigma * epsilon */
export const drawnWith = ({ mean, std }, epsilon) => mean.map((value, i) => value + std[i] * epsilon[i]);

/**
 * @param {Posterior} posterior @param {Float32Array} latent @param {number} dim @param {number} epsilon
 * @returns {Float32Array} the point with this epsilon in that dimension
 */
export const drawnAt = ({ mean, std }, latent, dim, epsilon) =>
  put(latent, dim, bounded(mean[dim] + std[dim] * epsilon, -FARTHEST, FARTHEST));

/** @param {number} mean @param {number} std @returns {number} KL(N(mean, std^2) || N(0, 1)) in nats */
export const klOf = (mean, std) => 0.5 * (mean * mean + std * std - 1) - Math.log(std);

/** @param {Posterior} posterior @returns {number[]} nats a dimension */
export const klEach = ({ mean, std }) => Array.from(mean, (value, i) => klOf(value, std[i]));

/** @param {Posterior} posterior @param {number} dim @returns {boolean} whether it says only what the prior says */
export const isOff = ({ mean, std }, dim) => mean[dim] === 0 && std[dim] === 1;

/**
 * Change mu or sigma of one dimension. Epsilon stays, so the point moves along.
 * @param {Hand} hand @param {Float32Array} latent the current point
 * @param {number} dim @param {{mean?: number, std?: number}} change
 * @returns {Partial<State>}
 */
export function reshaped(hand, latent, dim, { mean = hand.mean[dim], std = hand.std[dim] }) {
  const epsilon = noiseOf(latent[dim], hand.mean[dim], hand.std[dim]);
  const spread = bounded(std, LEAST_STD, MOST_STD);
  const middle = bounded(mean, -FARTHEST, FARTHEST);
  return {
    hand: { ...hand, mean: put(hand.mean, dim, middle), std: put(hand.std, dim, spread) },
    latent: put(latent, dim, bounded(middle + spread * epsilon, -FARTHEST, FARTHEST)),
    origin: '',
  };
}

/**
 * Switch a dimension off, to what the prior says of it, or back on, to what the encoder says; the point goes to its
 * mean.
 * @param {Hand} hand @param {Posterior} encoded @param {Float32Array} latent @param {number} dim
 * @returns {Partial<State>}
 */
export function switched(hand, encoded, latent, dim) {
  const [mean, std] = isOff(hand, dim) ? [encoded.mean[dim], encoded.std[dim]] : [0, 1];
  return {
    hand: { ...hand, mean: put(hand.mean, dim, mean), std: put(hand.std, dim, std) },
    latent: put(latent, dim, mean),
    origin: '',
  };
}

/**
 * Back to what the encoder said, in one dimension or in all; the point goes to the mean there.
 * @param {Hand} hand @param {Posterior} encoded @param {Float32Array} latent @param {number} [dim]
 * @returns {Partial<State>}
 */
export function asEncoded(hand, encoded, latent, dim) {
  if (dim === undefined) return { hand: { ...hand, ...encoded }, latent: encoded.mean, origin: 'upload' };
  const { mean, std } = encoded;
  return {
    hand: { ...hand, mean: put(hand.mean, dim, mean[dim]), std: put(hand.std, dim, std[dim]) },
    latent: put(latent, dim, mean[dim]),
    origin: '',
  };
}

/** @param {number} value @param {number} least @param {number} most */
const bounded = (value, least, most) => Math.max(least, Math.min(most, value));

/**
 * @param {import('./api.js').Api} api @param {string} model @param {number} seed @param {AbortSignal} [signal]
 * @returns {Promise<Float32Array[]>} standard normal numbers, a row for each of eight draws
 */
export async function fetchNoise(api, model, seed, signal) {
  const answer = await api.json(`/api/models/${encodeURIComponent(model)}/epsilon?seed=${seed}&count=${DRAWS}`, signal);
  return answer.epsilon.map((/** @type {number[]} */ row) => Float32Array.from(row));
}

export const DRAWS = 8;
