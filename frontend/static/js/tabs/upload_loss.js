/**
 * What the loss is spent on: the reconstruction of this picture, and the information in each dimension.
 */

import { superseded } from '../api.js';
import { button, dimName, el, lifetime } from '../dom.js';
import { encodedOf, klEach } from '../hand.js';
import { errorOf, spentOn } from '../loss.js';
import { account, errorWords, paidWords } from '../panels/hand_loss.js';
import { lossBars } from '../panels/loss_bars.js';

/** @typedef {import('../store.js').Store} Store */
/** @typedef {import('../api.js').Api} Api */

/** On the fold-out; it is mounted when that is first opened. */
export const title = 'What the picture costs';

/** Below it a dimension says nothing of the picture, in nats. */
const SAYS = 0.01;

/** @param {Readonly<import('../state.js').State>} state @returns {boolean} whether the fold-out is there at all */
export const fits = (state) => encodedOf(state) !== null;

/** @param {HTMLElement} root @param {Store} store @param {Api} api @returns {() => void} */
export function mount(root, store, api) {
  const life = lifetime();
  const words = el('p', {
    class: 'second',
    text:
      'A VAE pays twice for a picture: for the error of its copy, and in KL for what the code says. ' +
      'Each dimension costs so much, and saves so much error.',
  });
  const bars = lossBars({ testid: 'tab-loss', alone: true });
  const list = el('ul', { class: 'loss-list', testid: 'loss-list' });
  const go = button({
    label: 'Switch dimensions off',
    testid: 'loss-open',
    press: () => {
      store.set({ lens: 'loss' });
      document.getElementById('sliders')?.focus();
    },
  });
  bars.legend.append(go);
  root.append(el('div', { class: 'loss' }, words, bars.element, list));
  const show = async () => {
    const { state } = store;
    const encoded = encodedOf(state);
    if (!encoded || !state.upload) return;
    try {
      const spent = await spentOn(api, state.upload, encoded);
      if (encodedOf(store.state)?.mean !== encoded.mean || life.signal.aborted) return;
      const { objective } = spent.loss;
      const kl = klEach(encoded);
      const total = kl.reduce((sum, value) => sum + value, 0);
      bars.show(spent.loss, { error: errorOf(spent.loss), kl: (objective?.beta ?? 1) * total });
      const most = Math.max(...kl);
      const dims = [...spent.bought.keys()].filter((dim) => kl[dim] >= SAYS);
      list.replaceChildren(...dims.map((dim) => line(dim, kl[dim], most, spent)));
    } catch (error) {
      if (!superseded(error)) console.debug('given up:', error);
    }
  };
  life.add(
    store.watch((state) => [encodedOf(state)?.mean], show),
    () => root.replaceChildren(),
  );
  return life.end;
}

/** @param {number} dim @param {number} kl @param {number} most @param {import('../loss.js').Spent} spent */
function line(dim, kl, most, spent) {
  const paid = account('pays', 'costs (KL)', `tab-kl-${dim}`, 'Its KL, times \u03b2 if that is not 1');
  const bought = account('buys', 'saves (error)', `tab-bought-${dim}`, 'Error that it saves');
  const worth = spent.bought.get(dim) ?? 0;
  paid.show(paidWords(kl, spent.loss.objective), kl / most);
  bought.show(errorWords(worth, spent.loss.objective), worth / spent.most);
  const name = el('span', { class: 'number', text: dimName(dim) });
  return el('li', { class: 'ledger' }, name, paid.element, bought.element);
}
