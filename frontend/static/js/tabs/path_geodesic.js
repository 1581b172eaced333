/**
 * Finds the geodesic through the keyframes while that road is chosen: a job a stretch, one after the other. A stretch
 * that was found before is answered at once, so another keyframe costs only its own stretches.
 */

import { sentence, superseded } from '../api.js';
import { runJob } from '../jobs.js';
import { methodOf } from '../models.js';
import { newest } from '../newest.js';
import { pictureRequest } from '../state.js';
import { keyframesOf, roadFits, roadKey } from '../walk.js';

/** @typedef {import('../store.js').Store} Store */
/** @typedef {import('../api.js').Api} Api */
/** @typedef {import('../walk.js').Road} Road */
/** @typedef {{points: number[][], weight: number, decoded: number}} Found what the server answers for a stretch */
/** @typedef {{find: () => void, stop: () => void}} Search */

const REST_MS = 500;

/** @type {WeakMap<Store, Search>} */
const searches = new WeakMap();

/** @param {Store} store @param {Api} api @returns {Search} the one search of the page, begun when first asked for */
export function searchOf(store, api) {
  const known = searches.get(store);
  if (known) return known;
  const made = search(store, api);
  searches.set(store, made);
  return made;
}

/** @param {Store} store @param {Api} api @returns {Search} */
function search(store, api) {
  let running = new AbortController();
  const rest = newest(async () => find(), { wait: REST_MS });
  const find = () => {
    running.abort();
    running = new AbortController();
    if (keyframesOf(store.state).length > 0) follow(store, api, running.signal);
  };
  const stop = () => running.abort();
  store.watch(
    (state) => [methodOf(state), ...roadKey(state)],
    (state) => {
      if (roadFits(state)) return;
      stop();
      if (/** @type {string} */ (methodOf(state)) === 'geodesic' && keyframesOf(state).length > 0) rest.ask(null);
    },
  );
  return { find, stop };
}

/** @param {Store} store @param {Api} api @param {AbortSignal} signal */
async function follow(store, api, signal) {
  const { state } = store;
  const key = roadKey(state);
  if (roadFits(state) && state.road?.state !== 'failed' && state.road?.state !== 'stopped') return;
  /** @type {Road} */
  let road = {
    key,
    state: 'running',
    progress: null,
    message: 'Starting.',
    points: null,
    preview: null,
    facts: null,
  };
  const tell = (/** @type {Partial<Road>} */ news) => {
    const ours = store.state.road?.key === key || road.message === 'Starting.';
    road = { ...road, ...news };
    if (ours) store.set({ road });
  };
  tell({});
  try {
    const found = await stretches(store.state, api, signal, tell);
    tell({ state: 'done', progress: 1, message: '', preview: null, ...found });
  } catch (error) {
    const stopped = superseded(error);
    tell({ state: stopped ? 'stopped' : 'failed', message: stopped ? 'Stopped.' : sentence(error) });
  }
}

/**
 * @param {Readonly<import('../state.js').State>} state @param {Api} api @param {AbortSignal} signal
 * @param {(news: Partial<Road>) => void} tell
 * @returns {Promise<Pick<Road, 'points'|'facts'>>}
 */
async function stretches(state, api, signal, tell) {
  const keyframes = keyframesOf(state);
  const count = keyframes.length - 1;
  const path = `/api/models/${encodeURIComponent(state.model)}/paths/geodesic`;
  /** @type {Found[]} */
  const found = [];
  for (let index = 0; index < count; index++) {
    const latents = [keyframes[index], keyframes[index + 1]].map((point) => Array.from(point));
    const init = {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...pictureRequest(state), latents, weight: state.weight }),
    };
    const onjob = (/** @type {import('../jobs.js').Job} */ { progress, message, partial }) =>
      tell({
        progress: progress === null ? null : (index + progress) / count,
        message: count > 1 ? `${message.replace(/\.$/, '')}: stretch ${index + 1} of ${count}.` : message,
        ...(count === 1 && partial?.points && { preview: packed([partial.points]) }),
      });
    found.push(await (await runJob(api, path, init, { signal, onjob })).json());
  }
  const decoded = found.reduce((sum, one) => sum + one.decoded, 0) / count;
  return { points: packed(found.map(({ points }) => points)), facts: { decoded, weight: found[0].weight } };
}

/** @param {number[][][]} roads one begins where the last one ends @returns {Float32Array} (N, D) of all, each point once */
function packed(roads) {
  return Float32Array.from(roads.flatMap((points, index) => (index === 0 ? points : points.slice(1))).flat());
}
