/**
 * Which values the dimensions of a traversal take: over the data, over the prior, or as far as the person says.
 */

import { slidersOf, spaceOf } from '../given.js';

/**
 * @typedef {Object} Axis
 * @property {number} dim
 * @property {number[]} values
 * @property {number|null} mean of the Gaussian whose quantiles the values are; null for even steps
 * @property {number|null} std
 */

/** @typedef {import('../state.js').State} State */
/** @typedef {Map<number, Axis>} Axes by dimension */

const CROSS = 9;
const WHOLE = 21;
const KEPT = 12;
const MOST_LANES = 32;
const OPEN = 10; // as many as the slider column opens with

/** @param {Readonly<State>} state @returns {boolean} whether two dimensions are all there is */
export const isPlane = (state) => slidersOf(state).length === 2;

/** @param {Readonly<State>} state @returns {number[]} across and up; fewer where the model has fewer */
export function gridDims(state) {
  const sliders = slidersOf(state);
  if (state.axes.length === 2 && known(sliders, state.axes)) return state.axes;
  const two = sliders.slice(0, 2).map(({ dim }) => dim);
  return isPlane(state) ? two.sort((a, b) => a - b) : two;
}

/** @param {Readonly<State>} state @returns {number[]} whose strips are shown, as many as there is room for */
export function stripDims(state) {
  return wantedDims(state).slice(0, MOST_LANES);
}

/** @param {Readonly<State>} state @returns {number[]} all of them, whether there is room or not */
export function wantedDims(state) {
  const sliders = slidersOf(state);
  if (state.chosen.length > 0 && known(sliders, state.chosen)) return state.chosen;
  return sliders.slice(0, state.unfolded ? undefined : OPEN).map(({ dim }) => dim);
}

/** @param {import('../api.js').Slider[]} sliders @param {number[]} dims @returns {boolean} a link can name others */
const known = (sliders, dims) => dims.every((dim) => sliders.some((slider) => slider.dim === dim));

/** @param {Readonly<State>} state @returns {boolean} whether the range is one of the person's own */
export const isFree = ({ reach }) => reach !== '' && reach !== 'prior';

/** @param {Readonly<State>} state @returns {boolean} whether the model says where its latents should lie */
export const hasPrior = ({ detail }) => detail?.manifest?.latent?.prior !== 'empirical';

/**
 * @param {import('../api.js').Api} api
 * @returns {(state: Readonly<State>, view: 'grid'|'strips') => Promise<Axes>} the last few are kept: the same
 *   object for the same question
 */
export function axesFrom(api) {
  /** @type {Map<string, Promise<Axes>>} */
  const kept = new Map();
  return (state, view) => {
    const address = addressOf(state, view);
    const key = `${state.detail?.hash} ${address}`;
    const found = kept.get(key);
    if (found) return found;
    const asked = api
      .json(address)
      .then(({ axes }) => new Map(axes.map((/** @type {Axis} */ axis) => [axis.dim, axis])));
    asked.catch(() => kept.delete(key));
    kept.set(key, asked);
    if (kept.size > KEPT) kept.delete(kept.keys().next().value ?? '');
    return asked;
  };
}

/** @param {Readonly<State>} state @param {'grid'|'strips'} view */
function addressOf(state, view) {
  const all = view === 'grid' && isPlane(state);
  const query = new URLSearchParams({
    space: spaceOf(state),
    reach: state.reach || 'data',
    spacing: all && !isFree(state) ? 'quantiles' : 'even',
    steps: String(all ? WHOLE : CROSS),
  });
  return `/api/models/${encodeURIComponent(state.model)}/axes?${query}`;
}

/** @param {Readonly<State>} state @returns {boolean} whether 0 is the middle of the prior in this space */
const isCentred = (state) => spaceOf(state) === 'z' && hasPrior(state);

/** @param {Readonly<State>} state @returns {string} what the values are, in words */
export function reachWords(state) {
  const { reach } = state;
  if (isFree(state)) return `\u00b1${reach}${isCentred(state) ? '' : ' around the mean of the data'}`;
  if (reach === 'prior') return isPlane(state) ? 'the prior' : 'the middle 98% of the prior';
  return isPlane(state) ? 'the data' : 'the middle 98% of the data';
}
