/**
 * Opening a model, and finding a first point to stand on.
 */

import { ApiError, sentence } from './api.js';
import { completed, conditionsOfRow, keptForUpload, movedTo, sizeIn, slidersOf, spaceOf } from './given.js';
import { unknownModel } from './permalink.js';
import { latentOf, loadPoints, rowOf } from './points.js';
import { decode } from './state.js';
import { layersOf, meanStyle, PLUS } from './styles.js';
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
  /** @type {'lerp'|'slerp'} */ (
    state.method || (state.space === 'z' ? 'slerp' : state.detail?.interpolation) || 'lerp'
  );

/**
 * Choose another model. The picture or row the point came from is kept, so that it can be found again there; a seed
 * is not: it draws another point there, so the model opens as on a first visit.
 * @param {Store} store @param {string} id
 */
export function pick(store, id) {
  if (id === store.state.model) return;
  const { view } = decode('');
  const { tab, crisp, lens, traversal, origin: last, a, b } = store.state;
  const origin = /^(seed|draw):/.test(last) ? '' : last;
  store.set({ ...view, tab, crisp, lens, traversal, origin, model: id, warning: '' });
  const which = a && b ? 'A and B are' : a ? 'A is' : 'B is';
  if (a || b) say(store, `${which} empty again: a point belongs to one model. Undo goes back.`);
}

/** @param {Store} store @param {Api} api fetches the list and opens the model of the address, or the default one */
export async function loadModels(store, api) {
  const { models, default: first } = await api.models();
  const { model } = store.state;
  const known = models.some((entry) => entry.id === model);
  const warning = model && !known ? unknownModel(model) : store.state.warning;
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
  const { latent, hash, a, b, via, terms, locks, axes, chosen } = store.state;
  const space = sizeIn(detail, store.state.space) > 0 ? store.state.space : '';
  const size = sizeIn(detail, space);
  const fits = (/** @type {Float32Array|null} */ values) => (values?.length === size ? values : null);
  let { warning } = store.state;
  if (hash && hash !== detail.hash)
    warning = `This link was made with another version of ${detail.title}, so the picture may differ.`;
  const { map } = store.state;
  if (hash && map.set && detail.sets && !detail.sets.some(({ name }) => name === map.set))
    warning = `The set \u201c${map.set}\u201d that this link shows is not here any more; it may have been deleted. This is the model\u2019s own.`;
  if (latent && !fits(latent))
    warning = `The point asked for has ${latent.length} dimensions, this model ${size}: it was left out.`;
  const failure = detail.status === 'broken' ? (detail.reason ?? 'This model cannot be used.') : '';
  const conditions = detail.status === 'broken' ? {} : completed(detail, store.state.conditions);
  const psi = detail.can?.psi ? store.state.psi : 1; // a model without truncation refuses any other
  const still = store.state.still && Boolean(detail.can?.noise);
  const kept = {
    a: fits(a),
    b: fits(b),
    via: via.every(fits) ? via : [],
    terms: terms.every((term) => !term || fits(term)) ? terms : [null, null, null],
    locks: locks.every((dim) => dim < size) ? locks : [],
    axes: axes.every((dim) => dim < size) ? axes : [],
    chosen: chosen.every((dim) => dim < size) ? chosen : [],
  };
  store.set(
    { detail, hash: detail.hash, space, latent: fits(latent), ...kept, conditions, psi, still, warning, failure },
    { amend: true },
  );
}

/** @param {Store} store @param {Api} api finds a first point, where the address or undo has brought none */
async function stand(store, api) {
  const { latent, origin, upload, detail } = store.state;
  if (latent || !detail || (upload && detail.can.encode && (origin === 'upload' || origin === ''))) return;
  const found =
    (await fromRow(store, api, origin)) ??
    (await fromExample(api, store.state, origin)) ??
    (await fromSeed(store, api, origin)) ??
    meanOf(store.state);
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
    store.set(meanOf(store.state), { amend: true });
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
  return points?.model === detail.id && row.index < points.count ? takenRow(store.state, points, row.index) : null;
}

/**
 * @param {Readonly<import('./state.js').State>} state
 * @param {import('./points.js').Points} points @param {number} index
 * @returns {Partial<import('./state.js').State>} the point of that row, in its set's space and with its own class
 */
export function takenRow(state, points, index) {
  const { space } = state.detail?.sets.find((set) => set.name === points.set) ?? { space: '' };
  return {
    ...movedTo(state, space || spaceOf(state)),
    latent: latentOf(points, index),
    conditions: conditionsOfRow(state, points, index),
    origin: `row:${points.set}:${index}`,
  };
}

/**
 * A first point for who brings none: the first example, placed by the model. It is known to lie among the data.
 * @param {Api} api @param {Readonly<import('./state.js').State>} state @param {string} origin
 */
async function fromExample(api, { detail, conditions: chosen }, origin) {
  const { examples, can, id } = detail ?? {};
  const row = examples?.rows[0];
  if (!detail || !id || !examples || row === undefined || !can?.encode || origin.startsWith('seed:')) return null;
  const given = keptForUpload(detail, chosen);
  const picture = await api.picture(id, examples.set, row);
  const { latents, conditions } = await api.encode(id, picture, { skip: [], force: [], given });
  return { latent: Float32Array.from(latents[0]), conditions, origin: `row:${examples.set}:${row}`, space: '' };
}

/** @param {Store} store @param {Api} api @param {string} origin */
async function fromSeed(store, api, origin) {
  const { detail, space, sampler } = store.state;
  if (!detail?.can.sample) return null;
  const seed = origin.startsWith('seed:') ? Number(origin.slice(5)) : FIRST_SEED;
  const { latents } = await api.sample(detail.id, { seed, ...from(space, sampler) });
  return { latent: Float32Array.from(latents[0]), origin: `seed:${seed}` };
}

/** @param {string} space @param {string} sampler only the prior is known in z @returns {{space?: string, sampler?: string}} */
const from = (space, sampler) => (space === 'z' ? { space } : { sampler });

/**
 * @param {Readonly<import('./state.js').State>} state
 * @returns {Partial<import('./state.js').State> & {latent: Float32Array, origin: string}} the mean of every dimension
 */
export function meanOf(state) {
  const sliders = slidersOf(state);
  const latent = new Float32Array(sliders.length);
  for (const { dim, mean } of sliders) latent[dim] = mean;
  return { ...outOfPlus(state), latent, origin: 'mean' };
}

/**
 * A point drawn from the model's prior or the chosen sampler, by the server. Locked dimensions stay where they are.
 * @param {Store} store @param {Api} api
 */
export async function drawRandom(store, api) {
  const { model, space, sampler } = store.state;
  try {
    const { latents, seed } = await api.sample(model, from(space, sampler));
    const { state } = store;
    if (state.model !== model || state.space !== space) return;
    const latent = withLocked(state, Float32Array.from(latents[0]));
    store.set({ ...outOfPlus(state), latent, origin: state.locks.length > 0 ? '' : `seed:${seed}` });
  } catch (error) {
    say(store, sentence(error));
  }
}

/**
 * @param {Readonly<import('./state.js').State>} state
 * @param {Float32Array} latent (D,) that nobody else holds
 * @returns {Float32Array} the same one, its locked dimensions as they are now
 */
export function withLocked({ latent: now, locks }, latent) {
  for (const dim of locks) if (now?.length === latent.length) latent[dim] = now[dim];
  return latent;
}

/**
 * Move in the other space of a StyleGAN. From z there is a way to w, so the picture stays; back there is none, but for a
 * point that was drawn in z.
 * @param {Store} store @param {Api} api @param {'z'|'w'} space
 */
export async function changeSpace(store, api, space) {
  const { model, latent, origin, sampler } = store.state;
  if (!latent || spaceOf(store.state) === space) return;
  const drawn = origin.startsWith('seed:') && sampler === '';
  try {
    const seed = drawn ? Number(origin.slice(5)) : FIRST_SEED;
    const found =
      space === 'w'
        ? { latent: await styleOf(store.state, api, latent), origin: drawn ? origin : '' }
        : { latent: Float32Array.from((await api.sample(model, { seed, space })).latents[0]), origin: `seed:${seed}` };
    if (store.state.model !== model || store.state.latent !== latent) return;
    const { a, b } = store.state;
    const moved = movedTo(store.state, space);
    const kept = (a && !moved.a) || (b && !moved.b);
    store.set({ ...moved, ...found, method: '' });
    if (space === 'z' && !drawn) say(store, 'No way leads from W back to Z, so this is another point. Undo goes back.');
    else if (kept) say(store, 'A and B are empty again: a point belongs to one space. Undo goes back.');
  } catch (error) {
    say(store, sentence(error));
  }
}

/**
 * @param {Readonly<import('./state.js').State>} state @param {Api} api @param {Float32Array} latent of z or w+
 * @returns {Promise<Float32Array>} of w: where the mapping takes z, or the mean of the layers' styles
 */
const styleOf = async (state, api, latent) =>
  spaceOf(state) === PLUS ? meanStyle(latent, layersOf(state.detail)) : api.mapToW(state.model, latent);

/** @param {Readonly<import('./state.js').State>} state @returns {Partial<import('./state.js').State>} w+ has nothing to draw from */
const outOfPlus = (state) => (spaceOf(state) === PLUS ? movedTo(state, 'w') : {});

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
