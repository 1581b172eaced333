/**
 * Opening a model, and finding a first point to stand on.
 */

import { ApiError, sentence } from './api.js';
import { latentOf, loadPoints, rowOf } from './points.js';
import { decode } from './state.js';
import { awaited, place } from './uploads.js';

/** @typedef {import('./store.js').Store} Store */
/** @typedef {import('./api.js').Api} Api */

const FIRST_SEED = 7;

/**
 * @param {Readonly<import('./state.js').State>} state
 * @returns {boolean} whether there is a point of the open model to show
 */
export const ready = (state) =>
  state.detail !== null && state.detail.id === state.model && state.latent !== null && state.detail.can.decode;

/**
 * @param {Readonly<import('./state.js').State>} state
 * @returns {'lerp'|'slerp'} the person's choice, or the model's recommendation
 */
export const methodOf = (state) =>
  /** @type {'lerp'|'slerp'} */ (state.method || state.detail?.interpolation || 'lerp');

/**
 * Choose another model. The picture or row the point came from is kept, so that it can be found again there; a seed
 * is not: it draws another point there, so the model opens as on a first visit.
 * @param {Store} store @param {string} id
 */
export function pick(store, id) {
  if (id === store.state.model) return;
  const { view } = decode('');
  const { tab, crisp, origin: last, a, b } = store.state;
  const origin = last.startsWith('seed:') ? '' : last;
  store.set({ ...view, tab, crisp, origin, model: id, warning: '' });
  const which = a && b ? 'A and B are' : a ? 'A is' : 'B is';
  if (a || b) say(store, `${which} empty again: a point belongs to one model. Undo goes back.`);
}

/** @param {Store} store @param {Api} api fetches the list and opens the model of the address, or the default one */
export async function loadModels(store, api) {
  const { models, default: first } = await api.models();
  const { model } = store.state;
  const known = models.some((entry) => entry.id === model);
  const warning =
    model && !known ? `This link names the model ${model}, which this server does not have.` : store.state.warning;
  const chosen = known ? model : (first ?? models.find((entry) => entry.status === 'ready')?.id ?? models[0]?.id ?? '');
  const view = known || !model ? {} : decode('').view;
  store.set({ models, warning, ...view, model: chosen }, { amend: true });
  if (known) await open(store, api);
}

/**
 * @param {Store} store
 * @param {Api} api opens the model that the state names; main.js calls it whenever that changes
 */
export async function open(store, api) {
  const { model } = store.state;
  if (!model) return;
  store.set({ failure: '' });
  try {
    const detail = await api.model(model);
    if (store.state.model !== model) return;
    arrive(store, detail);
    if (detail.status === 'broken') return;
    await Promise.all([stand(store, api), replace(store, api)]);
  } catch (error) {
    if (store.state.model === model) store.set({ failure: sentence(error) });
  }
}

/** @param {Store} store @param {import('./api.js').ModelDetail} detail */
function arrive(store, detail) {
  const { latent, hash, a, b } = store.state;
  const fits = (/** @type {Float32Array|null} */ values) => (values?.length === detail.latent ? values : null);
  let { warning } = store.state;
  if (hash && hash !== detail.hash)
    warning = `This link was made with another version of ${detail.title}, so the picture may differ.`;
  if (latent && !fits(latent))
    warning = `The point in this link has ${latent.length} dimensions, this model ${detail.latent}: it was left out.`;
  const failure = detail.status === 'broken' ? (detail.reason ?? 'This model cannot be used.') : '';
  store.set(
    { detail, hash: detail.hash, latent: fits(latent), a: fits(a), b: fits(b), warning, failure },
    { amend: true },
  );
}

/** @param {Store} store @param {Api} api finds a first point, where the address or undo has brought none */
async function stand(store, api) {
  const { latent, origin, upload, detail } = store.state;
  if (latent || !detail || (upload && detail.can.encode && (origin === 'upload' || origin === ''))) return;
  const found =
    (await fromRow(store, api, origin)) ??
    (await fromExample(api, detail, origin)) ??
    (await fromSeed(api, detail, origin)) ??
    meanOf(detail);
  if (store.state.detail === detail && !store.state.latent) store.set(found, { amend: true });
}

/** @param {Store} store @param {Api} api the visitor's picture, placed by the model that is open now */
async function replace(store, api) {
  const { upload, latent, origin, detail } = store.state;
  const next = awaited(store);
  if (!upload || (upload.model === detail?.id && !next)) return;
  const move = next !== undefined || (latent === null && (origin === 'upload' || origin === ''));
  const placed = await place(store, api, { move, upload: next ?? upload });
  if (!placed && !store.state.latent && detail && store.state.detail === detail)
    store.set(meanOf(detail), { amend: true });
}

/**
 * @param {Store} store
 * @param {Api} api
 * @param {string} origin the same picture of the same set, as this model places it
 */
async function fromRow(store, api, origin) {
  const row = rowOf(origin);
  const { detail } = store.state;
  if (!row || !detail?.sets.some((set) => set.default && set.name === row.set)) return null;
  await loadPoints(store, api);
  const { points } = store.state;
  return points?.model === detail.id && row.index < points.count
    ? { latent: latentOf(points, row.index), origin }
    : null;
}

/**
 * A first point for who brings none: the first example, placed by the model. It is known to lie among the data.
 * @param {Api} api @param {import('./api.js').ModelDetail} detail @param {string} origin
 */
async function fromExample(api, { id, can, examples }, origin) {
  const row = examples?.rows[0];
  if (!examples || row === undefined || !can.encode || origin.startsWith('seed:')) return null;
  const { latents } = await api.encode(id, await api.picture(id, examples.set, row), { skip: [], force: [] });
  return { latent: Float32Array.from(latents[0]), origin: `row:${examples.set}:${row}` };
}

/** @param {Api} api @param {import('./api.js').ModelDetail} detail @param {string} origin */
async function fromSeed(api, detail, origin) {
  if (!detail.can.sample) return null;
  const seed = origin.startsWith('seed:') ? Number(origin.slice(5)) : FIRST_SEED;
  const { latents } = await api.sample(detail.id, seed);
  return { latent: Float32Array.from(latents[0]), origin: `seed:${seed}` };
}

/**
 * @param {import('./api.js').ModelDetail} detail
 * @returns {{latent: Float32Array, origin: string}} the mean of every dimension
 */
export function meanOf(detail) {
  const latent = new Float32Array(detail.latent);
  for (const { dim, mean } of detail.sliders) latent[dim] = mean;
  return { latent, origin: 'mean' };
}

/** @param {Store} store @param {Api} api a point drawn from the model's prior, by the server */
export async function drawRandom(store, api) {
  const { model } = store.state;
  try {
    const { latents, seed } = await api.sample(model);
    if (store.state.model === model) store.set({ latent: Float32Array.from(latents[0]), origin: `seed:${seed}` });
  } catch (error) {
    say(store, sentence(error));
  }
}

/** @param {Store} store @param {Api} api @param {unknown} error what the live connection was refused with */
export async function refusedLive(store, api, error) {
  if (error instanceof ApiError && error.code === 'stale_model') {
    store.set({ hash: '' }, { amend: true });
    await open(store, api);
    say(store, 'The model has changed on the server. The page has opened its new version.');
  } else {
    store.set({ failure: sentence(error) });
  }
}

/** @param {Store} store @param {string} text said once, in passing */
export function say(store, text) {
  store.set({ notice: { text, at: Date.now() } });
}
