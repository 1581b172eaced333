/**
 * Answers that a job may have to find first, and what the sections of the map have in common.
 */

import { ApiError } from '../api.js';
import { spaceOf } from '../given.js';

/** @typedef {import('../api.js').Api} Api */
/** @typedef {import('../state.js').State} State */

/** @param {string} id @returns {string} */
export const modelPath = (id) => `/api/models/${encodeURIComponent(id)}`;

/** @param {string} id @param {string} set @returns {string} */
export const setPath = (id, set) => `${modelPath(id)}/sets/${encodeURIComponent(set)}`;

/**
 * @param {Api} api @param {string} path @param {import('../panels/job_line.js').JobLine} line shows the job, if there is one
 * @param {AbortSignal} signal
 * @returns {Promise<Response|null>} null: the job was cancelled, or failed, which the line then says
 */
export async function known(api, path, line, signal) {
  for (let tries = 0; tries < 2; tries++) {
    const answer = await api.fetch(path, { signal });
    if (answer.status !== 202) return answer;
    if (!(await line.follow(api, await answer.json()))) return null;
    signal.throwIfAborted();
  }
  throw new ApiError('internal', 'It was computed, but the server does not give it.');
}

/** @param {Readonly<State>} state @returns {import('../points.js').Mapped|null} the map of the open model that is shown */
export const shownMap = ({ mapped, detail }) => (mapped && mapped.model === detail?.id && mapped.count > 0 ? mapped : null);

/** @param {Readonly<State>} state @param {string} set @returns {string} the space of a set */
export const spaceOfSet = ({ detail }, set) => detail?.sets.find((one) => one.name === set)?.space ?? '';

/** @param {Readonly<State>} state @returns {boolean} whether the current point is one of the space of the map that is shown */
export const onMap = (state) => {
  const mapped = shownMap(state);
  return mapped !== null && state.latent?.length === mapped.size && spaceOf(state) === spaceOfSet(state, mapped.set);
};

/** @param {number} share 0 to 1 @returns {string} like 12%, or 0.4% */
export const share = (share) => {
  const percent = 100 * share;
  return `${percent > 0 && percent < 9.95 ? percent.toFixed(1).replace(/\.0$/, '') : percent.toFixed(0)}%`;
};

/** @param {number} value three digits, without an exponent where a person would write none */
export const short = (value) =>
  (value !== 0 && Math.abs(value) < 0.001 ? value.toExponential(1) : String(Number(value.toPrecision(3)))).replace('-', '\u2212');

/** @param {number} count @param {string} one @param {string} [many] @returns {string} like `1 picture`, `3 pictures` */
export const counted = (count, one, many = `${one}s`) => `${count.toLocaleString('en-US')} ${count === 1 ? one : many}`;
