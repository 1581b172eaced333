/**
 * What a traversal is of: one or two dimensions at once, which, and how far.
 */

import { button, dimName, el, grouped, lifetime } from '../dom.js';
import { slidersOf, spaceOf } from '../given.js';
import { gridDims, hasPrior, isFree, isPlane, stripDims, wantedDims } from './traverse_axes.js';
import { addStrip } from './traverse_strips.js';

/** @typedef {import('../store.js').Store} Store */
/** @typedef {import('../state.js').State} State */
/** @typedef {{element: HTMLElement, end: () => void}} Part */

const FARTHEST = 999;

/** @param {Store} store @returns {Part} two dimensions at once, or one at a time */
export function viewToggle(store) {
  const make = (/** @type {string} */ traversal, /** @type {string} */ label, /** @type {string} */ testid) =>
    button({ label, testid, press: () => store.set({ traversal }) });
  const two = make('', 'Two at once', 'traverse-grid');
  const one = make('strips', 'One at a time', 'traverse-strips');
  const element = el('div', { class: 'segments', role: 'group', 'aria-label': 'Dimensions that move' }, two, one);
  const end = store.watch(
    (state) => [state.traversal],
    ({ traversal }) => {
      two.setAttribute('aria-pressed', String(traversal === ''));
      one.setAttribute('aria-pressed', String(traversal !== ''));
    },
  );
  return { element, end };
}

/** @param {Store} store @returns {Part} over the data, over the prior, or as far as the person says */
export function reachToggle(store) {
  const input = el('input', {
    type: 'number',
    class: 'field reach-number number',
    min: 0.1,
    max: FARTHEST,
    step: 'any',
    'aria-label': 'How far to both sides',
    testid: 'reach-number',
    on: {
      change: () => {
        const value = Math.round(Math.min(FARTHEST, Math.max(0.1, input.valueAsNumber || 0.1)) * 100) / 100;
        input.value = String(value);
        store.set({ reach: String(value) });
      },
    },
  });
  const data = button({ label: 'Data', testid: 'reach-data', press: () => store.set({ reach: '' }) });
  const prior = button({ label: 'Prior', testid: 'reach-prior', press: () => store.set({ reach: 'prior' }) });
  const free = button({
    label: 'Free',
    testid: 'reach-free',
    title: 'As far to both sides as you say',
    press: () => store.set({ reach: isFree(store.state) ? store.state.reach : tidy(store.state) }),
  });
  const number = el('span', { class: 'reach-free' }, '\u00b1', input);
  const buttons = el('div', { class: 'segments' }, data, prior, free);
  const element = el('div', { class: 'traverse-part', role: 'group', 'aria-label': 'Range' }, buttons, number);
  const end = store.watch(
    (state) => [state.reach, state.detail],
    (state) => {
      data.setAttribute('aria-pressed', String(state.reach === ''));
      prior.setAttribute('aria-pressed', String(state.reach === 'prior'));
      free.setAttribute('aria-pressed', String(isFree(state)));
      prior.disabled = !hasPrior(state) && state.reach !== 'prior';
      data.title = isPlane(state) ? 'All of the encoded data' : 'The middle 98% of the encoded data';
      prior.title = hasPrior(state)
        ? 'What the model was trained to draw from'
        : 'This model has none: nothing told its latents where to lie';
      number.classList.toggle('off', !isFree(state));
      input.disabled = !isFree(state);
      input.value = isFree(state) ? state.reach : '';
    },
  );
  return { element, end };
}

/** @param {Readonly<State>} state @returns {string} about as far as the data, as a round number */
function tidy(state) {
  const reaches = slidersOf(state).map(({ low, high }) => (high - low) / 2);
  const largest = Math.max(0.1, ...reaches);
  return String(Math.min(FARTHEST, largest < 10 ? Math.ceil(2 * largest) / 2 : Math.ceil(largest)));
}

/** @param {Store} store @returns {Part} the two dimensions of the grid */
export function axesChoice(store) {
  const life = lifetime();
  const pick = (/** @type {0|1} */ which, /** @type {number} */ dim) => {
    const [first, second] = gridDims(store.state);
    const other = which === 0 ? second : first;
    const old = which === 0 ? first : second;
    const axes = which === 0 ? [dim, other === dim ? old : other] : [other === dim ? old : other, dim];
    store.set({ axes });
  };
  const across = select('Across', 'axis-across', (dim) => pick(0, dim));
  const up = select('Up', 'axis-up', (dim) => pick(1, dim));
  const swap = button({
    label: 'Swap the two',
    text: '\u21c4',
    testid: 'axis-swap',
    press: () => store.set({ axes: [...gridDims(store.state)].reverse() }),
  });
  const data = button({
    label: 'Points',
    testid: 'plane-bare',
    title: 'The encoded data over the pictures',
    press: () => store.set({ bare: !store.state.bare }),
  });
  life.add(
    store.watch(
      (state) => [state.detail, state.space],
      (state) => {
        for (const one of [across, up]) one.fill(state);
        for (const one of [across.element, up.element, swap]) one.hidden = isPlane(state);
        data.hidden = !isPlane(state);
      },
    ),
    store.watch(
      (state) => [state.detail, state.space, state.axes, state.bare],
      (state) => {
        const [first, second] = gridDims(state);
        across.input.value = String(first);
        up.input.value = String(second);
        data.setAttribute('aria-pressed', String(!state.bare));
      },
    ),
  );
  const element = el('div', { class: 'traverse-part' }, across.element, swap, up.element, data);
  return { element, end: life.end };
}

/** @param {Store} store @returns {Part} which dimensions have a strip */
export function stripsChoice(store) {
  const add = select('Add', 'strip-add', (dim) => addStrip(store, dim));
  const open = button({
    label: 'Same as the sliders',
    testid: 'strip-open',
    title: 'A strip for each slider that is open',
    press: () => store.set({ chosen: [] }),
  });
  const words = el('span', { class: 'second' });
  const element = el('div', { class: 'traverse-part' }, add.element, open, words);
  const end = store.watch(
    (state) => [state.detail, state.space, state.chosen, state.unfolded],
    (state) => {
      const [shown, wanted] = [stripDims(state), wantedDims(state)];
      const taken = new Set(shown);
      const rest = slidersOf(state).filter(({ dim }) => !taken.has(dim));
      add.fill(state, rest.map(({ dim }) => dim), 'another\u2026');
      add.input.disabled = rest.length === 0;
      open.disabled = state.chosen.length === 0;
      words.textContent =
        wanted.length > shown.length
          ? `${shown.length} of ${grouped(wanted.length)}: more do not fit`
          : `${shown.length} of ${grouped(slidersOf(state).length)}`;
    },
  );
  return { element, end };
}

/**
 * @param {string} label @param {string} testid @param {(dim: number) => void} choose
 * @returns {{element: HTMLElement, input: HTMLSelectElement,
 *   fill: (state: Readonly<State>, dims?: number[], none?: string) => void}}
 */
function select(label, testid, choose) {
  const input = el('select', {
    class: 'field number',
    testid,
    on: { change: () => input.value !== '' && choose(Number(input.value)) },
  });
  const element = el('label', { class: 'field-label' }, el('span', { class: 'second', text: label }), input);
  return {
    element,
    input,
    fill(state, dims = slidersOf(state).map(({ dim }) => dim), none = '') {
      const options = dims.map((dim) => el('option', { value: dim, text: dimName(dim, spaceOf(state)) }));
      if (none) options.unshift(el('option', { value: '', text: none }));
      input.replaceChildren(...options);
    },
  };
}
