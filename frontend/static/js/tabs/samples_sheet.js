/**
 * A sheet of draws: from the prior, another sampler of the model, or one class. Each picture has a seed of its own, so
 * that a sheet can be found again, and each of its pictures alone.
 */

import { button, el, grouped, partHead } from '../dom.js';
import { GIVEN, spaceOf } from '../given.js';
import { ready } from '../models.js';
import { newest } from '../newest.js';
import { draw } from '../picture.js';
import { sentence, superseded } from '../api.js';
import { pictureRequest } from '../state.js';
import { itemsFor, take } from './samples_keep.js';
import { sources } from './samples_source.js';
import { tiles } from './samples_tiles.js';

/** @typedef {import('../store.js').Store} Store */
/** @typedef {import('../api.js').Api} Api */
/** @typedef {import('../state.js').State} State */
/** @typedef {{key: string, seed: number, latents: Float32Array[], unusual: number[]|null}} Sheet */

export const COUNT = 24;
const LAST = 2 ** 32 - COUNT;
/** Farther out than this share of held-out pictures is far. */
const FAR = 95;

/** @param {Store} store @param {Api} api @returns {{element: HTMLElement, end: () => void}} */
export function sheet(store, api) {
  /** @type {Sheet|null} */
  let known = null;
  const words = el('p', { class: 'second number samples-words', role: 'status', testid: 'sheet-words' });
  const found = (/** @type {number} */ index) => ({
    latent: /** @type {Sheet} */ (known).latents[index],
    space: spaceOfDraws(store.state),
    origin: `seed:${/** @type {Sheet} */ (known).seed + index}`,
  });
  const grid = tiles({
    label: 'Sheet of samples',
    testid: 'sheet',
    take: (index) => known && take(store, found(index)),
    items: (index) => (known ? itemsFor(store, found(index)) : []),
  });
  const canvases = grid.fill(Array.from({ length: COUNT }, (_, index) => ({ label: `Sample ${index + 1}` })));
  const mark = () => {
    const seed = Number(/^seed:(\d+)$/.exec(store.state.origin)?.[1] ?? NaN) - (known?.seed ?? NaN);
    grid.mark(known?.latents[seed] && same(known.latents[seed], store.state.latent) ? seed : -1);
  };
  const fetcher = newest(async (_, signal) => {
    const { state } = store;
    if (!state.detail?.can.sample || !ready(state) || state.tab !== 'samples') return;
    try {
      const path = sheetPath(state);
      if (known?.key !== path + state.detail.hash) {
        const { latents, seed, unusual } = await api.json(path, signal);
        known = { key: path + state.detail.hash, latents: latents.map(row), seed, unusual };
      }
      const raw = await api.decode(state.model, pictureRequest(state), known.latents, signal);
      grid.fill(known.latents.map((_, index) => describe(/** @type {Sheet} */ (known), index)));
      canvases.forEach(([canvas], index) => draw(canvas, raw, index));
      words.textContent = wordsOf(known);
      mark();
    } catch (error) {
      if (!superseded(error)) words.textContent = sentence(error);
      throw error;
    }
  });
  const source = sources(store);
  const seeds = seedLine(store);
  const none = el('p', { class: 'empty-words', hidden: true, text: 'This model brings nothing to draw from.' });
  const element = el(
    'section',
    { class: 'samples-part', 'aria-label': 'Samples' },
    partHead('Samples', null, ...source.elements),
    seeds.element,
    none,
    grid.element,
    words,
  );
  const ends = [
    fetcher.stop,
    source.end,
    seeds.end,
    store.watch(
      (state) => [state.tab, state.detail, ready(state), state.sampler, state.sheet, ...GIVEN.map((key) => state[key])],
      ({ detail }) => {
        const empty = detail !== null && detail.can?.sample === false;
        none.hidden = !empty;
        for (const part of [grid.element, seeds.element, words]) part.hidden = empty;
        fetcher.ask(null);
      },
    ),
    store.watch((state) => [state.origin, state.latent], mark),
  ];
  return { element, end: () => ends.forEach((end) => end()) };
}

/** @param {Readonly<State>} state @returns {string} z is drawn in only by who moves in it */
export const spaceOfDraws = (state) => (spaceOf(state) === 'z' ? 'z' : (state.detail?.default_space ?? 'z'));

/** @param {Readonly<State>} state */
function sheetPath(state) {
  const { detail, model, sheet: seed, sampler } = state;
  const in_z = spaceOfDraws(state) !== detail?.default_space;
  const query = new URLSearchParams({ seed: String(Math.min(seed, LAST)), count: String(COUNT) });
  if (in_z) query.set('space', 'z');
  else if (sampler) query.set('sampler', sampler);
  return `/api/models/${encodeURIComponent(model)}/sample/sheet?${query}`;
}

/** @param {Sheet} known @param {number} index @returns {import('./samples_tiles.js').Tile} */
function describe({ seed, unusual }, index) {
  const share = unusual?.[index];
  const label = `Seed ${grouped(seed + index)}${share === undefined ? '' : `, unusual ${Math.round(share)}%`}`;
  return { label, far: share !== undefined && share > FAR };
}

/** @param {Sheet} known @returns {string} how many lie far out, where there is data to compare with */
function wordsOf({ unusual }) {
  if (!unusual) return 'How unusual they are cannot be said: no data came with this model in this space.';
  const far = unusual.filter((share) => share > FAR).length;
  const all = unusual.length;
  const which = far === 0 ? 'None' : far === all ? `All ${all}` : `${far} of ${all}`;
  return `${which} ${far === 1 ? 'lies' : 'lie'} farther from the data than ${FAR}% of real pictures${far ? ': those with a dot' : ''}.`;
}

/** @param {number[]} values */
const row = (values) => Float32Array.from(values);

/** @param {Float32Array} a @param {Float32Array|null} b */
const same = (a, b) => b !== null && a.length === b.length && a.every((value, index) => value === b[index]);

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
