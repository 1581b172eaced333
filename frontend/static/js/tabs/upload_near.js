/**
 * Three ways to be near: the known pictures nearest by pixels, by latent and by factor. That they differ is the
 * semantic gap.
 */

import { form, sentence, superseded } from '../api.js';
import { el } from '../dom.js';
import { notable, titled } from '../factors.js';
import { takenRow } from '../models.js';
import { newest } from '../newest.js';
import { draw } from '../picture.js';
import { labelOf, loadPoints } from '../points.js';
import { placedHere } from './upload_fold.js';
import { percent } from './upload_measures.js';

/** @typedef {import('../store.js').Store} Store */
/** @typedef {import('../api.js').Api} Api */
/** @typedef {{row: number, distance: number}} Neighbour */
/** @typedef {{name: string, kind: string, value: number|null, category: string|null, trust: number, used: boolean}} Reading */
/**
 * @typedef {Object} Explained
 * @property {string|null} set
 * @property {number|null} known
 * @property {Neighbour[]|null} by_pixels
 * @property {Neighbour[]|null} by_latent
 * @property {Neighbour[]|null} by_factors
 * @property {Reading[]} readings
 * @property {number|null} strange percent of the known pictures that have a nearer one by pixels
 */

const TRUST = ' Trust: 100% where held-out pictures are always read right, 0% where guessing does as well.';
/** So many percent of the known pictures are nearer to one another: what was learnt from them need not hold here. */
const STRANGE = 99;

const SENSES = /** @type {const} */ ([
  ['by_pixels', 'By pixels', 'The same places are light and dark.'],
  ['by_latent', 'By latent', 'What this model takes to be alike.'],
  ['by_factors', 'By factor', 'The same things made both pictures.'],
]);

/** @param {HTMLElement} root @param {import('./upload_fold.js').Lifetime} life @param {Store} store @param {Api} api */
export function nearSection(root, life, store, api) {
  const told = el('p', { testid: 'near-told' });
  const rows = SENSES.map(([sense, title, words]) => senseRow(sense, title, words, store));
  const read = el('p', { class: 'second', testid: 'readings' });
  root.append(told, ...rows.map((row) => row.element), read);
  const show = (/** @type {Explained} */ found) => {
    told.textContent = overlap(found);
    const set = store.state.detail?.sets.find((one) => one.name === found.set)?.title ?? '';
    read.textContent = readingWords(found, set);
    for (const row of rows) row.show(found);
  };
  let { id: model } = store.state.detail ?? { id: undefined };
  const blank = () => {
    told.textContent = read.textContent = '';
    for (const row of rows) row.blank();
  };
  const fetcher = newest(async (/** @type {null} */ _, signal) => {
    const { state } = store;
    const [upload, { detail }] = [placedHere(state), state];
    if (!upload || !detail) return;
    root.classList.add('busy');
    try {
      const found = await explain(api, detail.id, upload, signal);
      const raw = await pictures(api, detail.id, found, signal);
      await loadPoints(store, api);
      if (store.state.detail !== detail || placedHere(store.state)?.latent !== upload.latent) return;
      show(found);
      if (raw) for (const row of rows) row.draw(raw);
    } catch (wrong) {
      if (superseded(wrong)) throw wrong;
      told.textContent = sentence(wrong);
      throw wrong;
    } finally {
      root.classList.remove('busy');
    }
  });
  life.add(
    fetcher.stop,
    store.watch(
      (state) => [placedHere(state)?.latent, state.detail, state.tab],
      (state) => {
        if (state.detail?.id !== model) blank();
        model = state.detail?.id;
        if (placedHere(state) && state.tab === 'upload') fetcher.ask(null);
      },
    ),
  );
}

/**
 * @param {Api} api @param {string} id @param {import('../uploads.js').Upload} upload @param {AbortSignal} signal
 * @returns {Promise<Explained>}
 */
async function explain(api, id, upload, signal) {
  const body = form(upload.file, { ...upload, given: upload.conditions });
  const path = `/api/models/${encodeURIComponent(id)}/explain`;
  return (await api.fetch(path, { method: 'POST', body, signal })).json();
}

/** @typedef {{raw: import('../api.js').Raw, at: Map<number, number>}} Pictures each row's place among them */

/**
 * @param {Api} api @param {string} id @param {Explained} found @param {AbortSignal} signal
 * @returns {Promise<Pictures|null>} of all rows, each once
 */
async function pictures(api, id, found, signal) {
  const rows = [...new Set(SENSES.flatMap(([sense]) => (found[sense] ?? []).map(({ row }) => row)))];
  if (!found.set || rows.length === 0) return null;
  const raw = await api.pictures(id, found.set, rows, signal);
  return { raw, at: new Map(rows.map((row, index) => [row, index])) };
}

/**
 * @param {(typeof SENSES)[number][0]} sense @param {string} title @param {string} words @param {Store} store
 * @returns {{element: HTMLElement, show: (found: Explained) => void, blank: () => void, draw: (pictures: Pictures) => void}}
 */
function senseRow(sense, title, words, store) {
  const list = el('ol', { class: 'near-list', testid: `near-${sense.slice(3)}` }, ...blanks());
  const none = el('p', { class: 'second', hidden: true, text: 'Nothing to compare by here.' });
  const element = el(
    'section',
    { class: 'near-row', 'aria-label': `Nearest ${title.toLowerCase()}` },
    el('div', { class: 'near-head' }, el('h3', { text: title }), el('p', { class: 'second', text: words })),
    list,
    none,
  );
  /** @type {Neighbour[]} */
  let shown = [];
  return {
    element,
    show: (found) => {
      shown = found[sense] ?? [];
      none.hidden = shown.length > 0;
      list.replaceChildren(...shown.map((one) => el('li', {}, neighbour(one, found.set ?? '', store))));
    },
    blank: () => {
      none.hidden = true;
      list.replaceChildren(...blanks());
    },
    draw: ({ raw, at }) =>
      list.querySelectorAll('canvas').forEach((canvas, index) => draw(canvas, raw, at.get(shown[index].row) ?? 0)),
  };
}

/** @returns {HTMLElement[]} as large as what comes: nothing moves then */
const blanks = () =>
  Array.from({ length: 5 }, () => el('li', { class: 'near-blank' }, el('span', { class: 'thumb' }), el('span', { text: '\u00a0' })));

/** @param {Neighbour} one @param {string} set @param {Store} store a press goes to that picture's point */
function neighbour({ row, distance }, set, store) {
  const { points } = store.state;
  const here = points && points.set === set && row < points.count ? points : null;
  const label = here ? labelOf(here, row) || notable(here.factors, row, here.categories)[0] || '' : '';
  const take = () => {
    const { state } = store;
    if (here && state.points === here) store.set(takenRow(state, here, row));
  };
  const facts = here ? notable(here.factors, row, here.categories).join(', ') : '';
  return el(
    'button',
    {
      type: 'button',
      class: 'near-one',
      'aria-label': `${label || 'Picture'} ${row}: go there`,
      title: `#${row}${facts ? ` \u00b7 ${facts}` : ''} \u00b7 distance ${distance.toFixed(2)}`,
      disabled: !here,
      testid: 'neighbour',
      on: { click: take },
    },
    el('canvas', { class: 'thumb crisp', width: 1, height: 1, 'aria-hidden': 'true' }),
    el('span', { text: label || `#${row}` }),
  );
}

/** @param {Explained} found @returns {string} how far the three senses agree */
function overlap({ by_pixels: pixels, by_latent: latent, by_factors: factors, known }) {
  const rows = (/** @type {Neighbour[]|null} */ list) => new Set((list ?? []).map(({ row }) => row));
  const first = known === null ? '' : 'Your picture is one of the known ones; it is left out of its own neighbours. ';
  if (!latent || !pixels) return `${first}${latent ? '' : 'There are no known pictures to compare with.'}`;
  const shared = (/** @type {Neighbour[]|null} */ list) => latent.filter(({ row }) => rows(list).has(row)).length;
  const byFactor = factors ? `, ${shared(factors) || 'none'} among the nearest by factor` : '';
  return `${first}Of the ${latent.length} nearest by latent, ${shared(pixels) || 'none'} ${shared(pixels) === 1 ? 'is' : 'are'} also among the nearest by pixels${byFactor}.`;
}

/** @param {Explained} found @param {string} set its title @returns {string} how the factors were found out, and how far to believe them */
function readingWords({ readings, known, strange }, set) {
  if (readings.length === 0) return '';
  const told = (/** @type {Reading} */ one) => `${titled(one.name)} ${one.category ?? short(one.value ?? 0)}`;
  if (known !== null) return `Its factors are known: ${readings.map(told).join(', ')}.`;
  const [used, rest] = [readings.filter((one) => one.used), readings.filter((one) => !one.used)];
  const how = `read off the pixels by ridge regression, learnt from the known pictures (${set})`;
  const good = used.length
    ? `Read as ${used.map((one) => `${told(one)} (trust ${percent(100 * one.trust)})`).join(', ')}: ${how}.`
    : `No factor could be ${how}.`;
  const bad = rest.length && used.length ? ` Not to be read this way, and left out: ${rest.map((one) => titled(one.name)).join(', ')}.` : '';
  const doubt =
    used.length && (strange ?? 0) >= STRANGE
      ? ' By its pixels, hardly any known picture is as unlike all others as yours is: take these for guesses.'
      : '';
  return good + bad + doubt + (used.length ? TRUST : '');
}

/** @param {number} value */
const short = (value) => (Math.abs(value) >= 10 ? value.toFixed(0) : value.toFixed(2)).replace('-', '\u2212');
