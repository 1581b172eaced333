/**
 * What colours the points of the map: a class, a factor, a dimension, an error, a distance. One word of colour each row.
 */

import { dimName } from './dom.js';
import { titled } from './factors.js';
import { slidersOf } from './given.js';
import { belongTo } from './row_facts.js';

/** @typedef {import('./points.js').Mapped} Mapped */
/** @typedef {import('./colours.js').Palette} Palette */
/** @typedef {import('./state.js').State} State */

/**
 * @typedef {Object} Meaning what a colour says
 * @property {string} title
 * @property {string[]} names of the categories; empty for numbers
 * @property {Int32Array|null} codes (N,) index into `names`, -1 for unknown
 * @property {Float32Array|null} numbers (N,) NaN for unknown
 * @property {number} low what the scale begins at
 * @property {number} high what it ends at
 */

const SAMPLE = 20_000;
const OUT = 0.005; // so large a share at each end may lie beyond the scale: one outlier shall not take all colours

/** @param {Readonly<State>} state @returns {{id: string, title: string, known: boolean}[]} by what the map can be coloured */
export function choicesOf(state) {
  const { mapped, rowFacts, detail } = state;
  if (!mapped || !detail) return [];
  const facts = rowFacts && belongTo(rowFacts, mapped) ? rowFacts : null;
  const labelled = mapped.categories.length > 0;
  const own = mapped.factors.filter(({ categories }) => !labelled || String(categories) !== String(mapped.categories));
  const space = detail.sets.find((set) => set.name === mapped.set)?.space ?? 'z';
  return [
    { id: '', title: labelled ? 'Class' : 'Density', known: true },
    ...own.map(({ name }) => ({ id: `factor:${name}`, title: sentenceCase(titled(name)), known: true })),
    { id: 'error', title: 'Reconstruction error', known: !facts || facts.error !== null },
    { id: 'unusual', title: 'How unusual', known: !facts || facts.unusual !== null },
    { id: 'distance', title: 'Distance to your point', known: state.latent?.length === mapped.size },
    ...Array.from({ length: mapped.size }, (_, dim) => ({ id: `dim:${dim}`, title: dimName(dim, space), known: true })),
  ];
}

/** @param {string} text */
const sentenceCase = (text) => text.charAt(0).toUpperCase() + text.slice(1);

/** @param {Readonly<State>} state @param {Mapped} mapped @returns {Meaning} of the chosen colour; of the first where that is not known */
export function meaningOf(state, mapped) {
  const choice = choicesOf(state).find(({ id, known }) => known && id === state.colour) ?? { id: '', title: 'Class' };
  const [kind, name = ''] = choice.id.split(/:(.*)/);
  const { title } = choice;
  if (kind === 'factor') {
    const factor = mapped.factors.find((one) => one.name === name);
    if (factor?.numbers) return ofNumbers(title, factor.numbers);
    if (factor?.codes) return ofCodes(title, factor.categories, factor.codes);
  }
  if (kind === 'dim') return ofNumbers(title, columnOf(mapped, Number(name)));
  if (kind === 'distance' && state.latent) return ofNumbers(title, distancesOf(mapped, state.latent, scalesOf(state, mapped)));
  if (kind === 'error' || kind === 'unusual') {
    const numbers = state.rowFacts?.[kind];
    if (numbers) return ofNumbers(title, numbers);
  }
  if (mapped.categories.length > 0) return ofCodes('Class', mapped.categories, mapped.labels);
  return ofNumbers('Points close by', densityOf(mapped));
}

/** @param {string} title @param {string[]} names @param {Int32Array} codes @returns {Meaning} */
const ofCodes = (title, names, codes) => ({ title, names, codes, numbers: null, low: 0, high: 0 });

/** @param {string} title @param {Float32Array} numbers @returns {Meaning} */
function ofNumbers(title, numbers) {
  const step = Math.max(1, Math.floor(numbers.length / SAMPLE));
  const some = [];
  for (let i = 0; i < numbers.length; i += step) if (Number.isFinite(numbers[i])) some.push(numbers[i]);
  const sorted = Float64Array.from(some).sort();
  const at = (/** @type {number} */ share) => sorted[Math.round(share * (sorted.length - 1))] ?? 0;
  const [low, high] = [at(OUT), at(1 - OUT)];
  return { title, names: [], codes: null, numbers, low, high: high > low ? high : low + 1 };
}

/** @param {Mapped} mapped @param {number} dim @returns {Float32Array} (N,) */
export function columnOf({ latents, count, size }, dim) {
  const column = new Float32Array(count);
  for (let i = 0; i < count; i++) column[i] = latents[i * size + dim];
  return column;
}

/**
 * What each dimension counts: the active ones in standard deviations, as the server measures neighbours and what is
 * unusual; all alike where no dimension is known to be active.
 * @param {Readonly<State>} state @param {Mapped} mapped @returns {Float32Array} (D,)
 */
function scalesOf(state, { size }) {
  const scales = new Float32Array(size);
  for (const { dim, active, std } of slidersOf(state)) if (active && std > 0 && dim < size) scales[dim] = 1 / std;
  return scales.some((scale) => scale > 0) ? scales : scales.fill(1);
}

/**
 * @param {Mapped} mapped @param {Float32Array} latent @param {Float32Array} scales (D,)
 * @returns {Float32Array} (N,) Euclidean, each dimension times its scale
 */
export function distancesOf({ latents, count, size }, latent, scales) {
  const distances = new Float32Array(count);
  for (let i = 0, at = 0; i < count; i++) {
    let sum = 0;
    for (let dim = 0; dim < size; dim++, at++) sum += ((latents[at] - latent[dim]) * scales[dim]) ** 2;
    distances[i] = Math.sqrt(sum);
  }
  return distances;
}

/** @param {Mapped} mapped @returns {Float32Array} (N,) how many points share the cell, in the grid's own cells */
function densityOf({ grid, count }) {
  const density = new Float32Array(count);
  for (let cell = 0; cell + 1 < grid.starts.length; cell++)
    for (let at = grid.starts[cell]; at < grid.starts[cell + 1]; at++)
      density[grid.members[at]] = grid.starts[cell + 1] - grid.starts[cell];
  return density;
}

/** @param {Meaning} meaning @param {number} count N @param {Palette} palette @returns {Uint32Array} (N,) words */
export function wordsOf({ codes, numbers, low, high }, count, { classes, scale, faint }) {
  const words = new Uint32Array(count);
  if (codes) {
    for (let i = 0; i < count; i++) words[i] = codes[i] < 0 ? faint : classes[codes[i] % classes.length];
  } else if (numbers) {
    const last = scale.length - 1;
    const factor = last / (high - low);
    for (let i = 0; i < count; i++) {
      const step = (numbers[i] - low) * factor;
      words[i] = step >= 0 ? scale[step > last ? last : step | 0] : step < 0 ? scale[0] : faint;
    }
  }
  return words;
}
