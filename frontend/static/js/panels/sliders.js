/**
 * One slider per latent dimension in the stored order, a film strip over each: what this dimension does to this
 * picture.
 */

import { button, dimName, el, grouped, lifetime, partHead } from '../dom.js';
import { moved } from '../latent.js';
import { sizeIn, slidersOf, spaceOf, styleSize } from '../given.js';
import { handOf } from '../hand.js';
import { drawRandom, meanOf, withLocked } from '../models.js';
import { followStrips } from './filmstrips.js';
import { given } from './given.js';
import { lenses } from './hand.js';
import { samplerMenu } from './sampler_menu.js';
import { nudged, sliderRow } from './slider_row.js';

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
  const note = root.querySelector('.bar-words');
  /** @type {Row[]} */
  let rows = [];
  const controls = given(store, api);
  const lens = lenses(store, api, () => rows);
  const head = partHead('Latent dimensions', count, ...headButtons(store, api, life));
  root.append(head, controls.element, lens.element, lens.heads, list, more);
  list.replaceChildren(...skeletons());

  const strips = followStrips(store, api, () => rows);
  const arrange = (/** @type {Readonly<State>} */ { detail, unfolded }) => {
    if (!detail) return;
    const sliders = slidersOf(store.state);
    const open = unfolded ? sliders.length : OPEN;
    if (rows[0]?.model !== detail || rows[0].slider !== sliders[0]) rows = [];
    for (const slider of sliders.slice(rows.length, open)) rows.push(rowFor(slider, detail, store)); // 1,024 take a while
    const shown = rows.slice(0, open);
    if (list.children.length !== shown.length || list.firstElementChild !== shown[0]?.element)
      list.replaceChildren(...shown.map((row) => row.element));
    strips.observe(shown);
    lens.show(shown);
    foldWords(more, count, note, sliders, unfolded);
  };
  life.add(
    strips.end,
    controls.end,
    lens.end,
    store.watch((state) => [state.detail, spaceOf(state), state.unfolded], arrange),
    store.watch(
      (state) => [state.latent, state.upload, state.hand, state.locks, state.detail, state.space, state.unfolded],
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
  const random = button({ label: 'Random', testid: 'random', press: () => drawRandom(store, api) });
  const from = samplerMenu(store, api);
  const reset = button({
    label: 'Reset',
    title: 'Every dimension that is not locked to its mean',
    testid: 'reset',
    press: () => resetAll(store),
  });
  life.add(
    from.end,
    store.watch(
      (state) => [state.detail, state.sampler, state.space],
      ({ detail, sampler, space }) => {
        random.disabled = !detail?.can.sample;
        reset.disabled = !detail;
        const named = space === 'z' ? undefined : detail?.samplers.find(({ name }) => name === sampler);
        random.title = `A point drawn at random. ${(named ?? detail?.samplers[0])?.title ?? ''}`.trim();
      },
    ),
  );
  return [el('span', { class: 'joined' }, random, from.element), reset];
}

/**
 * @param {HTMLElement} more
 * @param {HTMLElement} count
 * @param {Element|null} note under the sliders
 * @param {Slider[]} sliders
 * @param {boolean} unfolded
 */
function foldWords(more, count, note, sliders, unfolded) {
  const all = sliders.length;
  const rest = Math.max(0, all - OPEN);
  count.textContent = `${unfolded ? all : Math.min(all, OPEN)} of ${all}`;
  count.title = orderWords(sliders);
  if (note) note.textContent = count.title;
  more.hidden = rest === 0;
  more.textContent = unfolded ? `Fold the last ${grouped(rest)}` : `${grouped(rest)} more${sliders[0]?.effect === null ? '' : ', with less effect'}\u2026`;
  more.setAttribute('aria-expanded', String(unfolded));
}

/** @param {Slider[]} sliders @returns {string} why they stand in this order, and what the bar under a name is */
function orderWords(sliders) {
  if (sliders.every(({ effect }) => effect === null)) return 'In the order of the model: nobody has measured what each of them does.';
  return sliders.some(({ kl }) => kl !== null)
    ? 'Sorted by how much they change the picture; the bar shows the information in nats.'
    : 'Sorted by how much they change the picture, which is what the bar shows.';
}

/** @returns {HTMLElement[]} */
const skeletons = () =>
  Array.from({ length: OPEN }, () => el('li', { class: 'slider skeleton', 'aria-hidden': 'true' }));

/** @param {Slider} slider @param {import('../api.js').ModelDetail} detail @param {Store} store @returns {Row} */
function rowFor(slider, detail, store) {
  const set = (/** @type {number} */ value, /** @type {string|undefined} */ gesture) => {
    const { latent, detail: now } = store.state;
    if (latent && now === detail) store.set({ latent: moved(latent, slider.dim, value, styleSize(store.state)), origin: '' }, { gesture });
  };
  const name = dimName(slider.dim, spaceOf(store.state));
  return sliderRow(slider, name, detail, {
    input: (value) => set(value, name),
    change: () => store.end(),
    mark: () => store.mark(),
    cancel: (mark) => store.cancel(mark),
    reset: () => {
      store.end();
      set(slider.mean, undefined);
    },
    lock: () => lock(store, slider.dim),
    nudge: (way, fine) => {
      const { latent } = store.state;
      if (latent) set(nudged(slider, latent[slider.dim], way, fine), name);
    },
  });
}

/** @param {Store} store @param {number} dim */
function lock(store, dim) {
  const { locks } = store.state;
  const without = locks.filter((one) => one !== dim);
  store.set({ locks: without.length < locks.length ? without : [...locks, dim].sort((a, b) => a - b) });
}

/** @param {Row} row @param {Store} store */
function refresh(row, store) {
  const { state } = store;
  const { latent, detail, space, locks } = state;
  const mine = handOf(state);
  const { dim } = row.slider;
  const value = latent && detail && latent.length === sizeIn(detail, space) ? latent[dim] : null;
  row.show(value, mine && { mean: mine.mean[dim], std: mine.std[dim] }, locks.includes(dim));
}

/** @param {Store} store */
function resetAll(store) {
  const { state } = store;
  if (!state.detail) return;
  const mean = meanOf(state);
  store.set({ ...mean, latent: withLocked(state, mean.latent), origin: state.locks.length > 0 ? '' : mean.origin });
}
