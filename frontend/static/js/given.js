/**
 * What decides the picture beside the latent: the class of a conditional model, the space, truncation and noise.
 */

import { carried, layersOf, PLUS } from './styles.js';

/** @typedef {import('./api.js').ModelDetail} ModelDetail */
/** @typedef {import('./api.js').Condition} Condition */
/** @typedef {import('./state.js').State} State */

/** Their names in the state. */
export const GIVEN = /** @type {const} */ (['space', 'conditions', 'psi', 'noiseSeed', 'still']);

/** The condition that steps through a model's training. */
export const SNAPSHOT = 'snapshot';

/** Models that learnt to draw and not to encode. */
const GENERATORS = ['gan', 'cgan', 'stylegan'];

/** @param {Readonly<State>} state @returns {boolean} whether what the encoder says of data does not hold for its draws */
export const generates = ({ detail }) => GENERATORS.includes(detail?.kind ?? '');

/** @param {Readonly<State>} state @returns {string} the space of the current point */
export const spaceOf = ({ space, detail }) => space || (detail?.default_space ?? 'z');

/** @param {ModelDetail} detail @param {string} space '' for the default @returns {number} numbers a latent; 0: no such space */
export const sizeIn = (detail, space) => (space ? (detail.sizes[space] ?? 0) : detail.latent);

/** @param {Readonly<State>} state @returns {number} numbers a style: those of a point of w+ repeat; else the latent's own */
export const styleSize = (state) => (state.detail ? sizeIn(state.detail, spaceOf(state) === PLUS ? 'w' : state.space) : 0);

/** @param {Readonly<State>} state @returns {import('./api.js').Slider[]} of the space that is moved in */
export function slidersOf(state) {
  const { detail } = state;
  if (!detail) return [];
  return (spaceOf(state) === 'z' && detail.z_sliders) || detail.sliders;
}

/**
 * @param {ModelDetail} detail
 * @param {Record<string, number>} conditions
 * @returns {Record<string, number>} a class for each condition of the model: the one that is there, or its first
 */
export function completed(detail, conditions) {
  const entries = detail.conditions.map(({ id, classes }) => {
    const index = conditions[id];
    return [id, Number.isInteger(index) && index >= 0 && index < classes ? index : detail.default_conditions[id]];
  });
  return Object.fromEntries(entries);
}

/**
 * A picture has a class, but no step of a training: of all conditions, only that one is kept for an upload.
 * @param {ModelDetail} detail @param {Record<string, number>} conditions @returns {Record<string, number>}
 */
export const keptForUpload = (detail, conditions) =>
  detail.conditions.some(({ id }) => id === SNAPSHOT) && conditions[SNAPSHOT] !== undefined
    ? { [SNAPSHOT]: conditions[SNAPSHOT] }
    : {};

/**
 * @param {Readonly<State>} state
 * @param {import('./points.js').Points} points @param {number} index row of the set
 * @returns {Record<string, number>} the conditions with the row's own class, for a model that takes one of these classes
 */
export function conditionsOfRow({ detail, conditions }, points, index) {
  const label = points.labels[index];
  const own = detail?.conditions.find(({ id, classes }) => id !== SNAPSHOT && classes === points.categories.length);
  return own && label >= 0 ? { ...conditions, [own.id]: label } : conditions;
}

/**
 * @param {Readonly<State>} state @param {string} space of a point that is to be shown
 * @returns {Partial<State>} kept points are points of one space: they stay there, but between w and w+ they come along
 */
export const movedTo = (state, space) =>
  space === spaceOf(state) ? {} : { space: space === state.detail?.default_space ? '' : space, ...keptIn(state, space) };

/** @param {Readonly<State>} state @param {string} space @returns {Partial<State>} */
function keptIn(state, space) {
  const layers = layersOf(state.detail);
  if (layers === 0 || spaceOf(state) === 'z' || (space !== 'w' && space !== PLUS)) return NOTHING_KEPT;
  const { a, b, via, terms } = state;
  const [keptA, keptB, ...between] = [a, b, ...via].map((point) => carried(point, space, layers));
  const whole = between.every((point) => point !== null);
  return {
    ...NOTHING_KEPT,
    a: keptA,
    b: keptB,
    via: whole ? /** @type {Float32Array[]} */ (between) : [],
    terms: terms.map((point) => carried(point, space, layers)),
  };
}

/** No point kept, and nothing said of single dimensions: they belong to one space of one model. */
export const NOTHING_KEPT = Object.freeze({
  a: null,
  b: null,
  via: /** @type {Float32Array[]} */ ([]),
  terms: [null, null, null],
  locks: /** @type {number[]} */ ([]),
  axes: /** @type {number[]} */ ([]),
  chosen: /** @type {number[]} */ ([]),
});

/** @param {Condition} condition @returns {string} */
export const titleOf = ({ id }) =>
  id === SNAPSHOT ? 'Training step' : id.charAt(0).toUpperCase() + id.slice(1).replaceAll(/[_-]/g, ' ');

/** @param {Condition} condition @returns {string[]} a name for each class */
export const labelsOf = ({ classes, labels }) =>
  Array.from({ length: classes }, (_, index) => labels[index] ?? String(index));
