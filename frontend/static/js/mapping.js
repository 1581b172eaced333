/**
 * From the wanted map to the one that is shown: its rows and positions are fetched together; a map that is not there yet is
 * a job, and the old one stays until it is done.
 */

import { ApiError, sentence, superseded } from './api.js';
import { Grid } from './grid.js';
import { chosen, mapQuery, PLAIN_MAP, writeMap } from './map_choice.js';
import { defaultSet, nothing, rowsOf } from './points.js';

/** @typedef {import('./store.js').Store} Store */
/** @typedef {import('./api.js').Api} Api */
/** @typedef {import('./api.js').ModelDetail} ModelDetail */
/** @typedef {import('./points.js').Mapped} Mapped */
/** @typedef {import('./map_choice.js').MapChoice} MapChoice */

/** @param {ModelDetail} detail @param {Readonly<MapChoice>} choice @returns {string} name of its set, '' for a model without */
export const setOf = (detail, choice) =>
  (detail.sets.find((set) => set.name === choice.set) ?? defaultSet(detail))?.name ?? '';

/**
 * Bring the wanted map. When it has to be made first, `follow` is given the job and says whether it came to a good end; with
 * nothing on the page meanwhile, the plain map of the same set is shown.
 * @param {Store} store @param {Api} api @param {(job: import('./jobs.js').Job) => Promise<boolean>} follow
 */
export async function loadMap(store, api, follow) {
  const { detail, map: choice } = store.state;
  const set = detail ? setOf(detail, choice) : '';
  if (!detail || set === '' || shows(store.state.mapped, detail, choice)) return;
  const wanted = () => alike(store.state.detail, detail, set) && writeMap(store.state.map) === writeMap(choice);
  const own = { detail, text: writeMap(choice) };
  const other = underway.get(store);
  if (other && alike(other.detail, detail, set) && other.text === own.text) return; // a second job would stop the first
  underway.set(store, own);
  const bring = async (/** @type {Readonly<MapChoice>} */ what) => {
    const [rows, answer] = await Promise.all([rowsOf(api, detail, set), api.projection(detail.id, mapQuery(what, set))]);
    if (answer.map && wanted()) {
      show(store, mapped(rows, what, answer.map));
      if (!answer.map.facts.trust) judge(store, api);
    }
    return answer.job;
  };
  try {
    const job = await bring(choice);
    if (!job) return;
    if (store.state.mapped?.model !== detail.id) await bring(chosen(PLAIN_MAP, { set: choice.set }));
    const made = await follow(job);
    if (!wanted()) return;
    if (!made) back(store);
    else if (await bring(choice)) throw new ApiError('internal', 'The map was made, but the server does not give it.');
  } catch (error) {
    if (!superseded(error) && wanted()) fail(store, error, set);
  } finally {
    if (underway.get(store) === own) underway.delete(store);
  }
}

/** @type {WeakMap<Store, {detail: ModelDetail, text: string}>} what a store is waiting for */
const underway = new WeakMap();

/**
 * @param {ModelDetail|null} one @param {ModelDetail} other @param {string} set
 * @returns {boolean} whether the set is the same one of the same model; another set may have come or gone beside it
 */
function alike(one, other, set) {
  const hash = (/** @type {ModelDetail} */ { sets }) => sets.find(({ name }) => name === set)?.hash;
  return one?.id === other.id && one.hash === other.hash && hash(one) === hash(other);
}

/** @param {Mapped|null} shown @param {ModelDetail} detail @param {Readonly<MapChoice>} choice */
const shows = (shown, detail, choice) =>
  shown?.model === detail.id && writeMap(shown.choice) === writeMap(choice) && !shown.failure;

/** @param {Store} store @param {Mapped} mapped */
function show(store, mapped) {
  const { mapped: before, selection } = store.state;
  const ours = before !== null && before.model === mapped.model; // another map has another extent
  const beyond = selection !== null && selection[selection.length - 1] >= mapped.count; // rows of a set that has changed
  store.set({ mapped, ...(ours && { extent: null }), ...(beyond && { selection: null }) }, { amend: true });
}

/** @param {Store} store @param {Api} api the map first: how far to trust it takes longer to find out */
async function judge(store, api) {
  const { mapped } = store.state;
  if (!mapped) return;
  try {
    const { trust } = await api.projectionTrust(mapped.model, mapped.query);
    if (store.state.mapped === mapped) store.set({ judged: { of: mapped, trust: trust ?? null } }, { amend: true });
  } catch (error) {
    if (!superseded(error)) console.debug(sentence(error)); // the map is there all the same
  }
}

/** @param {Store} store what is wanted is again what is shown */
function back(store) {
  const { mapped } = store.state;
  store.set({ map: mapped?.model === store.state.model ? mapped.choice : PLAIN_MAP }, { amend: true });
}

/** @param {Store} store @param {unknown} error @param {string} set */
function fail(store, error, set) {
  const { mapped, model, map } = store.state;
  if (mapped?.model === model && !mapped.failure) {
    store.set({ notice: { text: sentence(error), at: Date.now() } });
    back(store);
    return;
  }
  const none = { positions: new Float32Array(0), facts: {} };
  store.set({ mapped: { ...mappedOf(nothing(model, set), map, none), failure: sentence(error) } });
}

/** @param {import('./points.js').Points} rows @param {Readonly<MapChoice>} choice @param {import('./api.js').Projection} map */
function mapped(rows, choice, map) {
  if (map.positions.length !== choice.dims * rows.count)
    throw new TypeError('the map has another number of points than the set');
  return mappedOf(rows, choice, map);
}

/** @param {import('./points.js').Points} rows @param {Readonly<MapChoice>} choice @param {import('./api.js').Projection} map @returns {Mapped} */
function mappedOf(rows, choice, { positions, facts }) {
  const { dims } = choice;
  return {
    ...rows,
    choice,
    query: mapQuery(choice, rows.set),
    dims,
    positions,
    explained: facts.explained ?? null,
    trust: facts.trust ?? null,
    grid: new Grid(dims === 2 ? positions : firstTwo(positions)),
  };
}

/** @param {Float32Array} positions (N, 3) @returns {Float32Array} (N, 2) */
function firstTwo(positions) {
  const flat = new Float32Array((positions.length / 3) * 2);
  for (let from = 0, to = 0; from < positions.length; from += 3, to += 2) {
    flat[to] = positions[from];
    flat[to + 1] = positions[from + 1];
  }
  return flat;
}
