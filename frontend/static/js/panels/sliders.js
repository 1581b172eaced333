/**
 * One slider per latent dimension in the stored order, a film strip over each: what this dimension does to this
 * picture.
 */

import { button, dimName, el, grouped, lifetime, partHead } from '../dom.js';
import { moved } from '../latent.js';
import { drawRandom, meanOf } from '../models.js';
import { followStrips } from './filmstrips.js';
import { sliderRow } from './slider_row.js';

/** @typedef {import('../store.js').Store} Store */
/** @typedef {import('../state.js').State} State */
/** @typedef {import('../api.js').Slider} Slider */
/** @typedef {import('./slider_row.js').Row} Row */

const OPEN = 10;

/** @param {HTMLElement} root @param {Store} store @param {import('../api.js').Api} api @returns {() => void} */
export function mount(root, store, api) {
  const life = lifetime();
  const count = el('span', { class: 'second number' });
  const list = el('ol', { class: 'slider-list' });
  const more = el('button', {
    type: 'button',
    class: 'more',
    testid: 'slider-more',
    'aria-expanded': 'false',
    hidden: true,
    on: { click: () => store.set({ unfolded: !store.state.unfolded }) },
  });
  root.append(partHead('Latent dimensions', count, ...headButtons(store, api, life)), list, more);
  list.replaceChildren(...skeletons());

  /** @type {Row[]} */
  let rows = [];
  const strips = followStrips(store, api, () => rows);
  const arrange = (/** @type {Readonly<State>} */ { detail, unfolded }) => {
    if (!detail) return;
    if (rows[0]?.model !== detail) rows = detail.sliders.map((slider) => rowFor(slider, detail, store));
    const shown = unfolded ? rows : rows.slice(0, OPEN);
    if (list.children.length !== shown.length || list.firstElementChild !== shown[0]?.element)
      list.replaceChildren(...shown.map((row) => row.element));
    strips.observe(shown);
    foldWords(more, count, rows.length, unfolded, detail.kind);
  };
  life.add(
    strips.end,
    store.watch((state) => [state.detail, state.unfolded], arrange),
    store.watch(
      (state) => [state.latent, state.upload, state.detail, state.unfolded],
      () => {
        for (const row of rows) if (row.element.isConnected) refresh(row, store);
      },
    ),
    () => root.replaceChildren(),
  );
  return life.end;
}

/**
 * @param {Store} store
 * @param {import('../api.js').Api} api
 * @param {{add: (...ends: (() => void)[]) => void}} life
 * @returns {HTMLElement[]}
 */
function headButtons(store, api, life) {
  const random = button({
    label: 'Random',
    title: 'A point drawn from the model\u2019s prior',
    testid: 'random',
    press: () => drawRandom(store, api),
  });
  const reset = button({
    label: 'Reset',
    title: 'Every dimension to its mean',
    testid: 'reset',
    press: () => resetAll(store),
  });
  life.add(
    store.watch(
      (state) => [state.detail],
      ({ detail }) => {
        random.disabled = !detail?.can.sample;
        reset.disabled = !detail;
      },
    ),
  );
  return [random, reset];
}

/**
 * @param {HTMLElement} more
 * @param {HTMLElement} count
 * @param {number} all
 * @param {boolean} unfolded
 * @param {string} kind
 */
function foldWords(more, count, all, unfolded, kind) {
  const rest = Math.max(0, all - OPEN);
  count.textContent = `${unfolded ? all : Math.min(all, OPEN)} of ${all}`;
  const bar = kind === 'vae' ? 'its information (KL) in nats' : 'how much it changes the picture';
  count.title = `Those that change the picture most stand first. The bar under a name is ${bar}.`;
  more.hidden = rest === 0;
  more.textContent = unfolded ? `Fold the last ${grouped(rest)}` : `${grouped(rest)} more, with less effect\u2026`;
  more.setAttribute('aria-expanded', String(unfolded));
}

/** @returns {HTMLElement[]} */
const skeletons = () =>
  Array.from({ length: OPEN }, () => el('li', { class: 'slider skeleton', 'aria-hidden': 'true' }));

/** @param {Slider} slider @param {import('../api.js').ModelDetail} detail @param {Store} store @returns {Row} */
function rowFor(slider, detail, store) {
  const set = (/** @type {number} */ value, /** @type {string|undefined} */ gesture) => {
    const { latent, detail: now } = store.state;
    if (latent && now === detail) store.set({ latent: moved(latent, slider.dim, value), origin: '' }, { gesture });
  };
  return sliderRow(slider, detail, {
    input: (value) => set(value, dimName(slider.dim)),
    change: () => store.end(),
    mark: () => store.mark(),
    cancel: (mark) => store.cancel(mark),
    reset: () => {
      store.end();
      set(slider.mean, undefined);
    },
  });
}

/** @param {Row} row @param {Store} store */
function refresh(row, store) {
  const { latent, upload, detail } = store.state;
  const mine = upload?.model === detail?.id && upload?.latent?.length === detail?.latent ? upload : null;
  const { dim } = row.slider;
  const value = latent && latent.length === detail?.latent ? latent[dim] : null;
  row.show(value, mine?.latent && mine.std ? { mean: mine.latent[dim], std: mine.std[dim] } : null);
}

/** @param {Store} store */
function resetAll(store) {
  const { detail } = store.state;
  if (detail) store.set(meanOf(detail));
}
