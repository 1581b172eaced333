/**
 * How unusual the picture is: its error and its distance from the data among those of all known pictures.
 */

import { el, grouped } from '../dom.js';
import { measuresPath, readMeasures } from '../measures.js';
import { takenRow } from '../models.js';
import { newest } from '../newest.js';
import { jobLine } from '../panels/job_line.js';
import { draw } from '../picture.js';
import { labelOf, loadPoints } from '../points.js';
import { placedHere } from './upload_fold.js';
import { FAR, quantile, shareBelow, verdict } from './upload_measures.js';
import { scatter } from './upload_scatter.js';

/** @typedef {import('../store.js').Store} Store */
/** @typedef {import('../api.js').Api} Api */
/** @typedef {import('../measures.js').Measures} Measures */

const NOTHING = 'This model came without known pictures, so nothing can be compared.';

/** @param {HTMLElement} root @param {import('./upload_fold.js').Lifetime} life @param {Store} store @param {Api} api */
export function unusualSection(root, life, store, api) {
  const told = el('p', { class: 'told-verdict', testid: 'verdict', 'aria-live': 'polite' });
  const line = jobLine({ name: 'Measuring the known pictures', testid: 'explain-measures' });
  const place = el('div', { class: 'scatter-place' }, line.element);
  const facts = el('p', { class: 'second' });
  const tip = dotTip(store, api);
  root.append(told, place, facts);
  /** @type {{hash: string, set: import('../api.js').SetEntry, measures: Measures}|null} */
  let known = null;
  let { hash: asked } = store.state.detail ?? { hash: undefined };
  const show = () => {
    const { detail } = store.state;
    const upload = placedHere(store.state);
    if (!upload || !known || known.hash !== detail?.hash) return;
    const { measures, set } = known;
    const [error, unusual] = [shareOf(measures.error, upload.error?.mse ?? null), upload.unusual ?? NaN];
    told.textContent = verdict(error, unusual);
    told.classList.toggle('far', error >= FAR || unusual >= FAR);
    const count = measures.distance.filter(Number.isFinite).length;
    const both = upload.distance !== null && count > 0 && !Number.isNaN(error);
    place.hidden = !both;
    place.replaceChildren(...(both ? [plot(measures, upload, told.textContent, tip, set.name)] : []));
    facts.textContent = both
      ? `Each of the ${grouped(count)} dots is a known picture (${set.title}): point at one to see it, press to go there. ` +
        'The large one is yours. Beyond a dashed line lies the farthest twentieth. Distance: the mean to the ten nearest, ' +
        'in standard deviations.'
      : '';
  };
  const wait = () => {
    known = null;
    told.textContent = facts.textContent = '';
    place.hidden = false;
    place.replaceChildren(line.element);
  };
  const fetcher = newest(async (/** @type {null} */ _) => {
    const { detail } = store.state;
    const set = detail?.sets?.find((one) => one.default) ?? detail?.sets?.[0];
    if (!detail || known?.hash === detail.hash) return;
    if (!set) {
      told.textContent = NOTHING;
      place.hidden = true;
      return;
    }
    const answer = await line.run(api, measuresPath(detail.id, set.name), {});
    if (!answer) return;
    known = { hash: detail.hash, set, measures: readMeasures(await answer.arrayBuffer()) };
    show();
  });
  life.add(
    line.stop,
    fetcher.stop,
    tip.end,
    store.watch(
      (state) => [placedHere(state)?.latent, placedHere(state)?.error, state.detail, state.tab],
      (state) => {
        if (state.detail?.hash !== asked) wait();
        asked = state.detail?.hash;
        show();
        if (placedHere(state) && state.tab === 'upload') fetcher.ask(null);
      },
    ),
  );
}

/** @param {Float32Array} values @param {number|null} own @returns {number} percent of the known ones below it */
const shareOf = (values, own) => (own === null ? NaN : shareBelow(values, own));

/**
 * @param {Measures} measures @param {import('../uploads.js').Upload} upload @param {string} label
 * @param {ReturnType<typeof dotTip>} tip @param {string} set
 */
function plot({ error, distance }, upload, label, tip, set) {
  const { element, plot: inside } = scatter({
    x: distance,
    y: error,
    own: { x: upload.distance ?? 0, y: upload.error?.mse ?? 0 },
    far: { x: quantile(distance, FAR / 100), y: quantile(error, FAR / 100) },
    titles: { x: 'distance from the data \u2192', y: 'error \u2192' },
    label: `Scatter of distance against error. ${label}`,
    onpoint: (row) => tip.show(set, row, row === null ? NaN : error[row]),
    onpick: (row) => tip.take(set, row),
  });
  inside.append(tip.element);
  return element;
}

/** @param {Store} store @param {Api} api the picture of a dot, and the way to its point */
function dotTip(store, api) {
  const canvas = el('canvas', { class: 'thumb crisp', width: 1, height: 1 });
  const words = el('p', { class: 'second number' });
  const element = el('div', { class: 'dot-tip', hidden: true, 'aria-hidden': 'true' }, canvas, words);
  /** @type {number|null} */
  let shown = null;
  const fetcher = newest(async (/** @type {{set: string, row: number, error: number}} */ { set, row, error }, signal) => {
    const raw = await api.pictures(store.state.model, set, [row], signal);
    if (shown !== row) return;
    draw(canvas, raw);
    const { points } = store.state;
    const label = points?.set === set && row < points.count ? labelOf(points, row) : '';
    words.textContent = `${label || `#${row}`} \u00b7 error ${error.toFixed(4)}`;
    element.hidden = false;
  });
  return {
    element,
    end: fetcher.stop,
    /** @param {string} set @param {number|null} row @param {number} error */
    show(set, row, error) {
      if (row === shown) return;
      shown = row;
      if (row === null) element.hidden = true;
      else fetcher.ask({ set, row, error });
    },
    /** @param {string} set @param {number} row */
    async take(set, row) {
      const { detail } = store.state;
      await loadPoints(store, api);
      const { points } = store.state;
      if (points?.set === set && points.model === detail?.id && row < points.count)
        store.set(takenRow(store.state, points, row));
    },
  };
}
