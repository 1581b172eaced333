/**
 * Making a bookmark of the current point, and going to one.
 */

import { sentence } from './api.js';
import { contains, shortened } from './bookmark_file.js';
import { bookmarksOf, fitOf, MOST, newId, requestOf } from './bookmarks.js';
import { completed, movedTo, sizeIn, spaceOf } from './given.js';
import { ready, say } from './models.js';
import { draw, png } from './picture.js';
import { decode, pictureRequest } from './state.js';

/** @typedef {import('./store.js').Store} Store */
/** @typedef {import('./api.js').Api} Api */
/** @typedef {import('./state.js').State} State */
/** @typedef {import('./bookmarks.js').Bookmark} Bookmark */

/** Where a point came from is still true of its bookmark, unless it speaks of what the page held then. */
const LASTING = /^(seed:|row:|mean$)/;

/** @param {Store} store @param {Api} api @param {string} words where the point came from @returns {Promise<void>} */
export async function bookmarkHere(store, api, words) {
  const { state } = store;
  const { model, detail, latent, space, conditions, psi, noiseSeed, still, origin, upload } = state;
  const bookmarks = bookmarksOf(store);
  if (!ready(state) || !latent || !detail) return say(store, 'There is no point to keep yet.');
  await bookmarks.ready;
  if (bookmarks.list.length >= MOST) return say(store, `${MOST} bookmarks are kept: delete some first.`);
  const base = origin === 'upload' && upload ? upload.file.name.replace(/\.\w{2,5}$/, '') : nameFor(words, origin, detail.title);
  /** @type {Bookmark} */
  const made = {
    id: newId(),
    name: unused(shortened(base) || 'Point', bookmarks.list),
    time: Date.now(),
    model,
    title: detail.title,
    hash: detail.hash,
    space,
    latent,
    conditions,
    psi,
    noiseSeed,
    still,
    origin: LASTING.test(origin) ? origin : 'bookmark',
    picture: null,
  };
  if (contains(bookmarks.list, made)) return say(store, 'This point is among the bookmarks already.');
  try {
    made.picture = await pictureOf(api, model, pictureRequest(state), latent);
  } catch (error) {
    return say(store, sentence(error));
  }
  const kept = await bookmarks.put(made);
  say(store, kept ? `Bookmarked: ${made.name}` : `Bookmarked until this page closes: ${made.name}. This browser keeps nothing here.`);
}

/**
 * @param {string} words of the page, where the point came from @param {string} origin @param {string} title of the model
 * @returns {string} a name that still tells something among those of other models
 */
function nameFor(words, origin, title) {
  const model = title.split(',')[0];
  if (origin === '' || origin === 'bookmark') return `Point of ${model}`;
  if (origin === 'mean') return `Mean of ${model}`;
  return words;
}

/** @param {string} name @param {readonly Bookmark[]} list @returns {string} with a number where it is taken */
function unused(name, list) {
  const taken = new Set(list.map((one) => one.name));
  for (let count = 1; ; count++) {
    const tried = count === 1 ? name : `${name} (${count})`;
    if (!taken.has(tried)) return tried;
  }
}

/** @param {Api} api @param {string} model @param {object} request @param {Float32Array} latent @returns {Promise<Blob>} PNG */
async function pictureOf(api, model, request, latent) {
  const canvas = document.createElement('canvas');
  draw(canvas, await api.decode(model, request, [latent]));
  return png(canvas);
}

/** @param {Store} store @param {Api} api draws the pictures of what came without them, one after the other */
export async function drawMissing(store, api) {
  const bookmarks = bookmarksOf(store);
  for (const bookmark of bookmarks.list) {
    if (bookmark.picture || fitOf(bookmark, store.state.models) === 'missing') continue;
    try {
      const picture = await pictureOf(api, bookmark.model, requestOf(bookmark), bookmark.latent);
      if (bookmarks.list.includes(bookmark)) await bookmarks.put({ ...bookmark, picture });
    } catch (error) {
      console.debug('not drawn:', error); // another version of the model may refuse the point
    }
  }
}

/** @param {Store} store @param {Bookmark} bookmark */
export function goToBookmark(store, bookmark) {
  const { state } = store;
  const { latent, noiseSeed } = bookmark;
  const fit = fitOf(bookmark, state.models);
  if (fit === 'missing') return say(store, `This server does not have the model ${bookmark.title}.`);
  if (bookmark.model !== state.model || !state.detail) {
    const { view } = decode('');
    const { model, space, conditions, psi, still, origin } = bookmark;
    const { tab, crisp } = state;
    store.set({ ...view, tab, crisp, model, space, latent, conditions, psi, noiseSeed, still, origin, warning: '' });
  } else {
    const { detail } = state;
    const space = bookmark.space || detail.default_space;
    if (latent.length !== sizeIn(detail, space))
      return say(store, `That point has ${latent.length} numbers, and this version of the model takes another count.`);
    store.set({
      ...movedTo(state, space),
      latent,
      conditions: completed(detail, bookmark.conditions),
      psi: detail.can.psi ? bookmark.psi : 1,
      noiseSeed,
      still: bookmark.still && detail.can.noise,
      origin: bookmark.origin,
    });
  }
  if (fit === 'differs') say(store, `Made with another version of ${bookmark.title}, so the picture may differ.`);
}

/**
 * @param {Readonly<State>} state @param {Bookmark} bookmark
 * @returns {boolean} whether it is a point of the space that is open, which A and B can be too
 */
export const isHere = (state, { model, space, latent }) =>
  ready(state) &&
  state.detail !== null &&
  model === state.model &&
  (space || state.detail.default_space) === spaceOf(state) &&
  latent.length === sizeIn(state.detail, spaceOf(state));
