/**
 * Style mixing, for a StyleGAN whose every layer takes a style of its own (Karras et al. 2019, figure 3): a table in which
 * each picture keeps its row's styles, but for one group of layers that it takes from its column.
 */

import { bookmarksOf } from '../bookmarks.js';
import { button, el } from '../dom.js';
import { movedTo, spaceOf } from '../given.js';
import { newest } from '../newest.js';
import { menu } from '../panels/menu.js';
import { pictureRequest } from '../state.js';
import { groupsOf, layersOf, mixed, PLUS } from '../styles.js';
import { MOST, sourcesOf, startingWith } from './mixing_sources.js';
import { mixingTable } from './mixing_table.js';

/** @typedef {import('../store.js').Store} Store */
/** @typedef {import('../api.js').Api} Api */
/** @typedef {import('../state.js').State} State */
/** @typedef {import('../styles.js').Group} Group */
/** @typedef {import('./mixing_sources.js').Source} Source */
/** @typedef {{rows: Source[], columns: Source[], latents: Float32Array[]}} Plan of w+, row by row */

const GROUPS = /** @type {Record<Group, string>} */ ({ coarse: 'Coarse', middle: 'Middle', fine: 'Fine' });

/** @param {Store} store @param {Api} api @returns {{element: HTMLElement, end: () => void}} */
export function mixing(store, api) {
  const bookmarks = bookmarksOf(store);
  /** @type {{rows: string[]|null, columns: string[]|null, group: Group}} null: what is there decides */
  const choice = { rows: null, columns: null, group: 'coarse' };
  const words = el('p', { class: 'second mixing-words' });
  const found = el('p', { class: 'second number mixing-found', testid: 'mixing-found' });
  const table = mixingTable((row, column) => take(row, column));
  const groups = groupButtons((group) => {
    choice.group = group;
    draw();
  });
  const pickers = /** @type {const} */ (['rows', 'columns']).map((side) =>
    sourcePicker(side, {
      items: () => sourcesOf(store.state, bookmarks.list),
      chosen: () => plan()[side].map(({ id }) => id),
      choose: (ids) => {
        choice[side] = ids;
        draw();
      },
    }),
  );
  const element = el(
    'section',
    { class: 'mixing', hidden: true, 'aria-label': 'Style mixing', testid: 'mixing' },
    el(
      'header',
      { class: 'part-head' },
      el('h2', { text: 'Style mixing' }),
      groups.element,
      el('span', { class: 'push' }),
      ...pickers.map((picker) => picker.element),
    ),
    words,
    table.element,
    found,
  );

  const plan = () => planOf(store.state, sourcesOf(store.state, bookmarks.list), choice);
  const take = (/** @type {number} */ row, /** @type {number} */ column) => {
    const { rows, columns, latents } = plan();
    const latent = column < 0 ? rows[row]?.plus : row < 0 ? columns[column]?.plus : latents[row * columns.length + column];
    if (latent) store.set({ ...movedTo(store.state, PLUS), latent, origin: '' });
  };
  const fetcher = newest(async (_, signal) => {
    const { state } = store;
    const { rows, columns, latents } = plan();
    if (element.hidden || latents.length === 0) return;
    const all = [...latents, ...rows.map(({ plus }) => plus), ...columns.map(({ plus }) => plus)];
    const raw = await api.decode(state.model, { ...pictureRequest(state), space: PLUS }, all, signal);
    table.draw(raw);
    const share = shareTaken(raw, rows, columns);
    found.textContent =
      share === null ? '' : `These layers change the pictures ${Math.round(100 * share)}% as much as the whole style of the column would.`;
  });
  const draw = () => {
    const { state } = store;
    element.hidden = layersOf(state.detail) === 0 || state.detail?.id !== state.model;
    if (element.hidden) return;
    const { rows, columns, latents } = plan();
    const empty = latents.length === 0;
    groups.show(choice.group);
    table.shape(rows, columns);
    table.element.hidden = empty;
    words.textContent = empty ? emptyWords(state) : groupWords(choice.group, layersOf(state.detail));
    if (empty) found.textContent = '';
    fetcher.ask(null);
  };
  const news = new AbortController();
  bookmarks.addEventListener('change', draw, { signal: news.signal });
  const end = store.watch(
    (state) => [state.a, state.b, state.via, state.detail, state.model, state.space, state.psi, state.noiseSeed, state.still],
    draw,
  );
  const live = store.watch(
    (state) => [state.latent],
    () => {
      if (!element.hidden && [...plan().rows, ...plan().columns].some(({ id }) => id === 'now')) draw();
    },
  );
  return {
    element,
    end: () => {
      end();
      live();
      news.abort();
      fetcher.stop();
    },
  };
}

/**
 * @param {Readonly<State>} state @param {Source[]} sources
 * @param {{rows: string[]|null, columns: string[]|null, group: Group}} choice
 * @returns {Plan} nothing where there is nothing to mix
 */
function planOf(state, sources, choice) {
  const layers = layersOf(state.detail);
  const pick = (/** @type {string[]|null} */ ids) => (ids ? sources.filter(({ id }) => ids.includes(id)) : startingWith(sources));
  const [rows, columns] = [pick(choice.rows), pick(choice.columns)];
  if (layers === 0 || sources.length < 2 || rows.length === 0 || columns.length === 0) return { rows: [], columns: [], latents: [] };
  const range = groupsOf(layers)[choice.group];
  return { rows, columns, latents: rows.flatMap((row) => columns.map((column) => mixed(row.plus, column.plus, range, layers))) };
}

/** @param {Group} group @param {number} layers */
function groupWords(group, layers) {
  const [from, to] = groupsOf(layers)[group];
  const named = to - from === 1 ? `layer ${to}` : `layers ${from + 1} ${to - from === 2 ? 'and' : 'to'} ${to}`;
  return `Each picture keeps its row\u2019s style, but for ${named} of ${layers}, which its column gives. Click one to go there.`;
}

/**
 * @param {import('../api.js').Raw} raw all pairs row by row, then the rows, then the columns
 * @param {Source[]} rows @param {Source[]} columns
 * @returns {number|null} root mean squared change of a row's picture by the mixing, over that to the column's picture;
 *   null where no two sources differ
 */
function shareTaken({ data, shape }, rows, columns) {
  const size = data.length / shape[0];
  const squared = (/** @type {number} */ one, /** @type {number} */ other) => {
    let sum = 0;
    for (let i = 0; i < size; i++) sum += (data[one * size + i] - data[other * size + i]) ** 2;
    return sum;
  };
  let [changed, whole] = [0, 0];
  rows.forEach((_row, line) =>
    columns.forEach((_column, at) => {
      const row = rows.length * columns.length + line;
      changed += squared(line * columns.length + at, row);
      whole += squared(row, rows.length * columns.length + rows.length + at);
    }),
  );
  return whole > 0 ? Math.sqrt(changed / whole) : null;
}

/** @param {Readonly<State>} state */
const emptyWords = (state) =>
  spaceOf(state) === 'z'
    ? 'Styles are mixed in W: choose it above the sliders.'
    : 'Keep two pictures as A and B, or bookmark some: each pair of them is mixed here, some layers from one, the rest from the other.';

/** @param {(group: Group) => void} choose */
function groupButtons(choose) {
  const names = /** @type {Group[]} */ (Object.keys(GROUPS));
  const buttons = names.map((group) => button({ label: GROUPS[group], testid: `mixing-${group}`, press: () => choose(group) }));
  return {
    element: el('div', { class: 'segments', role: 'group', 'aria-label': 'Layers taken from the column' }, ...buttons),
    /** @param {Group} chosen */
    show: (chosen) => buttons.forEach((one, index) => one.setAttribute('aria-pressed', String(names[index] === chosen))),
  };
}

/**
 * @param {'rows'|'columns'} side
 * @param {{items: () => Source[], chosen: () => string[], choose: (ids: string[]) => void}} how
 */
function sourcePicker(side, { items, chosen, choose }) {
  const flip = (/** @type {string} */ id) => {
    const now = chosen();
    choose(now.includes(id) ? now.filter((one) => one !== id) : [...now, id].slice(-MOST));
  };
  const choices = menu({
    label: side === 'rows' ? 'Rows' : 'Columns',
    testid: `mixing-${side}-menu`,
    items: () => items().map(({ id, name }) => ({ label: name, checked: chosen().includes(id), act: () => flip(id) })),
  });
  const opener = button({
    label: side === 'rows' ? 'Rows\u2026' : 'Columns\u2026',
    title: `Choose the pictures of the ${side}, ${MOST} at most`,
    'aria-haspopup': 'menu',
    'aria-expanded': 'false',
    testid: `mixing-${side}`,
  });
  opener.addEventListener('click', () => {
    const { left, bottom } = opener.getBoundingClientRect();
    choices.open(left, bottom + 4, opener);
  });
  return { element: el('span', {}, opener, choices.element) };
}
