/**
 * The picture under the pointer or the keys in large, with its values and how unusual it is; else the current point.
 */

import { dimName, el, signed } from '../dom.js';
import { GIVEN, spaceOf } from '../given.js';
import { ready } from '../models.js';
import { newest } from '../newest.js';
import { clear, draw } from '../picture.js';
import { pictureRequest } from '../state.js';

/** @typedef {import('../api.js').Raw} Raw */
/**
 * @typedef {Object} Seen
 * @property {Float32Array} latent
 * @property {number[]} dims whose values are told
 * @property {Raw|null} raw where its picture is, if it is known
 * @property {number} index
 */

/** @typedef {(seen: Seen|null, aloud: boolean) => void} Show */

const REST_MS = 120;
const FAR = 95;

/**
 * @param {import('../store.js').Store} store @param {import('../api.js').Api} api
 * @param {() => number[]} dims those whose values are told of the current point
 * @returns {{element: HTMLElement, show: Show, refresh: () => void, end: () => void}}
 */
export function preview(store, api, dims) {
  const canvas = el('canvas', { class: 'look-picture', width: 28, height: 28, 'aria-hidden': 'true' });
  const title = el('strong');
  const values = el('dl', { class: 'look-values number' });
  const unusual = el('p', {
    class: 'unusual number second',
    title: 'More unusual than this share of real pictures, by the distance to the nearest encoded ones',
  });
  const aloud = el('p', { class: 'hidden', role: 'status' });
  const element = el(
    'div',
    { class: 'look', testid: 'traverse-look' },
    canvas,
    el('div', { class: 'look-words' }, title, values, unusual),
    aloud,
  );
  /** @type {Seen|null} */
  let seen = null;
  /** @type {Raw|null} the current point's picture, as the live connection brought it */
  let current = null;

  const put = (/** @type {Raw|null} */ raw, index = 0) => {
    if (raw) draw(canvas, raw, index);
    else clear(canvas);
    const percentile = raw?.unusual;
    const known = typeof percentile === 'number';
    unusual.textContent = known ? `unusual ${Math.round(percentile)}%` : '\u00a0';
    unusual.classList.toggle('far', known && percentile > FAR);
  };
  // The pictures of cells are known; how unusual one is, is asked for when the pointer rests on it.
  const fetcher = newest(
    async (/** @type {Float32Array} */ latent, signal) => {
      const { state } = store;
      const wanted = () => latent === (seen?.latent ?? store.state.latent);
      if (!ready(state) || !wanted() || !visible(element)) return;
      const raw = await api.decode(state.model, pictureRequest(state), [latent], signal);
      if (!seen && latent === store.state.latent) current = raw;
      if (wanted()) put(raw);
    },
    { wait: REST_MS },
  );
  const refresh = () => {
    const { state } = store;
    const latent = seen?.latent ?? state.latent;
    element.classList.toggle('pointed', seen !== null);
    title.textContent = seen ? 'This picture' : 'Your point';
    if (!latent || !ready(state)) current = null;
    const told = latent && ready(state) ? (seen?.dims ?? dims()) : [];
    values.replaceChildren(...told.flatMap((dim) => valueOf(state, /** @type {Float32Array} */ (latent), dim)));
    if (seen) put(seen.raw, seen.index);
    else put(current);
    if (latent && (seen || !current)) fetcher.ask(latent);
  };
  const follow = (/** @type {Event} */ event) => {
    current = /** @type {CustomEvent} */ (event).detail;
    if (!seen) put(current);
  };
  api.live.addEventListener('frame', follow);
  return {
    element,
    refresh,
    show(next, spoken) {
      if (!next && !seen) return;
      seen = next;
      refresh();
      if (spoken && next) aloud.textContent = [...values.children].map((part) => part.textContent).join(' ');
    },
    end() {
      fetcher.stop();
      api.live.removeEventListener('frame', follow);
    },
  };
}

/** @param {Readonly<import('../state.js').State>} state @param {Float32Array} latent @param {number} dim */
const valueOf = (state, latent, dim) => [
  el('dt', { text: dimName(dim, spaceOf(state)) }),
  el('dd', { text: signed(latent[dim]) }),
];

/** @param {HTMLElement} element @returns {boolean} whether a person could see it: an open tab, a lifted sheet */
export const visible = (element) =>
  element.checkVisibility?.({ visibilityProperty: true }) ?? element.offsetParent !== null;

/** @param {Readonly<import('../state.js').State>} state @returns {unknown[]} what decides a picture besides z */
export const seenBy = (state) => [state.detail, state.model, ...GIVEN.map((key) => state[key])];
