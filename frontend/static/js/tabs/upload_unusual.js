/**
 * How unusual the picture is: its error and its distance from the data among those of all known pictures.
 */

import { el, grouped } from '../dom.js';
import { measuresPath, readMeasures } from '../measures.js';
import { newest } from '../newest.js';
import { jobLine } from '../panels/job_line.js';
import { placedHere } from './upload_fold.js';
import { FAR, percent, quantile, shareBelow, verdict } from './upload_measures.js';
import { scatter } from './upload_scatter.js';

/** @typedef {import('../store.js').Store} Store */
/** @typedef {import('../api.js').Api} Api */
/** @typedef {import('../measures.js').Measures} Measures */

const NOTHING = 'This model came without known pictures, so nothing can be compared.';

/** @param {HTMLElement} root @param {import('./upload_fold.js').Lifetime} life @param {Store} store @param {Api} api */
export function unusualSection(root, life, store, api) {
  const told = el('p', { class: 'told-verdict', testid: 'verdict', 'aria-live': 'polite' });
  const place = el('div', {});
  const facts = el('p', { class: 'second' });
  const line = jobLine({ name: 'Measuring the known pictures', testid: 'explain-measures' });
  root.append(told, line.element, place, facts);
  /** @type {{hash: string, set: string, measures: Measures}|null} */
  let known = null;
  const show = () => {
    const { upload, detail } = { upload: placedHere(store.state), detail: store.state.detail };
    const ready = known !== null && known.hash === detail?.hash;
    line.element.hidden = ready;
    if (!upload || !ready || !known) return;
    const { measures, set } = known;
    const [error, unusual] = [shareOf(measures.error, upload.error?.mse ?? null), upload.unusual ?? NaN];
    told.textContent = verdict(error, unusual);
    told.classList.toggle('far', error >= FAR || unusual >= FAR);
    const count = measures.distance.filter(Number.isFinite).length;
    const both = upload.error !== null && upload.distance !== null && count > 0 && !Number.isNaN(error);
    place.replaceChildren(...(both ? [plot(measures, upload, told.textContent)] : []));
    const title = detail?.sets.find((one) => one.name === set)?.title ?? set;
    facts.textContent = both
      ? `Each of the ${grouped(count)} dots is a known picture (${title}); the large one is yours. Beyond a dashed line ` +
        'lies the farthest twentieth. Distance: the mean to the ten nearest, in standard deviations.'
      : '';
  };
  const fetcher = newest(async (/** @type {null} */ _) => {
    const { detail } = store.state;
    const set = detail?.sets.find((one) => one.default) ?? detail?.sets[0];
    if (!detail || known?.hash === detail.hash) return;
    if (!set) {
      told.textContent = NOTHING;
      return;
    }
    const answer = await line.run(api, measuresPath(detail.id, set.name), {});
    if (!answer) return;
    known = { hash: detail.hash, set: set.name, measures: readMeasures(await answer.arrayBuffer()) };
    show();
  });
  life.add(
    line.stop,
    fetcher.stop,
    store.watch(
      (state) => [placedHere(state)?.latent, placedHere(state)?.error, state.detail, state.tab],
      (state) => {
        if (state.detail?.hash !== known?.hash) {
          place.replaceChildren();
          told.textContent = facts.textContent = '';
        }
        show();
        if (placedHere(state) && state.tab === 'upload') fetcher.ask(null);
      },
    ),
  );
}

/** @param {Float32Array} values @param {number|null} own @returns {number} percent of the known ones below it */
const shareOf = (values, own) => (own === null ? NaN : shareBelow(values, own));

/** @param {Measures} measures @param {import('../uploads.js').Upload} upload @param {string} label */
function plot({ error, distance }, upload, label) {
  const own = { x: upload.distance ?? 0, y: upload.error?.mse ?? 0 };
  const far = { x: quantile(distance, FAR / 100), y: quantile(error, FAR / 100) };
  const titles = { x: 'distance from the data \u2192', y: 'error \u2192' };
  const words = `Scatter of distance against error. ${label} Distance above ${percent(upload.unusual ?? 0)}.`;
  return scatter({ x: distance, y: error, own, far, titles, label: words });
}
