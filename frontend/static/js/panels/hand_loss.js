/**
 * What the visitor's picture costs a VAE: error and KL, as encoded and as it stands now. Under each slider, what its
 * dimension costs in KL, what that buys, and a switch: off, it says of the picture only what the prior says.
 */

import { button, dimName, el, lifetime, nats } from '../dom.js';
import { encodedOf, handOf, isOff, klEach, klOf, switched } from '../hand.js';
import { same } from '../latent.js';
import { errorOf, fetchLoss, spentOn } from '../loss.js';
import { newest } from '../newest.js';
import { backToEncoding } from './hand_draws.js';
import { lossBars } from './loss_bars.js';

/** @typedef {import('../store.js').Store} Store */
/** @typedef {import('../api.js').Api} Api */
/** @typedef {import('../state.js').State} State */
/** @typedef {import('../loss.js').Spent} Spent */
/** @typedef {import('./slider_row.js').Row} Row */

const REST_MS = 60;
/**
 * @param {Store} store @param {Api} api @param {() => void} changed what stands under the sliders is to be drawn again
 * @returns {import('./hand.js').Lens}
 */
export function lossPart(store, api, changed) {
  const life = lifetime();
  const bars = lossBars({ testid: 'loss' });
  const told = el('p', { class: 'loss-told', testid: 'loss-told', 'aria-live': 'polite' });
  const back = button({
    label: 'As encoded',
    title: 'Every dimension on, without noise',
    testid: 'as-encoded',
    press: () => backToEncoding(store),
  });
  bars.legend.append(back);
  const element = el('div', { class: 'loss' }, bars.element, told);
  /** @type {Spent|null} */
  let spent = null;
  /** @type {{latent: Float32Array, error: number}|null} */
  let here = null;

  const show = () => {
    const { state } = store;
    const hand = handOf(state);
    const encoded = encodedOf(state);
    if (!spent || !hand || !encoded || spent.of !== encoded.mean) return;
    const { objective } = spent.loss;
    const beta = objective?.beta ?? 1;
    const first = { error: errorOf(spent.loss), kl: beta * sum(klEach(encoded)) };
    const kl = beta * sum(klEach(hand));
    const error = here && same(here.latent, state.latent) ? here.error : null;
    bars.show(spent.loss, first, { error: error ?? here?.error ?? first.error, kl });
    if (error !== null) told.textContent = verdict(offDims(hand), first, { error, kl }, objective !== null);
  };
  const fetcher = newest(
    async (_, signal) => {
      const { state } = store;
      const { upload, latent } = state;
      const encoded = encodedOf(state);
      if (!encoded || !upload || !latent || upload.busy || state.detail?.id !== state.model) return;
      if (spent?.of !== encoded.mean) {
        spent = await spentOn(api, upload, encoded);
        if (signal.aborted) return;
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

/** @param {number[]} values */
const sum = (values) => values.reduce((total, value) => total + value, 0);

/** @param {import('../hand.js').Posterior} hand @returns {number[]} */
const offDims = (hand) => [...hand.mean.keys()].filter((dim) => isOff(hand, dim));

/**
 * @param {number[]} off @param {{error: number, kl: number}} first @param {{error: number, kl: number}} then
 * @param {boolean} inNats whether the error is in nats @returns {string}
 */
function verdict(off, first, then, inNats) {
  const [saved, more] = [first.kl - then.kl, then.error - first.error];
  if (off.length === 0 && Math.abs(saved) < 0.005 && Math.abs(more) < 1e-6)
    return 'Switch a dimension off: the picture shows what its nats bought.';
  const names = off.length > 3 ? `${off.length} dimensions` : off.map((dim) => dimName(dim)).join(', ');
  const subject = off.length > 0 ? `Without ${names}` : 'As it stands';
  const cost = `${change(-saved, nats)} KL`;
  if (!inNats) return `${subject}: ${cost}, ${change(more, squared)} mean squared error.`;
  const end =
    off.length === 0 || saved < 0.05
      ? ''
      : more > saved
        ? ` Each nat spent there bought ${(more / saved).toFixed(1)}.`
        : ' For this picture they were not worth it.';
  return `${subject}: ${cost}, ${change(more, nats)} error.${end}`;
}

/** @param {number} value @param {(size: number) => string} words */
function change(value, words) {
  const size = words(Math.abs(value));
  return `${size} ${value < 0 && size !== words(0) ? 'less' : 'more'}`;
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
  const paid = account('pays', 'costs (KL)', `kl-${dim}`, 'Its KL, times \u03b2 if that is not 1: for what it says of the picture');
  const bought = account('buys', 'saves (error)', `bought-${dim}`, 'Error that it saves: so much more there would be without it');
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
    paid.show(paidWords(kl, spent?.loss.objective), kl / most);
    const worth = spent?.of === encoded.mean ? (spent.bought.get(dim) ?? null) : null;
    if (worth === null) bought.show('', 0);
    else bought.show(errorWords(worth, spent?.loss.objective), worth / (spent?.most ?? 1));
  };
}

/** @param {number} kl @param {import('../loss.js').Loss['objective']|undefined} objective its beta weighs the KL */
export const paidWords = (kl, objective) => `${Math.abs(kl * (objective?.beta ?? 1)).toFixed(2)} nats`;

/** @param {number} error @param {unknown} objective null: it is a mean square */
export function errorWords(error, objective) {
  const words = objective ? nats : squared;
  const size = words(Math.abs(error));
  return `${error < 0 && size !== words(0) ? '\u2212' : ''}${size}`;
}

/** @param {number} error a mean square */
const squared = (error) => error.toFixed(4);

/**
 * @param {'pays'|'buys'} kind @param {string} name @param {string} testid @param {string} title
 * @returns {{element: HTMLElement, show: (text: string, share: number) => void}} a number over a bar
 */
export function account(kind, name, testid, title) {
  const number = el('span', { class: 'number', testid });
  const bar = el('span', { class: 'account-bar' }, el('span'));
  const line = el('span', { class: 'account-line' }, el('span', { class: 'second', text: name }), number);
  const element = el('span', { class: `account ${kind}`, title }, line, bar);
  return {
    element,
    /** @param {string} text @param {number} share */
    show(text, share) {
      number.textContent = text;
      /** @type {HTMLElement} */ (bar.firstChild).style.width = `${Math.round(100 * Math.max(0, Math.min(1, share)))}%`;
    },
  };
}
