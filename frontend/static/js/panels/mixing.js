/**
 * Style mixing between A and B, for a StyleGAN whose every layer takes a style of its own (Karras et al. 2019): layer by
 * layer A's styles become B's, the fine ones first or the coarse ones first.
 */

import { el } from '../dom.js';
import { GIVEN, spaceOf } from '../given.js';
import { newest } from '../newest.js';
import { drawRow } from '../picture.js';
import { pictureRequest } from '../state.js';

/** @typedef {import('../store.js').Store} Store */
/** @typedef {import('../api.js').Api} Api */
/** @typedef {import('../state.js').State} State */

const ORDERS = /** @type {const} */ ([
  ['fine', 'Fine styles first', 'From A to B, the last layer first: colours and details go before the shape does.'],
  ['coarse', 'Coarse styles first', 'From A to B, the first layer first: pose and shape go before the details do.'],
]);

/** @param {Store} store @param {Api} api @returns {import('./strip.js').Part} */
export function mixing(store, api) {
  const rows = ORDERS.map(([order, title, words]) => {
    const canvas = el('canvas', { width: 1, height: 1, role: 'img', 'aria-label': title, testid: `mixing-${order}` });
    const head = el(
      'header',
      { class: 'part-head' },
      el('h2', { text: title }),
      el('p', { class: 'second', text: words }),
    );
    const element = el('section', { class: 'way', 'aria-label': title }, head, el('div', { class: 'mixing' }, canvas));
    return { order, canvas, element };
  });
  const element = el('div', { class: 'ways', hidden: true }, ...rows.map((row) => row.element));
  const fetcher = newest(async (_, signal) => {
    const { state } = store;
    for (const { order, canvas } of rows) {
      const latents = mixed(state, order);
      if (latents.length === 0) return;
      const raw = await api.decode(state.model, { ...pictureRequest(state), space: 'w+' }, latents, signal);
      drawRow(canvas, raw, 0, latents.length, 1);
    }
  });
  const end = store.watch(
    (state) => [state.a, state.b, state.detail, state.model, ...GIVEN.map((key) => state[key])],
    (state) => {
      element.hidden = mixed(state, 'fine').length === 0;
      if (!element.hidden) fetcher.ask(null);
    },
  );
  return {
    element,
    end: () => {
      end();
      fetcher.stop();
    },
  };
}

/**
 * @param {Readonly<State>} state @param {'fine'|'coarse'} order
 * @returns {Float32Array[]} of w+, from all of A to all of B; none where there is nothing to mix
 */
function mixed(state, order) {
  const { a, b, detail, model } = state;
  const layers = detail?.manifest.spaces?.w?.layers ?? 0;
  if (!a || !b || detail?.id !== model || !detail.spaces.includes('w+') || spaceOf(state) !== 'w') return [];
  return Array.from({ length: layers + 1 }, (_, changed) => {
    const row = new Float32Array(layers * a.length);
    for (let layer = 0; layer < layers; layer++) {
      const fromB = order === 'coarse' ? layer < changed : layer >= layers - changed;
      row.set(fromB ? b : a, layer * a.length);
    }
    return row;
  });
}
