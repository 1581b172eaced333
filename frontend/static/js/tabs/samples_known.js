/**
 * Known pictures beside what the model makes of them, and what their ranks say of the model in a sentence.
 */

import { conditionsOfRow } from '../given.js';
import { latentOf } from '../points.js';

/** @typedef {import('../api.js').Raw} Raw */
/** @typedef {import('../state.js').State} State */
/** @typedef {import('../points.js').Points} Points */
/** @typedef {import('../measures.js').Measures} Measures */

/** The end of a list of which something can be said. */
const SHARE = 0.05;

/**
 * @param {Readonly<State>} state @param {import('../api.js').Api} api @param {Points} points @param {number[]} rows
 * @param {AbortSignal} signal
 * @returns {Promise<{raw: Raw, index: number}[][]>} of each row the picture, then its reconstruction where the set has
 *   originals: without truncation and in its own class, as its error was measured
 */
export async function pictured(state, api, points, rows, signal) {
  const { detail } = state;
  const set = detail?.sets.find(({ name }) => name === points.set);
  if (!detail || !set || rows.length === 0) return rows.map(() => []);
  const originals = await api.pictures(detail.id, points.set, rows, signal);
  const found = rows.map((_, index) => [{ raw: originals, index }]);
  if (!set.pictures) return found;
  for (const [key, own] of byClass(state, points, rows)) {
    const conditions = JSON.parse(key);
    const request = { model: detail.id, hash: detail.hash, space: set.space, conditions };
    const drawn = await api.decode(detail.id, request, own.map((at) => latentOf(points, rows[at])), signal);
    own.forEach((at, index) => found[at].push({ raw: drawn, index }));
  }
  return found;
}

/**
 * One request names one class for all its rows.
 * @param {Readonly<State>} state @param {Points} points @param {number[]} rows
 * @returns {Map<string, number[]>} conditions as JSON to places in `rows`
 */
function byClass(state, points, rows) {
  const conditions = state.detail?.default_conditions ?? {};
  /** @type {Map<string, number[]>} */
  const groups = new Map();
  rows.forEach((row, at) => {
    const key = JSON.stringify(conditionsOfRow({ ...state, conditions }, points, row));
    groups.set(key, [...(groups.get(key) ?? []), at]);
  });
  return groups;
}

/**
 * @param {'error'|'unusual'} kind @param {Points} points @param {Measures} measures
 * @param {number[]} order the rows, the far end first @param {number[]} classes to which the list is narrowed
 * @returns {string}
 */
export function insight(kind, points, measures, order, classes) {
  const count = Math.floor(order.length * SHARE);
  const only = classes.map((index) => points.categories[index]).filter(Boolean);
  const narrowed = only.length > 0 ? `Only ${only.join(', ')}, as picked out on the map. ` : '';
  const unit =
    kind === 'error'
      ? 'Below each picture its reconstruction, and the mean squared error between the two.'
      : 'Below each picture its reconstruction, and its mean distance to the ten nearest in standard deviations.';
  if (count < 5) return `${narrowed}${unit}`;
  const far = order.slice(0, count);
  const said = [both(kind, measures, order, far), classes.length === 1 ? '' : commonest(points, order, far), unit];
  return narrowed + said.filter(Boolean).join(' ');
}

/** @param {'error'|'unusual'} kind */
const nameOf = (kind) => (kind === 'error' ? 'the 5% drawn worst' : 'the 5% most unusual');

/** @param {'error'|'unusual'} kind @param {Measures} measures @param {number[]} order @param {number[]} far */
function both(kind, measures, order, far) {
  const other = kind === 'error' ? measures.distance : measures.error;
  const comparable = order.filter((row) => Number.isFinite(other[row])).sort((a, b) => other[b] - other[a]);
  if (comparable.length < order.length) return '';
  const extreme = new Set(comparable.slice(0, far.length));
  const share = far.filter((row) => extreme.has(row)).length / far.length;
  const others = nameOf(kind === 'error' ? 'unusual' : 'error');
  return `Of ${nameOf(kind)}, ${percent(share)} are also among ${others}; chance would give 5%.`;
}

/** @param {Points} points @param {number[]} order @param {number[]} far @returns {string} the class that most of them have */
function commonest(points, order, far) {
  if (points.categories.length < 2) return '';
  const [all, own] = [order, far].map((rows) => {
    const shares = points.categories.map(() => 0);
    for (const row of rows) if (points.labels[row] >= 0) shares[points.labels[row]] += 1 / rows.length;
    return shares;
  });
  const most = own.indexOf(Math.max(...own));
  return `${percent(own[most])} of them are ${points.categories[most]}, which is ${percent(all[most])} of all.`;
}

/** @param {number} share */
const percent = (share) => `${Math.round(100 * share)}%`;
