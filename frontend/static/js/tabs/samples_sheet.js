/**
 * A sheet of draws: from the prior, another sampler of the model, or one class. Each picture has a seed of its own, so
 * that a sheet can be found again, and each of its pictures alone.
 */

import { sentence, superseded } from '../api.js';
import { button, el, grouped, partHead } from '../dom.js';
import { generates, GIVEN, spaceOf } from '../given.js';
import { same } from '../latent.js';
import { ready } from '../models.js';
import { newest } from '../newest.js';
import { draw } from '../picture.js';
import { pictureRequest } from '../state.js';
import { itemsFor, take } from './samples_keep.js';
import { sources } from './samples_source.js';
import { tiles } from './samples_tiles.js';

/** @typedef {import('../store.js').Store} Store */
/** @typedef {import('../api.js').Api} Api */
/** @typedef {import('../state.js').State} State */
/** @typedef {{key: string, hash: string, space: string, seed: number, latents: Float32Array[], unusual: number[]|null}} Sheet */

export const COUNT = 24;
const LAST = 2 ** 32 - COUNT;
/** Farther out than this share of held-out pictures is far. */
const FAR = 95;
const ELSEWHERE = 'Distances are to the test pictures as the encoder places them; a generator\u2019s own draws lie elsewhere.';

/** @param {Store} store @param {Api} api @returns {{element: HTMLElement, end: () => void}} */
export function sheet(store, api) {
  const words = el('p', { class: 'second number samples-words', role: 'status', testid: 'sheet-words' });
  const draws = drawn(store, api, words);
  const source = sources(store);
  const seeds = seedLine(store);
  const none = el('p', { class: 'empty-words', hidden: true, text: 'This model brings nothing to draw from.' });
  const element = el(
    'section',
    { class: 'samples-part', 'aria-label': 'Samples' },
    partHead('Samples', null, ...source.elements),
    seeds.element,
    none,
    draws.element,
    words,
  );
  const ends = [
    draws.end,
    source.end,
    seeds.end,
    store.watch(
      (state) => [state.detail],
      ({ detail }) => {
        const empty = detail?.status === 'ready' && !detail.can.sample;
        none.hidden = !empty;
        for (const part of [draws.element, seeds.element, words]) part.hidden = empty;
      },
    ),
  ];
  return { element, end: () => ends.forEach((end) => end()) };
}

/**
 * The pictures themselves.
 * @param {Store} store @param {Api} api @param {HTMLElement} words says how far out they lie, or what went wrong
 */
function drawn(store, api, words) {
  /** @type {Sheet|null} */
  let known = null;
  /** Until the sheet of another model or space is there, the old one's points are of no use. */
  const found = (/** @type {number} */ index) => {
    const { state } = store;
    if (known?.hash !== state.detail?.hash || known?.space !== spaceOfDraws(state)) return null;
    const { latents, space, seed } = known;
    return { latent: latents[index], space, origin: `seed:${seed + index}` };
  };
  const grid = tiles({
    label: 'Sheet of samples',
    testid: 'sheet',
    take: (index) => {
      const one = found(index);
      if (one) take(store, one);
    },
    items: (index) => {
      const one = found(index);
      return one ? itemsFor(store, one) : [];
    },
  });
  const canvases = grid.fill(Array.from({ length: COUNT }, (_, index) => ({ label: `Sample ${index + 1}` })));
  const mark = () => {
    const { origin, latent } = store.state;
    const at = origin.startsWith('seed:') && known ? Number(origin.slice(5)) - known.seed : -1;
    grid.mark(same(known?.latents[at] ?? null, latent) ? at : -1);
  };
  const fetcher = newest(async (_, signal) => {
    const { state } = store;
    if (!state.detail?.can.sample || !ready(state) || state.tab !== 'samples') return;
    try {
      known = await fetched(state, api, known, signal);
      const request = { ...pictureRequest(state), space: spaceOfDraws(state) }; // nothing is drawn in w+
      const raw = await api.decode(state.model, request, known.latents, signal);
      const { seed, unusual } = known;
      const far = generates(state) ? null : unusual;
      grid.fill(canvases.map((_, index) => describe(seed + index, far?.[index])));
      canvases.forEach(([canvas], index) => draw(canvas, raw, index));
      words.textContent = unusual && generates(state) ? ELSEWHERE : wordsOf(unusual);
      mark();
    } catch (error) {
      if (!superseded(error)) words.textContent = sentence(error);
      throw error;
    }
  });
  const ends = [
    fetcher.stop,
    store.watch(
      (state) => [state.tab, state.detail, ready(state), state.sampler, state.sheet, ...GIVEN.map((key) => state[key])],
      () => fetcher.ask(null),
    ),
    store.watch((state) => [state.origin, state.latent], mark),
  ];
  return { element: grid.element, end: () => ends.forEach((end) => end()) };
}

/**
 * @param {Readonly<State>} state @param {Api} api @param {Sheet|null} known @param {AbortSignal} signal
 * @returns {Promise<Sheet>} what is known already, if that is what the state asks for
 */
async function fetched(state, api, known, signal) {
  const path = sheetPath(state);
  const [hash, space] = [state.detail?.hash ?? '', spaceOfDraws(state)];
  const key = `${path} ${hash}`;
  if (known?.key === key) return known;
  const { latents, seed, unusual } = await api.json(path, signal);
  return { key, hash, space, seed, unusual, latents: latents.map((/** @type {number[]} */ row) => Float32Array.from(row)) };
}

/** @param {Readonly<State>} state @returns {string} z is drawn in only by who moves in it */
export const spaceOfDraws = (state) => (spaceOf(state) === 'z' ? 'z' : (state.detail?.default_space ?? 'z'));

/** @param {Readonly<State>} state */
function sheetPath(state) {
  const { detail, model, sheet: seed, sampler } = state;
  const inZ = spaceOfDraws(state) !== detail?.default_space;
  const query = new URLSearchParams({ seed: String(Math.min(seed, LAST)), count: String(COUNT) });
  if (inZ) query.set('space', 'z');
  else if (sampler) query.set('sampler', sampler);
  return `/api/models/${encodeURIComponent(model)}/sample/sheet?${query}`;
}

/** @param {number} seed @param {number|undefined} share @returns {import('./samples_tiles.js').Tile} */
function describe(seed, share) {
  const label = `Seed ${grouped(seed)}${share === undefined ? '' : `, unusual ${Math.round(share)}%`}`;
  return { label, far: share !== undefined && share > FAR };
}

/** @param {number[]|null} unusual @returns {string} how many lie far out, where there is data to compare with */
function wordsOf(unusual) {
  if (!unusual) return 'How unusual they are cannot be said: no data came with this model in this space.';
  const far = unusual.filter((share) => share > FAR).length;
  const which = far === 0 ? 'None' : far === unusual.length ? `All ${far}` : `${far} of ${unusual.length}`;
  const dot = far > 0 ? ': those with a dot' : '';
  return `${which} ${far === 1 ? 'lies' : 'lie'} farther from the data than ${FAR}% of real pictures${dot}.`;
}

/** @param {Store} store @returns {{element: HTMLElement, end: () => void}} which seeds are shown */
function seedLine(store) {
  const go = (/** @type {number} */ seed) => store.set({ sheet: Math.max(0, Math.min(LAST, Math.round(seed))) });
  const input = el('input', {
    type: 'number',
    class: 'samples-seed number',
    id: 'sheet-seed',
    min: 0,
    max: LAST,
    step: 1,
    testid: 'sheet-seed',
  });
  input.addEventListener('change', () => {
    if (Number.isFinite(input.valueAsNumber)) go(input.valueAsNumber);
    input.value = String(store.state.sheet);
  });
  const to = el('span', { class: 'number second' });
  const back = button({
    label: 'The sheet before',
    icon: 'chevron',
    class: 'samples-back',
    testid: 'sheet-back',
    press: () => go(store.state.sheet - COUNT),
  });
  const next = button({
    label: 'The next sheet',
    icon: 'chevron',
    class: 'samples-next',
    testid: 'sheet-next',
    press: () => go(store.state.sheet + COUNT),
  });
  const any = button({
    label: 'Other seeds',
    title: 'A sheet with seeds nobody has chosen. The same seeds always give the same pictures.',
    testid: 'sheet-any',
    press: () => go(1 + Math.floor(Math.random() * 99_999)),
  });
  const element = el(
    'div',
    { class: 'samples-seeds' },
    el('label', { class: 'second', for: 'sheet-seed', text: 'Seeds' }),
    input,
    to,
    back,
    next,
    any,
  );
  const end = store.watch(
    (state) => [state.sheet],
    ({ sheet: seed }) => {
      input.value = String(seed);
      to.textContent = `to ${grouped(seed + COUNT - 1)}`;
      back.disabled = seed === 0;
      next.disabled = seed >= LAST;
    },
  );
  return { element, end };
}
