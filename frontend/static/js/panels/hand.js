/**
 * Over the sliders of a VAE: what the column shows beside them. Nothing; draws from the posterior of the visitor's
 * picture, z = mu + sigma * epsilon; or what its loss is spent on.
 */

import { button, el } from '../dom.js';
import { encodedOf, lensOf } from '../hand.js';

/** @typedef {import('../store.js').Store} Store */
/** @typedef {import('../api.js').Api} Api */
/** @typedef {import('../state.js').State} State */
/** @typedef {import('./slider_row.js').Row} Row */
/** @typedef {{element: HTMLElement, end: () => void}} Part */
/** @typedef {(state: Readonly<State>) => void} Draw what a lens says under one slider */
/** @typedef {Part & {lane: (row: Row) => Draw}} Lens */

const LENSES = /** @type {const} */ ([
  ['', 'Move', 'Sliders and what they do'],
  ['draw', 'z = \u03bc + \u03c3 \u00b7 \u03b5', 'Draw from the encoding of your picture, by hand'],
  ['loss', 'Loss', 'What your picture costs, dimension by dimension'],
]);

const EMPTY = {
  draw:
    'Upload a picture, or take an example: the encoder answers with a mean \u03bc and a spread \u03c3 in each ' +
    'dimension, and here they come into your hand.',
  loss:
    'Upload a picture, or take an example: here stands what it costs the model to draw it, and what each dimension ' +
    'saves.',
};

/** Each comes when it is first chosen: a slider moves without them. */
const PARTS = {
  draw: async () => (await import('./hand_draws.js')).drawsPart,
  loss: async () => (await import('./hand_loss.js')).lossPart,
};

/**
 * @param {Store} store @param {Api} api @param {() => Row[]} rows
 * @returns {Part & {heads: HTMLElement, show: (shown: Row[]) => void}} `show`: these rows are on the page now; `heads` over them
 */
export function lenses(store, api, rows) {
  const buttons = LENSES.map(([lens, text, label]) =>
    button({ label, text, title: label, testid: `lens-${lens || 'move'}`, press: () => store.set({ lens }) }),
  );
  const place = el('div', { class: 'lens-part', hidden: true });
  const heads = el('div', { class: 'equation equation-heads', 'aria-hidden': 'true', hidden: true }, ...equationHeads());
  const element = el(
    'div',
    { class: 'lens', hidden: true },
    el('div', { class: 'segments', role: 'group', 'aria-label': 'What the column shows' }, ...buttons),
    place,
  );
  /** @type {Lens|null} */
  let part = null;
  let turn = 0;
  /** @type {WeakMap<Row, {of: Lens|null, draw: Draw}>} */
  const lanes = new WeakMap();
  const refresh = (/** @type {Row[]} */ shown) => {
    for (const row of shown) {
      const known = lanes.get(row) ?? { of: null, draw: () => {} };
      if (known.of !== part) {
        clear(row);
        Object.assign(known, { of: part, draw: part ? part.lane(row) : () => {} });
        lanes.set(row, known);
      }
      if (row.model === store.state.detail) known.draw(store.state);
    }
  };
  const ends = [
    store.watch(
      (state) => [state.detail, state.space, state.lens, encodedOf(state) === null],
      async (state) => {
        const lens = lensOf(state);
        element.hidden = !state.detail?.can?.posterior;
        buttons.forEach((one, i) => one.setAttribute('aria-pressed', String(LENSES[i][0] === lens)));
        turn += 1;
        const mine = turn;
        const make = lens && encodedOf(state) ? await PARTS[lens]() : null;
        if (mine !== turn) return; // another lens was chosen while this one was loading
        part?.end();
        part = make && make(store, api, () => refresh(rows()));
        place.replaceChildren(part?.element ?? empty(lens));
        place.hidden = lens === '';
        heads.hidden = lens !== 'draw' || part === null;
        refresh(rows());
      },
    ),
    store.watch(
      (state) => [state.latent, state.hand, state.upload, state.locks],
      () => refresh(rows()),
    ),
  ];
  return {
    element,
    heads,
    show: refresh,
    end() {
      turn += 1;
      part?.end();
      for (const end of ends) end();
    },
  };
}

/** @returns {HTMLElement[]} over the numbers of each row */
const equationHeads = () =>
  ['z', '=', '\u03bc', '+', '\u03c3', '\u00d7', '\u03b5'].map((text) => el('span', { text }));

/** @param {'draw'|'loss'|''} lens */
const empty = (lens) => el('p', { class: 'second', text: lens ? EMPTY[lens] : '', testid: 'lens-empty' });

/** @param {Row} row nothing is said under it */
function clear({ element, lane, words }) {
  element.classList.remove('off');
  for (const place of [lane, words]) {
    place.replaceChildren();
    place.hidden = true;
  }
}
