/**
 * The visitor's own picture: sent with each request that needs it, kept here for an hour, placed by the open model.
 */

import { ApiError, sentence, superseded } from './api.js';
import * as keep from './keep.js';
import { pictureRequest } from './state.js';

/**
 * @typedef {Object} Upload
 * @property {File} file
 * @property {string} url of the original, for this page only
 * @property {number} time when it was given, milliseconds
 * @property {boolean} kept whether this browser keeps it for the hour
 * @property {string[]} skip steps of preparation the person undid
 * @property {string[]} force steps the person asked for
 * @property {boolean} busy
 * @property {string} failure a sentence; '' when all went well
 * @property {string} model id of the model the rest belongs to
 * @property {string} seen address of what the model saw; '' before it is there
 * @property {import('./api.js').Step[]} steps
 * @property {{mse: number, psnr: number|null}|null} error
 * @property {number|null} unusual percentile
 * @property {Float32Array|null} latent (D,) posterior mean or code
 * @property {Float32Array|null} std (D,) posterior standard deviation, where the model gives one
 * @property {import('./api.js').Raw|null} reconstruction
 */

/** @typedef {import('./store.js').Store} Store */
/** @typedef {import('./api.js').Api} Api */

const NEEDED = 'This model needs that step, so it stays.';

/** @type {WeakMap<Store, AbortController>} the request under way, so that a newer one ends it */
const underway = new WeakMap();
/** @type {WeakMap<Store, number>} */
const expiry = new WeakMap();

/**
 * Take a picture from the visitor and move to where the model places it.
 * @param {Store} store @param {Api} api @param {File} file
 */
export async function takeFile(store, api, file) {
  const before = store.state.upload;
  store.set({ upload: fresh(file, Date.now()) });
  const taken = await place(store, api, { move: true });
  if (taken) {
    if (before) release(before);
    await remember(store);
  } else if (store.state.upload?.file === file) {
    refused(store, before);
  }
}

/**
 * @param {Store} store
 * @param {Upload|null} before what stood there; it comes back, under the sentence about the new one
 */
function refused(store, before) {
  const upload = /** @type {Upload} */ (store.state.upload);
  if (!before) return;
  release(upload);
  store.set({ upload: { ...before, busy: false, failure: upload.failure } });
}

/**
 * Bring back the picture of the last hour, after a reload.
 * @param {Store} store @returns {Promise<boolean>} whether there was one
 */
export async function restore(store) {
  const kept = await keep.load();
  if (!kept) return false;
  store.set({ upload: { ...fresh(kept.file, kept.time), kept: true, skip: kept.skip, force: kept.force } });
  expire(store);
  return true;
}

/** @param {Store} store removes it from the page and from this browser; what it led to stays */
export async function forget(store) {
  underway.get(store)?.abort();
  clearTimeout(expiry.get(store));
  const { upload, origin } = store.state;
  if (upload) release(upload);
  store.set({ upload: null, origin: origin === 'upload' ? '' : origin }, { amend: true });
  await keep.forget();
}

/**
 * Undo a step of the preparation, or ask for one that was not applied, and place the picture again.
 * @param {Store} store @param {Api} api @param {string} id
 */
export async function toggleStep(store, api, id) {
  const { upload } = store.state;
  const step = upload?.steps.find((one) => one.id === id);
  if (!upload || !step) return;
  const without = (/** @type {string[]} */ list) => list.filter((one) => one !== id);
  const { skip, force } = upload;
  const next = step.applied
    ? force.includes(id)
      ? { skip, force: without(force) }
      : { skip: [...skip, id], force }
    : skip.includes(id)
      ? { skip: without(skip), force }
      : { skip, force: [...force, id] };
  store.set({ upload: { ...upload, ...next } });
  const placed = await place(store, api, { move: true });
  const now = store.state.upload;
  if (now?.file !== upload.file || now.busy) return;
  const needed = placed && now.steps.find((one) => one.id === id)?.applied === step.applied;
  if (!placed || needed) store.set({ upload: { ...now, skip, force, failure: now.failure || NEEDED } });
  else await remember(store);
}

/**
 * Send the kept picture to the open model.
 * @param {Store} store @param {Api} api @param {{move: boolean}} how `move`: the current point goes where it is placed
 * @returns {Promise<boolean>} whether it is placed
 */
export async function place(store, api, { move }) {
  const { upload, detail } = store.state;
  if (!upload || !detail) return false;
  if (!detail.can.encode)
    return fail(store, upload, `${detail.title} has no encoder, so it cannot say where a picture lies in its space.`);
  underway.get(store)?.abort();
  const controller = new AbortController();
  underway.set(store, controller);
  store.set({ upload: { ...upload, busy: true, failure: '' } });
  try {
    const [answer, seen] = await Promise.all([
      api.encode(detail.id, upload.file, upload, controller.signal),
      api.prepare(detail.id, upload.file, upload, controller.signal),
    ]);
    if (controller.signal.aborted) return false;
    settle(store, upload, detail.id, answer, URL.createObjectURL(seen), move);
    await reconstruct(store, api, controller.signal);
    return true;
  } catch (error) {
    if (superseded(error) || controller.signal.aborted) return false;
    return fail(store, upload, sentence(error), error instanceof ApiError && error.code === 'offline');
  }
}

/**
 * @param {Store} store @param {Upload} upload @param {string} model @param {import('./api.js').Encoded} answer
 * @param {string} seen @param {boolean} move
 */
function settle(store, upload, model, answer, seen, move) {
  if (upload.seen) URL.revokeObjectURL(upload.seen);
  const latent = Float32Array.from(answer.latents[0]);
  const std = answer.logvar ? Float32Array.from(answer.logvar[0], (value) => Math.exp(value / 2)) : null;
  const placed = {
    ...upload,
    model,
    seen,
    latent,
    std,
    busy: false,
    failure: '',
    steps: answer.steps,
    error: answer.error,
    unusual: answer.unusual?.percentile ?? null,
    reconstruction: null,
  };
  const conditions = Object.keys(answer.conditions ?? {}).length > 0 ? answer.conditions : store.state.conditions;
  store.set(move ? { upload: placed, latent, conditions, origin: 'upload' } : { upload: placed });
}

/** @param {Store} store @param {Api} api @param {AbortSignal} signal */
async function reconstruct(store, api, signal) {
  const { upload, detail, model } = store.state;
  if (!upload?.latent || !detail?.can.decode || detail.id !== model) return;
  const reconstruction = await api.decode(detail.id, pictureRequest(store.state), [upload.latent], signal);
  const now = store.state.upload;
  if (now?.file === upload.file && now.latent === upload.latent) store.set({ upload: { ...now, reconstruction } });
}

/**
 * @param {Store} store
 * @param {Upload} upload
 * @param {string} failure
 * @param {boolean} [offline] it is sent again when the server is back
 */
function fail(store, upload, failure, offline = false) {
  store.set({ upload: { ...upload, busy: false, failure, model: offline ? '' : upload.model } });
  return false;
}

/** @param {Store} store */
async function remember(store) {
  const { upload } = store.state;
  if (!upload) return;
  const { file, time, skip, force } = upload;
  const kept = await keep.save({ file, time, skip, force });
  const now = store.state.upload;
  if (now?.file === file) store.set({ upload: { ...now, kept } });
  expire(store);
}

/** @param {Store} store */
function expire(store) {
  clearTimeout(expiry.get(store));
  const { upload } = store.state;
  if (upload)
    expiry.set(
      store,
      setTimeout(() => forget(store), Math.max(0, upload.time + keep.HOUR - Date.now())),
    );
}

/** @param {File} file @param {number} time @returns {Upload} */
function fresh(file, time) {
  return {
    file,
    time,
    url: URL.createObjectURL(file),
    kept: false,
    skip: [],
    force: [],
    busy: false,
    failure: '',
    model: '',
    seen: '',
    steps: [],
    error: null,
    unusual: null,
    latent: null,
    std: null,
    reconstruction: null,
  };
}

/** @param {Upload} upload */
function release(upload) {
  URL.revokeObjectURL(upload.url);
  if (upload.seen) URL.revokeObjectURL(upload.seen);
}

/** @param {DataTransfer|null} transfer from a drop or a paste @returns {File|null} its first file */
export function fileOf(transfer) {
  if (!transfer) return null;
  const files = [...transfer.files];
  return files.find((file) => file.type.startsWith('image/')) ?? files[0] ?? null;
}
