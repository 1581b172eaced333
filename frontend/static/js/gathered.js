/**
 * Several pictures given at once: where the open model places each of them, to pick from. They stay in this page, for
 * an hour at most; the server is sent one after the other and keeps none.
 */

import { ApiError, sentence, superseded } from './api.js';
import { keptForUpload } from './given.js';
import { HOUR } from './keep.js';
import { pictureRequest } from './state.js';
import { address, takeFile } from './uploads.js';

/** @typedef {import('./store.js').Store} Store */
/** @typedef {import('./api.js').Api} Api */

/**
 * @typedef {Object} Gathered
 * @property {File} file
 * @property {string} url of the picture, for this page only
 * @property {string} model id of the model the rest belongs to; '' before any has placed it
 * @property {import('./api.js').Raw|null} reconstruction
 * @property {number|null} error mean squared
 * @property {number|null} unusual percentile
 * @property {string} failure a sentence, where it could not be placed
 */

/** More than a screen shows of them helps nobody to pick. */
export const MOST = 24;

/**
 * Take one picture, or the first of several, with a row of all of them to pick from.
 * @param {Store} store @param {Api} api @param {File[]} files
 */
export function takeFiles(store, api, files) {
  if (files.length === 0) return;
  if (files.length > 1) gather(store, files);
  takeFile(store, api, files[0]);
}

/** @param {Store} store @param {File[]} files */
function gather(store, files) {
  const gathered = files.slice(0, MOST).map((file) => ({ file, url: address(store, file), ...NOT_PLACED }));
  const left = files.length - gathered.length;
  const notice = left > 0 ? { text: `The first ${MOST} pictures were taken, ${left} left out.`, at: Date.now() } : null;
  store.set({ gathered, tab: 'upload', ...(notice && { notice }) });
  setTimeout(() => store.state.gathered[0]?.file === gathered[0].file && store.set({ gathered: [] }), HOUR);
}

const NOT_PLACED = Object.freeze({ model: '', reconstruction: null, error: null, unusual: null, failure: '' });

/**
 * Place, one after the other, those that the open model has not placed yet.
 * @param {Store} store @param {Api} api @param {AbortSignal} signal
 */
export async function placeGathered(store, api, signal) {
  const { detail } = store.state;
  if (!detail?.can?.encode) return;
  for (;;) {
    const next = store.state.gathered.find((one) => one.model !== detail.id);
    if (!next || store.state.detail !== detail || signal.aborted) return;
    const placed = await placeOne(store, api, next.file, signal);
    const gathered = store.state.gathered.map((one) =>
      one.file === next.file ? { ...one, ...NOT_PLACED, ...placed, model: detail.id } : one,
    );
    store.set({ gathered });
  }
}

/**
 * @param {Store} store @param {Api} api @param {File} file @param {AbortSignal} signal
 * @returns {Promise<Partial<Gathered>>}
 */
async function placeOne(store, api, file, signal) {
  const { detail, conditions: chosen } = store.state;
  if (!detail) return {};
  const how = { skip: [], force: [], given: keptForUpload(detail, chosen) };
  try {
    const { latents, conditions, error, unusual } = await api.encode(detail.id, file, how, signal);
    const request = pictureRequest({ ...store.state, space: '', psi: 1, conditions });
    const reconstruction = detail.can.decode
      ? await api.decode(detail.id, request, [Float32Array.from(latents[0])], signal)
      : null;
    return { reconstruction, error: error?.mse ?? null, unusual: unusual?.percentile ?? null };
  } catch (wrong) {
    if (superseded(wrong) || (wrong instanceof ApiError && wrong.code === 'offline')) throw wrong; // it is tried again
    return { failure: sentence(wrong) };
  }
}
