/**
 * The faces whose styles can be mixed: A, what is kept on the way, B, the current point, and the model's bookmarks.
 */

import { requestOf } from '../bookmarks.js';
import { spaceOf } from '../given.js';
import { layersOf, PLUS, tiled } from '../styles.js';

/** @typedef {{id: string, name: string, short: string, plus: Float32Array}} Source `plus`: (layers * D,) of w+ */

/** As many rows or columns as can still be seen at a glance. */
export const MOST = 6;
const AT_FIRST = 4;

/**
 * @param {Readonly<import('../state.js').State>} state
 * @param {readonly import('../bookmarks.js').Bookmark[]} bookmarks
 * @returns {Source[]} none in z: its points have no style yet
 */
export function sourcesOf(state, bookmarks) {
  const { detail, model, a, b, via, latent } = state;
  const layers = layersOf(detail);
  const size = detail?.sizes.w ?? 0;
  if (!detail || detail.id !== model || layers === 0 || size === 0) return [];
  const plusOf = (/** @type {Float32Array|null} */ point, /** @type {string} */ space) => {
    if (point?.length === size && space === 'w') return tiled(point, layers);
    return point?.length === size * layers && space === PLUS ? point : null;
  };
  const here = spaceOf(state);
  /** @type {Source[]} */
  const found = [];
  const add = (/** @type {string} */ id, /** @type {string} */ short, /** @type {string} */ name, /** @type {Float32Array|null} */ plus) => {
    if (plus) found.push({ id, name, short, plus });
  };
  add('a', 'A', 'A', plusOf(a, here));
  via.forEach((point, index) => add(`via-${index}`, String(index + 1), `Between A and B: ${index + 1}`, plusOf(point, here)));
  add('b', 'B', 'B', plusOf(b, here));
  add('now', 'Now', 'The current point', plusOf(latent, here));
  for (const bookmark of bookmarks) {
    if (bookmark.model !== model || bookmark.hash !== detail.hash) continue;
    add(`bookmark-${bookmark.id}`, bookmark.name, bookmark.name, plusOf(bookmark.latent, bookmark.space || detail.default_space));
  }
  return found;
}

/**
 * @param {Source[]} sources
 * @returns {Source[]} what stands in the table until somebody chooses: what is kept, and the current point where less
 *   than two are
 */
export function startingWith(sources) {
  const kept = sources.filter(({ id }) => id !== 'now').slice(0, AT_FIRST);
  return kept.length < 2 ? sources.slice(0, AT_FIRST) : kept;
}
