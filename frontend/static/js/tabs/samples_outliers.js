/**
 * The far ends of the known pictures: those that are drawn again worst and best, the most and the least unusual.
 */

import { button, el, grouped, partHead } from '../dom.js';
import { measuresPath, ranked, readMeasures } from '../measures.js';
import { takenRow } from '../models.js';
import { newest } from '../newest.js';
import { jobLine } from '../panels/job_line.js';
import { draw } from '../picture.js';
import { labelOf, latentOf, loadPoints } from '../points.js';
import { itemsFor } from './samples_keep.js';
import { insight, pictured } from './samples_known.js';
import { tiles } from './samples_tiles.js';

/** @typedef {import('../store.js').Store} Store */
/** @typedef {import('../api.js').Api} Api */
/** @typedef {import('../state.js').State} State */
/** @typedef {import('../points.js').Points} Points */
/** @typedef {import('../measures.js').Measures} Measures */
/** @typedef {{key: string, points: Points, measures: Measures}} Known */

const FEW = 8;
const MANY = 24;
const ENDS = /** @type {const} */ ({
  error: ['Drawn worst', 'Drawn best'],
  unusual: ['Most unusual', 'Least unusual'],
});

/** @param {Store} store @param {Api} api @returns {{element: HTMLElement, end: () => void}} */
export function outliers(store, api) {
  const work = jobLine({ name: 'Measuring the known pictures', testid: 'measures' });
  const again = button({ label: 'Measure them', testid: 'measure', press: () => measure() });
  const words = el('p', { class: 'second number samples-words', testid: 'outlier-words' });
  const by = rankToggle(store);
  const more = button({ label: 'More of both', class: 'quiet', testid: 'outlier-more', press: () => grow() });
  const ends = [0, 1].map((end) => endOf(store, end, () => known));
  const shown = el('div', { class: 'outlier-ends' }, ...ends.map(({ element }) => element), words);
  const none = el('p', { class: 'empty-words' });
  const wait = el('div', { class: 'samples-wait' }, work.element, again);
  /** @type {Known|null} */
  let known = null;
  let count = FEW;

  const pictures = newest(async (/** @type {null} */ _, signal) => {
    const { state } = store;
    if (!known || !current(known, state) || state.tab !== 'samples') return;
    const rows = [ends[0].rows, ends[1].rows].flat();
    const drawn = await pictured(state, api, known.points, rows, signal);
    let at = 0;
    for (const end of ends) for (const canvases of end.canvases) drawn[at++].forEach((raw, i) => draw(canvases[i], raw.raw, raw.index));
  });

  function list() {
    const { state } = store;
    const ready = known !== null && current(known, state);
    shown.hidden = by.element.hidden = !ready;
    wait.hidden = ready;
    more.hidden = true;
    if (!known || !ready) return;
    const { points, measures } = known;
    const errors = measures.error.some(Number.isFinite);
    const kind = rankOf(state, errors);
    by.show(errors, kind);
    const picked = (/** @type {number} */ index) => state.classes.length === 0 || state.classes.includes(points.labels[index]);
    const order = ranked(kind === 'error' ? measures.error : measures.distance, picked);
    const size = Math.min(count, order.length >> 1);
    ends[0].show(kind, known, order.slice(0, size));
    ends[1].show(kind, known, order.slice(order.length - size).reverse());
    more.hidden = count === MANY || order.length < 2 * MANY;
    words.textContent = insight(kind, points, measures, order, state.classes);
    pictures.ask(null);
  }

  function grow() {
    count = MANY;
    list();
  }

  async function measure() {
    const { detail } = store.state;
    const set = setOf(store.state);
    if (!detail || !set || work.busy()) return;
    again.hidden = true;
    const [answer] = await Promise.all([work.run(api, measuresPath(detail.id, set.name), {}), loadPoints(store, api)]);
    again.hidden = false;
    if (!answer || store.state.detail !== detail) return;
    const measures = readMeasures(await answer.arrayBuffer());
    const { points } = store.state;
    if (points?.model !== detail.id || points.count !== measures.unusual.length) return;
    known = { key: detail.hash, points, measures };
    list();
  }

  const element = el(
    'section',
    { class: 'samples-part', 'aria-label': 'Outliers among the known pictures' },
    partHead('Known pictures', null, more, by.element),
    none,
    wait,
    shown,
  );
  const watches = [
    store.watch(
      (state) => [state.tab, state.detail],
      (state) => {
        const set = setOf(state);
        const empty = state.detail?.status === 'ready' && !set;
        none.textContent = empty ? 'No known pictures came with this model, so there is nothing to rank.' : '';
        none.hidden = !empty;
        if (empty || !set) {
          shown.hidden = wait.hidden = more.hidden = true;
          by.element.hidden = true;
        } else {
          list();
          if (state.tab === 'samples' && !(known && current(known, state))) measure();
        }
      },
    ),
    store.watch((state) => [state.ranked, state.classes], list),
    store.watch(
      (state) => [state.origin, state.points],
      () => ends.forEach((end) => end.mark()),
    ),
  ];
  return {
    element,
    end: () => {
      work.stop();
      pictures.stop();
      watches.forEach((end) => end());
    },
  };
}

/** @param {Known} known @param {Readonly<State>} state */
const current = ({ key, points }, { detail }) => detail !== null && key === detail.hash && points.model === detail.id;

/** @param {Readonly<State>} state @returns {import('../api.js').SetEntry|undefined} the default set */
const setOf = ({ detail }) => (detail?.status === 'ready' ? (detail.sets.find((one) => one.default) ?? detail.sets[0]) : undefined);

/** @param {Readonly<State>} state @param {boolean} errors @returns {'error'|'unusual'} */
const rankOf = ({ ranked: kind }, errors) => (errors && kind !== 'unusual' ? 'error' : 'unusual');

/**
 * @param {Store} store
 * @returns {{element: HTMLElement, show: (errors: boolean, kind: 'error'|'unusual') => void}}
 */
function rankToggle(store) {
  const make = (/** @type {string} */ value, /** @type {string} */ text, /** @type {string} */ title) =>
    button({ label: text, title, testid: `rank-${value || 'error'}`, press: () => store.set({ ranked: value }) });
  const error = make('', 'By error', 'How far the reconstruction is from the picture: mean squared error');
  const unusual = make('unusual', 'By unusualness', 'How far from the rest of the data: distance to the ten nearest points');
  const element = el('div', { class: 'segments', role: 'group', 'aria-label': 'Rank' }, error, unusual);
  return {
    element,
    show(errors, kind) {
      error.hidden = !errors;
      error.setAttribute('aria-pressed', String(kind === 'error'));
      unusual.setAttribute('aria-pressed', String(kind === 'unusual'));
    },
  };
}

/** @param {Store} store @param {number} which 0: the far end, 1: the near one @param {() => Known|null} known */
function endOf(store, which, known) {
  const title = el('h3', { class: 'outlier-title' });
  /** @type {number[]} */
  let rows = [];
  /** @type {HTMLCanvasElement[][]} */
  let canvases = [];
  const found = (/** @type {number} */ index) => takenRow(store.state, /** @type {Known} */ (known()).points, rows[index]);
  const grid = tiles({
    label: which === 0 ? 'Far end' : 'Near end',
    testid: `outliers-${which}`,
    take: (index) => store.set(found(index)),
    items: (index) => {
      const { points } = /** @type {Known} */ (known());
      const { latent, origin, conditions } = found(index);
      const { space = '' } = store.state.detail?.sets.find(({ name }) => name === points.set) ?? {};
      return itemsFor(store, { latent: latent ?? latentOf(points, rows[index]), origin: origin ?? '', space, more: { conditions } });
    },
  });
  const mark = () => {
    const { origin, points } = store.state;
    grid.mark(points ? rows.findIndex((row) => origin === `row:${points.set}:${row}`) : -1);
  };
  return {
    element: el('div', { class: 'outlier-end' }, title, grid.element),
    mark,
    get rows() {
      return rows;
    },
    get canvases() {
      return canvases;
    },
    /** @param {'error'|'unusual'} kind @param {Known} facts @param {number[]} wanted */
    show(kind, { points, measures }, wanted) {
      rows = wanted;
      title.textContent = ENDS[kind][which];
      grid.element.setAttribute('aria-label', ENDS[kind][which]);
      canvases = grid.fill(
        rows.map((row) => describe(kind, points, measures, row)),
        measures.error.some(Number.isFinite) ? 2 : 1,
      );
      mark();
    },
  };
}

/** @param {'error'|'unusual'} kind @param {Points} points @param {Measures} measures @param {number} row */
function describe(kind, points, { error, unusual, distance }, row) {
  const facts = [
    Number.isFinite(error[row]) && `error ${short(error[row])}`,
    Number.isFinite(unusual[row]) && `more unusual than ${Math.round(unusual[row])}%`,
  ].filter(Boolean);
  const name = `${labelOf(points, row) || 'Picture'} #${grouped(row)}`;
  return { label: [name, ...facts].join(', '), note: short(kind === 'error' ? error[row] : distance[row]) };
}

/** @param {number} value */
const short = (value) => value.toFixed(value >= 1 ? 1 : value >= 0.01 ? 3 : 4);
