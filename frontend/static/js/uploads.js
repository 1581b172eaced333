/**
 * The visitor's own picture: sent with each request that needs it, kept here for an hour, placed by the open model.
 */

import { ApiError, sentence, superseded } from './api.js';
import * as keep from './keep.js';
import { completed, keptForUpload, movedTo } from './given.js';
import { pictureRequest } from './state.js';

/**
 * @typedef {Object} Upload
 * @property {File} file
 * @property {string} url of the original, for this page only
 * @property {number} time when it was given, milliseconds
 * @property {boolean} kept whether this browser keeps it for the hour
 * @property {string[]} skip steps of preparation the person undid
 * @property {string[]} force steps the person asked for
 * @property {import('./api.js').Crop|null} crop the part the person chose; null: all of it, less an empty margin
 * @property {boolean} busy
 * @property {string} failure a sentence; '' when all went well
 * @property {{upload: Upload, move: boolean}|null} waiting what is to be placed once the server answers again
 * @property {string} model id of the model the rest belongs to
 * @property {string} seen address of what the model saw; '' before it is there
 * @property {import('./api.js').Step[]} steps
 * @property {{mse: number, psnr: number|null}|null} error
 * @property {number|null} unusual percentile
 * @property {number|null} distance what the percentile ranks, in standard deviations
 * @property {Float32Array|null} latent (D,) posterior mean or code, in the model's default space
 * @property {Record<string, number>} conditions the class it was found with
 * @property {Float32Array|null} std (D,) posterior standard deviation, where the model gives one
 * @property {import('./api.js').Raw|null} reconstruction
 */

/** @typedef {import('./store.js').Store} Store */
/** @typedef {import('./api.js').Api} Api */
/** @typedef {{upload: Upload, controller: AbortController}} Run one picture on its way */

/** What a person can wish of a picture. */
const WISHES = /** @type {const} */ (['file', 'skip', 'force', 'crop']);
const NEEDED = 'This model needs that step, so it stays.';
const WAITS = 'The server does not answer. This picture is placed when it is back.';

/** @type {WeakMap<Store, Set<Run>>} the requests under way */
const underway = new WeakMap();
/** @type {WeakMap<Store, Set<string>>} addresses to give back when the pictures are forgotten: undo needs them */
const addresses = new WeakMap();

/**
 * Take a picture from the visitor and move to where the model places it. Until then the last one stays.
 * @param {Store} store @param {Api} api @param {File} file
 */
export async function takeFile(store, api, file) {
  const upload = fresh(store, file, Date.now());
  setTimeout(() => expire(store, file), keep.HOUR);
  if (!store.state.detail) store.set({ upload: { ...upload, waiting: { upload, move: true } } });
  else if (await place(store, api, { move: true, upload })) await remember(store);
}

/**
 * Bring back the picture of the last hour, after a reload.
 * @param {Store} store @returns {Promise<boolean>} whether there was one
 */
export async function restore(store) {
  const found = await keep.load();
  if (!found) return false;
  const { file, time, skip, force, crop = null } = found;
  store.set({ upload: { ...fresh(store, file, time), kept: true, skip, force, crop } });
  setTimeout(() => expire(store, file), Math.max(0, time + keep.HOUR - Date.now()));
  return true;
}

/** @param {Store} store removes all pictures from the page, undo and this browser; what they led to stays */
export async function forget(store) {
  for (const { controller } of runsOf(store)) controller.abort();
  for (const address of addresses.get(store) ?? []) URL.revokeObjectURL(address);
  addresses.delete(store);
  const { origin } = store.state;
  store.set({ upload: null, gathered: [], origin: origin === 'upload' ? '' : origin }, { amend: true });
  store.forgetUploads();
  await keep.forget();
}

/** @param {Store} store @param {File} file whose hour is over */
function expire(store, file) {
  const { upload } = store.state;
  if (upload?.file === file || upload?.waiting?.upload.file === file) forget(store);
  else store.forgetUploads(file);
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
  // A step pressed while another is on its way adds to that one.
  const base = awaited(store, upload.file) ?? upload;
  const { skip, force } = base;
  const flipped = skip.includes(id) !== upload.skip.includes(id) || force.includes(id) !== upload.force.includes(id);
  const next =
    step.applied !== flipped
      ? force.includes(id)
        ? { skip, force: without(force) }
        : { skip: [...skip, id], force }
      : skip.includes(id)
        ? { skip: without(skip), force }
        : { skip, force: [...force, id] };
  if (!(await place(store, api, { move: true, upload: { ...base, ...next } }))) return;
  const now = store.state.upload;
  if (now?.file !== upload.file || now.busy) return;
  if (now.steps.find((one) => one.id === id)?.applied === (step.applied !== flipped))
    store.set({ upload: { ...now, skip, force, failure: NEEDED } });
  else await remember(store);
}

/**
 * Place the picture again by the part of it that was chosen.
 * @param {Store} store @param {Api} api @param {import('./api.js').Crop|null} crop null: as the server thinks best
 */
export async function cropTo(store, api, crop) {
  const { upload } = store.state;
  if (!upload) return;
  const base = awaited(store, upload.file) ?? upload;
  const skip = base.skip.filter((step) => step !== 'cut');
  if (await place(store, api, { move: true, upload: { ...base, skip, crop } })) await remember(store);
}

/** @param {Store} store @param {File} [file] @returns {Upload|undefined} the newest on its way, or that waits */
export function awaited(store, file) {
  const found = [...runsOf(store)].map((run) => run.upload).at(-1) ?? store.state.upload?.waiting?.upload;
  return !file || found?.file === file ? found : undefined;
}

/** @param {Store} store @returns {Set<Run>} */
function runsOf(store) {
  const runs = underway.get(store) ?? new Set();
  underway.set(store, runs);
  return runs;
}

/**
 * Send a picture to the open model. The panel goes on showing the last one that was placed, until this one is.
 * @param {Store} store @param {Api} api
 * @param {{move: boolean, upload?: Upload|null}} how `move`: the current point goes where it is placed; without an
 *   `upload`, the one that is shown
 * @returns {Promise<boolean>} whether it is placed
 */
export async function place(store, api, { move, upload = store.state.upload }) {
  const { detail } = store.state;
  if (!upload || !detail) return false;
  if (!detail.can.encode)
    return fail(store, upload, `${detail.title} has no encoder, so it cannot say where a picture lies in its space.`);
  const runs = runsOf(store);
  for (const run of runs) if (run.upload.file === upload.file) run.controller.abort();
  const run = { upload, controller: new AbortController() };
  const { signal } = run.controller;
  runs.add(run);
  store.set({ upload: { ...shown(store, upload), busy: true, failure: '', waiting: null } });
  try {
    const [answer, seen] = await Promise.all([
      api.encode(detail.id, upload.file, { ...upload, given: keptForUpload(detail, store.state.conditions) }, signal),
      api.prepare(detail.id, upload.file, upload, signal),
    ]);
    if (signal.aborted) return rest(store, run);
    end(store, run, true);
    if (store.state.model !== detail.id) return rest(store, run, awaited(store) ? null : { upload, move });
    settle(store, upload, detail.id, answer, address(store, seen), move);
  } catch (error) {
    if (superseded(error) || signal.aborted) return rest(store, run);
    end(store, run, false);
    const waits = error instanceof ApiError && error.code === 'offline';
    return fail(store, upload, waits ? WAITS : sentence(error), waits ? { upload, move } : null);
  }
  await reconstruct(store, api, signal).catch((error) => console.debug('given up:', error));
  return true;
}

/** @param {Store} store @param {Run} run @param {boolean} good those that were sent before it come too late then */
function end(store, run, good) {
  const runs = runsOf(store);
  for (const older of runs) {
    if (older === run) break;
    if (good) older.controller.abort();
  }
  runs.delete(run);
}

/**
 * A run has ended without a word.
 * @param {Store} store @param {Run} run @param {Upload['waiting']} [waiting] for the model that is being opened
 */
function rest(store, run, waiting = null) {
  end(store, run, false);
  const { upload } = store.state;
  if (upload) store.set({ upload: { ...upload, busy: runsOf(store).size > 0, waiting: waiting ?? upload.waiting } });
  return false;
}

/** @param {Store} store @param {Api} api the server is back: place what was given meanwhile */
export async function placeWaiting(store, api) {
  const waiting = store.state.upload?.waiting;
  if (waiting && (await place(store, api, waiting))) await remember(store);
}

/** @param {Store} store @param {Upload} upload on its way @returns {Upload} what the panel shows meanwhile */
function shown(store, upload) {
  const now = store.state.upload;
  return now?.latent ? now : upload;
}

/**
 * @param {Store} store @param {Upload} upload @param {string} model @param {import('./api.js').Encoded} answer
 * @param {string} seen @param {boolean} move
 */
function settle(store, upload, model, answer, seen, move) {
  const latent = Float32Array.from(answer.latents[0]);
  const std = answer.logvar ? Float32Array.from(answer.logvar[0], (value) => Math.exp(value / 2)) : null;
  const { detail } = store.state;
  const conditions = detail ? completed(detail, answer.conditions) : answer.conditions;
  const now = {
    ...upload,
    model,
    seen,
    latent,
    std,
    conditions,
    busy: runsOf(store).size > 0,
    // Said of another picture while this one was on its way: it is still true.
    failure: store.state.upload?.failure ?? '',
    waiting: store.state.upload?.waiting ?? null,
    steps: answer.steps,
    error: answer.error,
    unusual: answer.unusual?.percentile ?? null,
    distance: answer.unusual?.distance ?? null,
    reconstruction: null,
  };
  // The first point of a model that was just opened is no step: before it there was nothing to go back to.
  const amend = store.state.latent === null;
  const there = { ...movedTo(store.state, detail?.default_space ?? 'z'), latent, conditions, origin: 'upload' };
  store.set(move ? { upload: now, ...there } : { upload: now }, { amend });
}

/**
 * Undo or redo has brought back another picture, or another preparation of it: complete what it lacks, and keep that.
 * @param {Store} store @param {Api} api @param {Upload|null} before
 */
export async function broughtBack(store, api, before) {
  const { upload, detail, model } = store.state;
  if (upload === before || upload?.busy || upload?.waiting) return;
  if (!upload) {
    await keep.forget();
    return;
  }
  if (!before || WISHES.some((key) => upload[key] !== before[key])) await remember(store);
  if (store.state.upload?.latent !== upload.latent || detail?.id !== model) return;
  if (upload.model !== model) await place(store, api, { move: false });
  else if (!upload.reconstruction) await reconstruct(store, api).catch((error) => console.debug('given up:', error));
}

/** @param {Store} store @param {Api} api @param {AbortSignal} [signal] */
async function reconstruct(store, api, signal) {
  const { upload, detail, model } = store.state;
  if (!upload?.latent || !detail?.can.decode || detail.id !== model) return;
  const request = pictureRequest({ ...store.state, space: '', conditions: upload.conditions, psi: 1 });
  const reconstruction = await api.decode(detail.id, request, [upload.latent], signal);
  const now = store.state.upload;
  if (now?.file === upload.file && now.latent === upload.latent) store.set({ upload: { ...now, reconstruction } });
}

/**
 * The last placed one stays, under the sentence about the new one.
 * @param {Store} store @param {Upload} upload @param {string} failure
 * @param {Upload['waiting']} [waiting] it is sent again when the server is back
 */
function fail(store, upload, failure, waiting = null) {
  const stays = shown(store, upload);
  const text = upload.latent ? failure : `${upload.file.name}: ${failure}`;
  store.set({ upload: { ...stays, busy: runsOf(store).size > 0, failure: text, waiting } });
  if (waiting) keep.save(kept(upload));
  return false;
}

/** @param {Store} store */
async function remember(store) {
  const { upload } = store.state;
  if (!upload) return;
  const done = await keep.save(kept(upload));
  const now = store.state.upload;
  if (now?.file === upload.file) store.set({ upload: { ...now, kept: done } });
}

/** @param {Upload} upload @returns {import('./keep.js').Kept} what this browser keeps of it */
const kept = ({ file, time, skip, force, crop }) => ({ file, time, skip, force, crop });

/** @param {Store} store @param {Blob} blob @returns {string} its address in this page, until all are forgotten */
export function address(store, blob) {
  const url = URL.createObjectURL(blob);
  addresses.set(store, (addresses.get(store) ?? new Set()).add(url));
  return url;
}

/** @param {Store} store @param {File} file @param {number} time @returns {Upload} */
function fresh(store, file, time) {
  return {
    file,
    time,
    url: address(store, file),
    kept: false,
    skip: [],
    force: [],
    crop: null,
    busy: false,
    failure: '',
    waiting: null,
    model: '',
    seen: '',
    steps: [],
    error: null,
    unusual: null,
    distance: null,
    latent: null,
    std: null,
    conditions: {},
    reconstruction: null,
  };
}

/** @param {DataTransfer|null} transfer from a drop or a paste @returns {File[]} its pictures; without any, its first file */
export function filesOf(transfer) {
  const files = [...(transfer?.files ?? [])];
  const pictures = files.filter((file) => file.type.startsWith('image/'));
  return pictures.length > 0 ? pictures : files.slice(0, 1);
}

/** @param {DataTransfer|null} transfer @returns {File|null} the first of them */
export const fileOf = (transfer) => filesOf(transfer)[0] ?? null;
