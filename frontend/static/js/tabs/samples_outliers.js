/**
 * The far ends of the known pictures: those that are drawn again worst and best, the most and the least unusual.
 */

import { button, el, partHead } from '../dom.js';
import { measuresPath, ranked, readMeasures } from '../measures.js';
import { newest } from '../newest.js';
import { jobLine } from '../panels/job_line.js';
import { draw } from '../picture.js';
import { loadPoints } from '../points.js';
import { endOf } from './samples_end.js';
import { insight, pictured } from './samples_known.js';

/** @typedef {import('../store.js').Store} Store */
/** @typedef {import('../api.js').Api} Api */
/** @typedef {import('../state.js').State} State */
/** @typedef {import('./samples_end.js').Known} Known */
/** @typedef {import('./samples_end.js').Rank} Rank */

const FEW = 8;
const MANY = 24;

/** @param {Store} store @param {Api} api @returns {{element: HTMLElement, end: () => void}} */
export function outliers(store, api) {
  const by = rankToggle(store);
  const more = button({ label: 'More of both', class: 'quiet', hidden: true, testid: 'outlier-more' });
  const none = el('p', {
    class: 'empty-words',
    text: 'No known pictures came with this model, so there is nothing to rank.',
  });
  const list = listOf(store, api, by, more);
  const wait = waiting(store, api, list.show);
  const element = el(
    'section',
    { class: 'samples-part', 'aria-label': 'Outliers among the known pictures' },
    partHead('Known pictures', null, more, by.element),
    none,
    wait.element,
    list.element,
  );
  const end = store.watch(
    (state) => [state.tab, state.detail],
    (state) => {
      const set = setOf(state);
      none.hidden = state.detail?.status !== 'ready' || set !== null;
      wait.element.hidden = set === null;
      list.draw();
      if (set && state.tab === 'samples' && !list.ready()) wait.measure();
      else if (list.ready()) wait.element.hidden = true;
    },
  );
  return { element, end: () => [wait.end, list.end, end].forEach((one) => one()) };
}

/** @param {Readonly<State>} state @returns {import('../api.js').SetEntry|null} the default set */
function setOf({ detail }) {
  if (detail?.status !== 'ready') return null;
  return detail.sets.find((one) => one.default) ?? detail.sets[0] ?? null;
}

/**
 * The job that measures, and the button that starts it once more where it was cancelled.
 * @param {Store} store @param {Api} api @param {(known: Known) => void} done
 */
function waiting(store, api, done) {
  const work = jobLine({ name: 'Measuring the known pictures', testid: 'measures' });
  const again = button({ label: 'Measure them', hidden: true, testid: 'measure', press: () => measure() });
  const element = el('div', { class: 'samples-wait' }, work.element, again);
  let busyFor = '';
  async function measure() {
    const { detail } = store.state;
    const set = setOf(store.state);
    if (!detail || !set || (work.busy() && busyFor === detail.hash)) return;
    busyFor = detail.hash;
    again.hidden = true;
    const [answer] = await Promise.all([work.run(api, measuresPath(detail.id, set.name), {}), loadPoints(store, api)]);
    if (store.state.detail?.hash !== detail.hash) return;
    const measures = answer && readMeasures(await answer.arrayBuffer());
    const { points } = store.state;
    const fit = measures && points?.model === detail.id && points.count === measures.unusual.length;
    again.hidden = Boolean(fit);
    element.hidden = Boolean(fit);
    if (fit) done({ hash: detail.hash, points, measures });
  }
  return { element, measure, end: work.stop };
}

/**
 * Both ends and what they say.
 * @param {Store} store @param {Api} api @param {ReturnType<typeof rankToggle>} by @param {HTMLElement} more
 */
function listOf(store, api, by, more) {
  /** @type {Known|null} */
  let known = null;
  let most = FEW;
  const words = el('p', { class: 'second number samples-words', testid: 'outlier-words' });
  const ends = [0, 1].map((which) => endOf(store, which, () => known));
  const element = el('div', { class: 'outlier-ends' }, ...ends.map((end) => end.element), words);
  const ready = () => known !== null && known.hash === store.state.detail?.hash && known.points.model === store.state.model;

  const pictures = newest(async (_, signal) => {
    const { state } = store;
    if (!known || !ready() || state.tab !== 'samples') return;
    const places = ends.flatMap((end) => end.places());
    const found = await pictured(state, api, known.points, places.map(({ row }) => row), signal);
    places.forEach(({ canvases }, at) => found[at].forEach(({ raw, index }, i) => draw(canvases[i], raw, index)));
  });

  function drawAll() {
    const there = ready();
    element.hidden = by.element.hidden = !there;
    more.hidden = true;
    if (!known || !there) return;
    const { points, measures } = known;
    const { classes, ranked: chosen } = store.state;
    const errors = measures.error.some(Number.isFinite);
    const rank = errors && chosen !== 'unusual' ? 'error' : 'unusual';
    by.show(errors, rank);
    const picked = (/** @type {number} */ row) => classes.length === 0 || classes.includes(points.labels[row]);
    const order = ranked(rank === 'error' ? measures.error : measures.distance, picked);
    const size = Math.min(most, order.length >> 1);
    ends[0].show(rank, order.slice(0, size));
    ends[1].show(rank, order.slice(order.length - size).reverse());
    more.hidden = most === MANY || order.length < 2 * MANY;
    words.textContent = insight(rank, points, measures, order, classes);
    pictures.ask(null);
  }

  more.addEventListener('click', () => {
    most = MANY;
    drawAll();
  });
  const watches = [
    store.watch((state) => [state.ranked, state.classes], drawAll),
    store.watch(
      (state) => [state.origin, state.points],
      () => ends.forEach((end) => end.mark()),
    ),
  ];
  return {
    element,
    ready,
    draw: drawAll,
    /** @param {Known} facts */
    show(facts) {
      known = facts;
      drawAll();
    },
    end: () => [pictures.stop, ...watches].forEach((end) => end()),
  };
}

/** @param {Store} store @returns {{element: HTMLElement, show: (errors: boolean, rank: Rank) => void}} */
function rankToggle(store) {
  const make = (/** @type {string} */ value, /** @type {string} */ text, /** @type {string} */ title) =>
    button({ label: text, title, testid: `rank-${value || 'error'}`, press: () => store.set({ ranked: value }) });
  const error = make('', 'By error', 'How far the reconstruction is from the picture: mean squared error');
  const unusual = make(
    'unusual',
    'By unusualness',
    'How far from the rest of the data: mean distance to the ten nearest points',
  );
  const element = el('div', { class: 'segments', role: 'group', 'aria-label': 'Rank' }, error, unusual);
  return {
    element,
    show(errors, rank) {
      error.hidden = !errors;
      error.setAttribute('aria-pressed', String(rank === 'error'));
      unusual.setAttribute('aria-pressed', String(rank === 'unusual'));
    },
  };
}
