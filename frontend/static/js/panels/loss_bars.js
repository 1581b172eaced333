/**
 * Two stacked bars of a VAE's loss for one picture: error and KL, as encoded and as it stands now.
 */

import { el, nats } from '../dom.js';

/** @typedef {{error: number, kl: number}} Cost nats, KL times beta; without objective the error is a mean square */
/** @typedef {Pick<import('../loss.js').Loss, 'objective'|'floor'|'pixels'>} Facts */

/**
 * @param {{testid: string, alone?: boolean}} how `alone`: as encoded only
 * @returns {{element: HTMLElement, legend: HTMLElement, show: (facts: Facts, first: Cost, then?: Cost) => void}}
 */
export function lossBars({ testid, alone = false }) {
  const [first, then] = [bar('as encoded', `${testid}-encoded`), bar('now', `${testid}-now`)];
  then.element.hidden = alone;
  const error = el('span', { class: 'legend-item error' }, 'error');
  const kl = el('span', { class: 'legend-item kl' });
  const note = el('span', { class: 'second loss-note' });
  const legend = el('div', { class: 'second loss-legend' }, error, kl, el('span', { class: 'push' }));
  return {
    element: el('div', { class: 'loss-bars' }, first.element, then.element, legend, note),
    legend,
    show(facts, a, b = a) {
      const { objective } = facts;
      const most = objective ? Math.max(a.error + a.kl, b.error + b.kl, 1e-9) : 0;
      const each = { error: Math.max(a.error, b.error, 1e-9), kl: Math.max(a.kl, b.kl, 1e-9) };
      first.show(a, most, each);
      then.show(b, most, each);
      kl.textContent =
        objective && objective.beta !== 1 ? `KL \u00d7 \u03b2 ${Number(objective.beta.toPrecision(3))}` : 'KL';
      note.textContent = noteOf(facts);
      note.title = titleOf(facts);
    },
  };
}

/** @param {string} name @param {string} testid */
function bar(name, testid) {
  const [error, kl] = [el('span', { class: 'segment error' }), el('span', { class: 'segment kl' })];
  const total = el('span', { class: 'number loss-total', testid });
  const stack = el('span', { class: 'stack', role: 'img' }, error, kl);
  return {
    element: el('div', { class: 'loss-bar' }, el('span', { class: 'second', text: name }), stack, total),
    /** @param {Cost} cost @param {number} most of a whole bar; 0: the two have no common unit @param {Cost} each */
    show({ error: distance, kl: information }, most, each) {
      const width = (/** @type {number} */ value, /** @type {number} */ all) => `${(100 * Math.max(0, value)) / all}%`;
      error.style.width = most ? width(distance, most) : width(distance, 2 * each.error);
      kl.style.width = most ? width(information, most) : width(information, 2 * each.kl);
      total.textContent = most ? nats(distance + information) : '';
      const words = most ? `error ${nats(distance)}` : `mean squared error ${distance.toFixed(4)}`;
      stack.setAttribute('aria-label', `${name}: ${words}, KL ${nats(information)}`);
      error.title = words;
      kl.title = `KL ${nats(information)}`;
    },
  };
}

/** @param {Facts} facts what the bars leave out */
function noteOf({ objective, floor }) {
  if (!objective) return 'no common unit: the model does not say its likelihood';
  if (!floor || floor < 0.05) return 'a perfect copy would cost no error';
  return `not counted: ${floor.toFixed(0)} nats that a perfect copy costs, too`;
}

/** @param {Facts} facts */
function titleOf({ objective, pixels }) {
  if (!objective) return '';
  const likelihood =
    objective.likelihood === 'gaussian'
      ? `Squared error over 2\u03c3\u00b2 with \u03c3\u00b2 = ${objective.sigma2}, summed over ${pixels} values.`
      : `Cross-entropy summed over ${pixels} pixels. For a gray pixel not even a perfect copy gets it to 0: ` +
        'that part is left out.';
  const tc = ' The training also weighed the total correlation, which a single picture does not have.';
  return objective.tc > 0 ? likelihood + tc : likelihood;
}
