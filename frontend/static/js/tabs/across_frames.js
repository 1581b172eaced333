/**
 * What one model makes of a gesture: its pictures at every place of the slider, decoded at once, so that all models move
 * together whatever each of them takes.
 */

import { between, moved } from '../latent.js';

/** @typedef {import('../api.js').Api} Api */
/** @typedef {import('../api.js').ModelDetail} ModelDetail */
/** @typedef {import('../api.js').Encoded} Encoded */
/** @typedef {import('../api.js').Raw} Raw */
/** @typedef {{file: Blob, how: import('../api.js').How}} Source a picture and how it is prepared */
/** @typedef {{kind: 'walk', to: Source}|{kind: 'slide', rank: number}} Gesture `rank`: 0 is the strongest dimension */
/** @typedef {{raw: Raw, encoded: Encoded, values: string[]}} Frames `values`: what is said of each picture; '' nothing */

/** Places of the slider. */
export const FRAMES = 33;

/** Answers that do not change: details of models, and encodings by model, picture and preparation. */
export class Asked {
  /** @param {Api} api */
  constructor(api) {
    this.api = api;
    /** @type {Map<string, Promise<ModelDetail>>} */
    this.details = new Map();
    /** @type {WeakMap<Blob, Map<string, Promise<Encoded>>>} */
    this.encodings = new WeakMap();
  }

  /** @param {string} id @returns {Promise<ModelDetail>} */
  detail(id) {
    return kept(this.details, id, () => this.api.model(id));
  }

  /** @param {ModelDetail} detail @param {Source} source @returns {Promise<Encoded>} */
  encode(detail, { file, how }) {
    const known = this.encodings.get(file) ?? new Map();
    this.encodings.set(file, known);
    const key = JSON.stringify([detail.id, detail.hash, how.skip, how.force, how.crop ?? null]);
    return kept(known, key, () => this.api.encode(detail.id, file, how));
  }
}

/**
 * @template T
 * @param {Map<string, Promise<T>>} known @param {string} key @param {() => Promise<T>} ask
 * @returns {Promise<T>} what came to nothing is asked again
 */
function kept(known, key, ask) {
  const found = known.get(key) ?? ask();
  known.set(key, found);
  found.catch(() => known.delete(key));
  return found;
}

/**
 * @param {Asked} asked @param {string} id of the model @param {Source} source @param {Gesture} gesture
 * @param {AbortSignal} signal
 * @returns {Promise<Frames|string>} or a sentence about why this model cannot take part
 */
export async function framesOf(asked, id, source, gesture, signal) {
  const detail = await asked.detail(id);
  if (!detail.can.encode) return 'It has no encoder, so it cannot say where a picture lies.';
  if (!detail.can.decode) return 'It has no decoder, so it draws no pictures.';
  const encoded = await asked.encode(detail, source);
  const start = Float32Array.from(encoded.latents[0]);
  if (gesture.kind === 'slide') {
    const { latents, values } = slide(detail, start, gesture.rank);
    if (latents.length === 0) return `It has ${detail.latent} dimensions only.`;
    return { raw: await decoded(asked.api, detail, encoded.conditions, latents, signal), encoded, values };
  }
  const goal = await asked.encode(detail, gesture.to);
  const end = Float32Array.from(goal.latents[0]);
  const latents = Array.from({ length: FRAMES }, (_, i) => between(detail.interpolation, start, end, i / (FRAMES - 1)));
  const raw = await walked(asked.api, detail, [encoded, goal], latents, signal);
  return { raw, encoded, values: latents.map(() => '') };
}

/** @param {ModelDetail} detail @param {Float32Array} start (D,) @param {number} rank of the dimension, by effect */
function slide(detail, start, rank) {
  const slider = detail.sliders[rank];
  if (!slider) return { latents: [], values: [] };
  const { dim, low, high } = slider;
  const places = Array.from({ length: FRAMES }, (_, i) => low + ((high - low) * i) / (FRAMES - 1));
  const name = `${detail.default_space}${String(dim).padStart(2, '0')}`;
  return {
    latents: places.map((value) => moved(start, dim, value)),
    values: places.map((value) => `${name} ${value < 0 ? '\u2212' : '+'}${Math.abs(value).toFixed(2)}`),
  };
}

/**
 * A class is a whole number: where the two pictures are of different classes, it changes half way.
 * @param {Api} api @param {ModelDetail} detail @param {[Encoded, Encoded]} ends @param {Float32Array[]} latents
 * @param {AbortSignal} signal
 */
async function walked(api, detail, [from, to], latents, signal) {
  if (JSON.stringify(from.conditions) === JSON.stringify(to.conditions))
    return decoded(api, detail, from.conditions, latents, signal);
  const half = Math.ceil(latents.length / 2);
  const [one, other] = await Promise.all([
    decoded(api, detail, from.conditions, latents.slice(0, half), signal),
    decoded(api, detail, to.conditions, latents.slice(half), signal),
  ]);
  const data = new Uint8Array(one.data.length + other.data.length);
  data.set(one.data);
  data.set(other.data, one.data.length);
  return { data, shape: [latents.length, ...one.shape.slice(1)] };
}

/**
 * @param {Api} api @param {ModelDetail} detail @param {Record<string, number>} conditions @param {Float32Array[]} latents
 * @param {AbortSignal} signal @returns {Promise<Raw>}
 */
const decoded = (api, { id, hash }, conditions, latents, signal) => {
  const request = { model: id, hash, ...(Object.keys(conditions).length > 0 && { conditions }) };
  return api.decode(id, request, latents, signal);
};
