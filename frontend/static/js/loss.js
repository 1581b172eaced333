/**
 * What the visitor's picture costs a VAE: error + beta x KL in nats, where the model's folder says its likelihood.
 */

import { klEach } from './hand.js';
import { moved } from './latent.js';

/**
 * @typedef {Object} Loss
 * @property {{likelihood: 'bernoulli'|'gaussian', beta: number, sigma2: number|null, tc: number}|null} objective
 * @property {number|null} floor nats that even a perfect copy costs
 * @property {number} pixels
 * @property {{mse: number, nats: number|null}[]} errors one for each latent
 */

/**
 * @typedef {Object} Spent what the encoding costs, and what each dimension saves
 * @property {Float32Array} of the encoding
 * @property {Loss} loss of the encoding first
 * @property {Map<number, number>} bought error that a dimension saves: so much more there is at the prior's mean
 * @property {number} most of these
 */

/** Dimensions of which it is asked what they buy: those with the most information. */
const MOST = 100;

/** @type {WeakMap<Float32Array, Promise<Blob>>} what the model saw, by its encoding */
const seen = new WeakMap();
/** @type {WeakMap<Float32Array, Promise<Spent>>} by the encoding, too */
const spent = new WeakMap();

/**
 * @template T
 * @param {WeakMap<Float32Array, Promise<T>>} known @param {Float32Array} key @param {() => Promise<T>} make
 * @returns {Promise<T>} made once; what failed is tried again
 */
function once(known, key, make) {
  const found = known.get(key) ?? make();
  known.set(key, found);
  found.catch(() => known.delete(key));
  return found;
}

/**
 * @param {import('./api.js').Api} api @param {import('./uploads.js').Upload} upload that the open model has placed
 * @param {Float32Array[]} latents @param {Record<string, number>} conditions @param {AbortSignal} [signal]
 * @returns {Promise<Loss>} how far what they draw is from what the model saw
 */
export async function fetchLoss(api, upload, latents, conditions, signal) {
  const key = /** @type {Float32Array} */ (upload.latent);
  const picture = await once(seen, key, () => api.prepare(upload.model, upload.file, upload));
  const body = new FormData();
  body.append('file', picture, 'seen.png');
  body.append('latents', JSON.stringify(latents.map((latent) => Array.from(latent))));
  if (Object.keys(conditions).length > 0) body.append('conditions', JSON.stringify(conditions));
  const address = `/api/models/${encodeURIComponent(upload.model)}/loss`;
  return (await api.fetch(address, { method: 'POST', body, signal })).json();
}

/**
 * @param {Loss} loss @param {number} [index]
 * @returns {number} above what no copy gets below; a mean square without objective
 */
export function errorOf({ errors, floor }, index = 0) {
  const { nats, mse } = errors[index];
  return nats === null ? mse : nats - (floor ?? 0);
}

/**
 * @param {import('./api.js').Api} api @param {import('./uploads.js').Upload} upload
 * @param {import('./hand.js').Posterior} encoded @returns {Promise<Spent>} asked for once a picture
 */
export const spentOn = (api, upload, encoded) =>
  once(spent, encoded.mean, async () => {
    const kl = klEach(encoded);
    const dims = [...kl.keys()].sort((a, b) => kl[b] - kl[a]).slice(0, MOST);
    const rows = [encoded.mean, ...dims.map((dim) => moved(encoded.mean, dim, 0))];
    const loss = await fetchLoss(api, upload, rows, upload.conditions);
    const bought = new Map(dims.map((dim, i) => [dim, errorOf(loss, i + 1) - errorOf(loss)]));
    return { of: encoded.mean, loss, bought, most: Math.max(1e-9, ...bought.values()) };
  });
