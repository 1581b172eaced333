/**
 * What the visitor's picture costs a VAE: error and KL, as encoded and as it stands now. Under each slider, what its
 * dimension costs in KL, what that buys, and a switch: off, it says of the picture only what the prior says.
 */

import { button, dimName, el, lifetime } from '../dom.js';
import { encodedOf, fetchLoss, handOf, isOff, klEach, klOf, switched } from '../hand.js';
import { moved, same } from '../latent.js';
import { newest } from '../newest.js';
import { backToEncoding } from './hand_draws.js';
import { lossBars } from './loss_bars.js';

/** @typedef {import('../store.js').Store} Store */
/** @typedef {import('../api.js').Api} Api */
/** @typedef {import('../state.js').State} State */
/** @typedef {import('../hand.js').Loss} Loss */
/** @typedef {import('./slider_row.js').Row} Row */

const REST_MS = 60;
/** Dimensions of which it is asked what they buy: those with the most information. */
const MOST = 100;

/**
 * @typedef {Object} Spent what the encoding costs, and what each dimension saves
 * @property {Float32Array} of the encoding
 * @property {Loss} loss of the encoding alone
 * @property {Map<number, number>} bought by a dimension, in `unit`
 * @property {number} most of these
 */

/**
 * @param {Store} store @param {Api} api @param {() => void} changed what stands under the sliders is to be drawn again
 * @returns {import('./hand.js').Lens}
 */
export function lossPart(store, api, changed) {
  const life = lifetime();
  const bars = lossBars();
  const told = el('p', { class: 'loss-told', testid: 'loss-told', 'aria-live': 'polite' });
  const back = button({ label: 'As encoded', title: 'Every dimension on, without noise', testid: 'as-encoded', press: () => backToEncoding(store) });
  const failure = el('p', { class: 'second bad', hidden: true });
  const element = el('div', { class: 'loss' }, bars.element, el('div', { class: 'loss-foot' }, told, back), failure);
  /** @type {Spent|null} */
  let spent = null;
  /** @type {{latent: Float32Array, error: number}|null} */
  let here = null;

  const show = () => {
    const { state } = store;
    const hand = handOf(state);
    const encoded = encodedOf(state);
    if (!spent || !hand || !encoded || spent.of !== encoded.mean) return;
    const { objective, floor, errors } = spent.loss;
    const beta = objective?.beta ?? 1;
    const first = { error: errorOf(spent.loss), kl: beta * sum(klEach(encoded)) };
    const kl = beta * sum(klEach(hand));
    const error = here && same(here.latent, state.latent) ? here.error : null;
    bars.show({ objective, floor, pixels: spent.loss.pixels, mse: errors[0].mse }, first, { error: error ?? here?.error ?? first.error, kl });
    if (error !== null) told.textContent = verdict(offDims(hand), first, { error, kl }, objective !== null);
  };
  const fetcher = newest(
    async (_, signal) => {
      const { state } = store;
      const { upload, latent } = state;
      const encoded = encodedOf(state);
      if (!encoded || !upload || !latent || upload.busy || state.detail?.id !== state.model) return;
      if (spent?.of !== encoded.mean) {
        spent = await worth(api, upload, encoded, signal);
        changed();
      }
      const loss = await fetchLoss(api, upload, [latent], state.conditions, signal);
      here = { latent, error: errorOf(loss) };
      show();
    },
    { wait: REST_MS },
  );
  life.add(
    fetcher.stop,
    store.watch(
      (state) => [state.latent, state.upload?.latent, state.upload?.busy, state.conditions, state.detail],
      () => fetcher.ask(null),
    ),
    store.watch((state) => [state.hand, state.latent], show),
  );
  return { element, end: life.end, lane: (row) => ledger(row, store, () => spent) };
}

/** @param {Loss} loss @param {number} [index] @returns {number} the error above what no copy gets below; in MSE without objective */
const errorOf = ({ errors, floor }, index = 0) => {
  const { nats, mse } = errors[index];
  return nats === null ? mse : nats - (floor ?? 0);
};

/** @param {number[]} values */
const sum = (values) => values.reduce((total, value) => total + value, 0);

/** @param {import('../hand.js').Posterior} hand @returns {number[]} */
const offDims = (hand) => [...hand.mean.keys()].filter((dim) => isOff(hand, dim));

/**
 * @param {Api} api @param {import('../uploads.js').Upload} upload @param {import('../hand.js').Posterior} encoded
 * @param {AbortSignal} signal @returns {Promise<Spent>}
 */
async function worth(api, upload, encoded, signal) {
  const kl = klEach(encoded);
  const dims = [...kl.keys()].sort((a, b) => kl[b] - kl[a]).slice(0, MOST);
  const rows = [encoded.mean, ...dims.map((dim) => moved(encoded.mean, dim, 0))];
  const loss = await fetchLoss(api, upload, rows, upload.conditions, signal);
  const bought = new Map(dims.map((dim, i) => [dim, errorOf(loss, i + 1) - errorOf(loss)]));
  return { of: encoded.mean, loss, bought, most: Math.max(1e-9, ...bought.values()) };
}

/**
 * @param {number[]} off @param {{error: number, kl: number}} first @param {{error: number, kl: number}} then
 * @param {boolean} nats whether the error is in nats @returns {string}
 */
function verdict(off, first, then, nats) {
  const [saved, more] = [first.kl - then.kl, then.error - first.error];
  if (off.length === 0 && Math.abs(saved) < 0.005 && Math.abs(more) < 1e-6)
    return 'Switch a dimension off: the picture shows what its nats bought.';
  const names = off.length === 0 ? 'As it stands' : off.length > 3 ? `Without ${off.length} dimensions` : `Without ${off.map((dim) => dimName(dim)).join(', ')}`;
  const cost = `${change(-saved, ' nats', 1)} KL`;
  if (!nats) return `${names}: ${cost}, ${change(more, '', 4)} mean squared error.`;
  const end =
    off.length === 0 || saved < 0.05
      ? ''
      : more > saved
        ? ` Each nat spent there bought ${(more / saved).toFixed(1)}.`
        : ' For this picture they were not worth it.';
  return `${names}: ${cost}, ${change(more, ' nats', 1)} error.${end}`;
}

/** @param {number} value @param {string} unit @param {number} digits */
function change(value, unit, digits) {
  const size = Math.abs(value).toFixed(digits);
  return `${size}${unit} ${value < 0 && Number(size) > 0 ? 'less' : 'more'}`;
}

/** @param {Row} row @param {Store} store @param {() => Spent|null} known @returns {import('./hand.js').Draw} */
function ledger(row, store, known) {
  const { dim } = row.slider;
  const name = dimName(dim);
  const toggle = el('button', {
    type: 'button',
    role: 'switch',
    class: 'switch',
    'aria-label': `${name} counts`,
    testid: `switch-${dim}`,
    on: {
      click: () => {
        const { state } = store;
        const [hand, encoded] = [handOf(state), encodedOf(state)];
        if (hand && encoded && state.latent) store.set(switched(hand, encoded, state.latent, dim));
      },
    },
  });
  const paid = account('pays', `kl-${dim}`);
  const bought = account('buys', `bought-${dim}`);
  row.words.replaceChildren(el('div', { class: 'ledger' }, toggle, paid.element, bought.element));
  row.words.hidden = false;
  return (state) => {
    const [hand, encoded, spent] = [handOf(state), encodedOf(state), known()];
    if (!hand || !encoded) return;
    const on = !isOff(hand, dim);
    toggle.setAttribute('aria-checked', String(on));
    row.element.classList.toggle('off', !on);
    const most = Math.max(...klEach(encoded));
    const kl = klOf(hand.mean[dim], hand.std[dim]);
    paid.show(`${kl.toFixed(2)} nats`, kl / most);
    const worth_ = spent && spent.of === encoded.mean ? spent.bought.get(dim) : undefined;
    const inNats = spent?.loss.objective;
    bought.show(
      worth_ === undefined ? '' : inNats ? `${worth_.toFixed(1)} nats` : worth_.toFixed(4),
      worth_ === undefined || !spent ? 0 : worth_ / spent.most,
    );
  };
}

/** @param {string} title @param {string} testid a number over a bar */
function account(title, testid) {
  const number = el('span', { class: 'number', testid });
  const bar = el('span', { class: 'account-bar' }, el('span'));
  const element = el('span', { class: `account ${title}` }, el('span', { class: 'account-line' }, el('span', { class: 'second', text: title }), number), bar);
  return {
    element,
    /** @param {string} text @param {number} share */
    show(text, share) {
      number.textContent = text;
      /** @type {HTMLElement} */ (bar.firstChild).style.width = `${Math.round(100 * Math.max(0, Math.min(1, share)))}%`;
    },
  };
}
