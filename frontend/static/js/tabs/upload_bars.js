/**
 * Where each number of the encoding lies among those of the known pictures: one small histogram a dimension.
 */

import { button, dimName, el, signed } from '../dom.js';
import { newest } from '../newest.js';
import { loadPoints } from '../points.js';
import { placedHere, segments } from './upload_fold.js';
import { percent } from './upload_measures.js';

/** @typedef {import('../store.js').Store} Store */
/** @typedef {import('../api.js').Api} Api */
/** @typedef {import('../points.js').Points} Points */

/**
 * @typedef {Object} Place of one number among many
 * @property {number} dim
 * @property {number} value the posterior mean, or the code
 * @property {number} std 0 where the model gives none
 * @property {number} below percent of the known pictures below it
 * @property {number} low left edge of the histogram
 * @property {number} high right edge
 * @property {number[]} counts of the histogram's bins
 */

const BINS = 44;
const FIRST = 12; // dimensions before "Show all"
const RARE = 2.5; // percent at each end
const SPACE = 'http://www.w3.org/2000/svg';

/** @param {HTMLElement} root @param {import('./upload_fold.js').Lifetime} life @param {Store} store @param {Api} api */
export function barsSection(root, life, store, api) {
  const told = el('p', { testid: 'bars-told' });
  const list = el('ol', { class: 'bars', testid: 'bars' });
  const facts = el('p', { class: 'second' });
  const now = { byEffect: true, all: false };
  const order = segments('Order', { effect: 'By effect', far: 'Farthest out first' }, 'bars-order', (chosen) => {
    now.byEffect = chosen === 'effect';
    show();
  });
  const more = button({ label: 'Show all', testid: 'bars-all', press: () => show((now.all = true)) });
  root.append(told, el('div', { class: 'crop-tools' }, order.element), list, more, facts);
  /** @param {unknown} [_] */
  const show = (_) => {
    const { points, detail } = store.state;
    const upload = placedHere(store.state);
    order.show(now.byEffect ? 'effect' : 'far');
    const set = detail?.sets?.find((one) => one.name === points?.set);
    const fits = upload?.latent && detail && points?.model === detail.id && points.count > 0;
    if (!fits || !upload?.latent || set?.space !== detail.default_space || points.size !== upload.latent.length) {
      list.replaceChildren();
      more.hidden = true;
      facts.textContent = '';
      told.textContent = points?.failure || (detail?.sets?.length === 0 ? 'This model came without known pictures, so there is nothing to compare with.' : '');
      return;
    }
    const active = detail.sliders.filter((slider) => slider.active).map((slider) => slider.dim);
    const places = active.map((dim) => placeOf(points, dim, upload.latent?.[dim] ?? 0, upload.std?.[dim] ?? 0));
    const far = [...places].sort((a, b) => outness(b) - outness(a));
    told.textContent = farWords(far, detail.default_space);
    const shown = (now.byEffect ? places : far).slice(0, now.all ? undefined : FIRST);
    list.replaceChildren(...shown.map((place) => bar(place, detail.default_space)));
    more.hidden = shown.length === places.length;
    more.textContent = `Show all ${places.length}`;
    const idle = detail.sliders.length - active.length;
    facts.textContent =
      'The hill: how often each value occurs among the known pictures. The line: your picture.' +
      (upload.std ? ' The band around it: one standard deviation of what the encoder leaves open.' : '') +
      (idle > 0 ? ` ${idle} ${idle === 1 ? 'dimension that carries' : 'dimensions that carry'} nothing ${idle === 1 ? 'is' : 'are'} left out.` : '');
  };
  const fetcher = newest(async () => loadPoints(store, api));
  life.add(
    fetcher.stop,
    store.watch(
      (state) => [placedHere(state)?.latent, state.points, state.detail, state.tab],
      (state) => {
        if (placedHere(state) && state.tab === 'upload' && state.points?.model !== state.detail?.id) fetcher.ask(null);
        show();
      },
    ),
  );
}

/** @param {Points} points @param {number} dim @param {number} value @param {number} std @returns {Place} */
export function placeOf({ latents, count, size }, dim, value, std) {
  const column = Float32Array.from({ length: count }, (_, row) => latents[row * size + dim]).sort();
  const [first, last] = [column[Math.floor(0.002 * count)], column[Math.min(count - 1, Math.ceil(0.998 * count))]];
  const pad = 0.03 * Math.max(last - first, 1e-6);
  const [low, high] = [Math.min(first, value - std) - pad, Math.max(last, value + std) + pad];
  const counts = Array.from({ length: BINS }, () => 0);
  let [below, equal] = [0, 0];
  for (const one of column) {
    if (one < value) below += 1;
    else if (one === value) equal += 1;
    const bin = Math.floor((BINS * (one - low)) / (high - low));
    if (bin >= 0 && bin < BINS) counts[bin] += 1;
  }
  return { dim, value, std, below: (100 * (below + equal / 2)) / count, low, high, counts };
}

/** @param {Place} place @returns {number} how far from the middle */
const outness = ({ below }) => Math.abs(below - 50);

/** @param {Place} place */
const rare = ({ below }) => below < RARE || below > 100 - RARE;

/** @param {Place[]} far farthest first @param {string} space @returns {string} */
function farWords(far, space) {
  const out = far.filter(rare);
  const expected = (2 * RARE * far.length) / 100;
  if (out.length === 0) return 'No dimension lies in the outermost twentieth of the known pictures.';
  const names = out.slice(0, 3).map((place) => `${dimName(place.dim, space)} (${where(place)})`);
  const rest = out.length > 3 ? ` and ${out.length - 3} more` : '';
  return `In the outermost twentieth: ${names.join(', ')}${rest}. Of ${far.length} dimensions, about ${Math.max(1, Math.round(expected))} would be by chance.`;
}

/** @param {Place} place @returns {string} */
const where = ({ below }) => (below >= 50 ? `above ${percent(below)}` : `below ${percent(100 - below)}`);

/** @param {Place} place @param {string} space */
function bar(place, space) {
  const { dim, value, std } = place;
  const numbers = `${signed(value)}${std > 0 ? ` \u00b1 ${std.toFixed(2)}` : ''}`;
  return el(
    'li',
    { class: rare(place) ? 'rare' : '', testid: `bar-${dim}` },
    el('span', { class: 'number bar-name', text: dimName(dim, space) }),
    histogram(place),
    el('span', { class: 'number bar-value', text: numbers }),
    el('span', { class: 'number bar-share', text: where(place) }),
  );
}

/** @param {Place} place @returns {HTMLElement} */
function histogram({ value, std, low, high, counts }) {
  const most = Math.max(...counts, 1);
  const at = (/** @type {number} */ number) => ((100 * (number - low)) / (high - low)).toFixed(2);
  const tops = counts.map((count, bin) => `L${(100 * (bin + 0.5)) / BINS} ${(28 - (26 * count) / most).toFixed(1)}`);
  const svg = document.createElementNS(SPACE, 'svg');
  for (const [key, text] of Object.entries({ viewBox: '0 0 100 28', preserveAspectRatio: 'none', 'aria-hidden': 'true' }))
    svg.setAttribute(key, text);
  const shapes = [
    ['bar-hill', `M0 28${tops.join('')}L100 28Z`],
    ...(std > 0 ? [['bar-band', `M${at(value - std)} 0H${at(value + std)}V28H${at(value - std)}Z`]] : []),
    ['bar-own', `M${at(value)} 0V28`],
  ];
  for (const [name, d] of shapes) {
    const path = document.createElementNS(SPACE, 'path');
    path.setAttribute('d', d);
    path.setAttribute('class', name);
    svg.append(path);
  }
  const holder = el('span', { class: 'bar-plot' });
  holder.append(svg);
  return holder;
}
