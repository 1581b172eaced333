/**
 * Bookmarks as a JSON file, to be handed on. It holds the points and names each model's hash; pictures are drawn again
 * from the points.
 */

import { MOST, newId } from './bookmarks.js';

/** @typedef {import('./bookmarks.js').Bookmark} Bookmark */

const FORMAT = 'latent-explorer-bookmarks';
const VERSION = 1;
/** Of the file; a thousand latents of 512 numbers are a tenth of it. */
const MOST_BYTES = 64 * 2 ** 20;
const NAME = /^[A-Za-z0-9][A-Za-z0-9._+-]{0,63}$/;

/** @param {readonly Bookmark[]} bookmarks @returns {Blob} */
export function written(bookmarks) {
  const entries = bookmarks.map(({ name, time, model, title, hash, space, latent, conditions, psi, noiseSeed, still }) => ({
    name,
    made: new Date(time).toISOString(),
    model,
    title,
    hash,
    ...(space && { space }),
    latent: Array.from(latent),
    ...(Object.keys(conditions).length > 0 && { conditions }),
    ...(psi !== 1 && { psi }),
    ...(noiseSeed !== 0 && { noise_seed: noiseSeed }),
    ...(still && { noise: false }),
  }));
  // One line a bookmark: a person can still read the file, and a latent is no page long.
  const lines = entries.map((entry) => `    ${JSON.stringify(entry)}`).join(',\n');
  const text = `{\n  "format": "${FORMAT}",\n  "version": ${VERSION},\n  "bookmarks": [\n${lines}\n  ]\n}\n`;
  return new Blob([text], { type: 'application/json' });
}

/**
 * @param {Blob} file
 * @returns {Promise<Bookmark[]>}
 * @throws {RangeError} with a sentence that says what is wrong
 */
export async function read(file) {
  if (file.size > MOST_BYTES) throw new RangeError('This file is too large to be one of bookmarks.');
  let document;
  try {
    document = JSON.parse(await file.text());
  } catch {
    throw new RangeError('This is no file of bookmarks: it cannot be read as JSON.');
  }
  if (document?.format !== FORMAT || !Array.isArray(document.bookmarks))
    throw new RangeError('This is no file of bookmarks: choose one that Export has made.');
  if (document.version !== VERSION)
    throw new RangeError('This file was made by a newer version of Latent Explorer and cannot be read here.');
  if (document.bookmarks.length > MOST) throw new RangeError(`A file can bring in ${MOST} bookmarks at most.`);
  return document.bookmarks.map(entry);
}

/** @param {any} raw @param {number} index @returns {Bookmark} */
function entry(raw, index) {
  const refuse = (/** @type {string} */ what) => {
    throw new RangeError(`Nothing was imported: bookmark ${index + 1} of the file ${what}.`);
  };
  if (typeof raw !== 'object' || raw === null) refuse('is empty');
  const { name, made, model, title, hash, space = '', latent, conditions = {}, psi = 1, noise_seed: seed = 0 } = raw;
  if (typeof model !== 'string' || !NAME.test(model)) refuse('names no model');
  if (typeof hash !== 'string' || !/^[0-9a-f]{16}$/.test(hash)) refuse('does not say which version of the model it is from');
  if (typeof space !== 'string' || (space && !NAME.test(space))) refuse('names a space that cannot be');
  if (!Array.isArray(latent) || latent.length === 0 || latent.length > 65_536 || !latent.every(coordinate))
    refuse('has no latent: a list of numbers from \u221210,000 to 10,000 is needed');
  if (typeof conditions !== 'object' || conditions === null || !Object.entries(conditions).every(condition))
    refuse('has a condition that is no class');
  if (!(typeof psi === 'number' && psi >= 0 && psi <= 2)) refuse('has a truncation \u03c8 that is not in 0 to 2');
  if (!whole(seed, 2 ** 32 - 1)) refuse('has a noise seed that is no whole number');
  const time = Date.parse(made);
  return {
    id: newId(),
    name: shortened(name) || 'Bookmark',
    time: Number.isFinite(time) ? Math.min(time, Date.now()) : Date.now(),
    model,
    title: shortened(title) || model,
    hash,
    space,
    latent: Float32Array.from(latent),
    conditions: { ...conditions },
    psi,
    noiseSeed: seed,
    still: raw.noise === false,
    origin: 'bookmark',
    picture: null,
  };
}

/** @param {unknown} value as the server bounds it */
const coordinate = (value) => typeof value === 'number' && Math.abs(value) <= 1e4;

/** @param {unknown} value @param {number} most */
const whole = (value, most) => Number.isInteger(value) && Number(value) >= 0 && Number(value) <= most;

/** @param {[string, unknown]} pair */
const condition = ([id, index]) => NAME.test(id) && whole(index, 1e6);

/** @param {unknown} text @returns {string} of a length that a list can show */
export const shortened = (text) => (typeof text === 'string' ? text.replaceAll(/\s+/g, ' ').trim().slice(0, 80) : '');

/**
 * @param {readonly Bookmark[]} list @param {Bookmark} bookmark
 * @returns {boolean} whether the same point of the same model is in the list
 */
export const contains = (list, bookmark) => list.some((one) => key(one) === key(bookmark));

/** @param {Bookmark} bookmark */
const key = ({ model, hash, space, latent, conditions, psi, noiseSeed, still }) =>
  JSON.stringify([model, hash, space, Array.from(latent), conditions, psi, noiseSeed, still]);
