/**
 * Parts that the stage and the Path tab share: the strip of decoded steps, a slot's picture, the scrubber, the method.
 */

import { button, el } from '../dom.js';
import { GIVEN } from '../given.js';
import { methodOf, ready } from '../models.js';
import { newest } from '../newest.js';
import { clear, draw, drawRow } from '../picture.js';
import { pictureRequest } from '../state.js';
import { chooseMethod, goTo, walkTo } from '../walk.js';
import { cancellable } from './slider_row.js';

/** @typedef {import('../store.js').Store} Store */
/** @typedef {import('../api.js').Api} Api */
/** @typedef {import('../state.js').State} State */
/** @typedef {{element: HTMLElement, end: () => void}} Part */

export const STEPS = 11;

/** @param {Readonly<State>} state what decides how a kept point is decoded */
const seenBy = (state) => [state.detail, state.model, ...GIVEN.map((key) => state[key])];

/**
 * @param {Store} store @param {Api} api
 * @param {{method?: 'lerp'|'slerp', testid: string, drawn?: (raw: import('../api.js').Raw|null) => void}} how
 *   `method`: else the chosen one
 * @returns {Part}
 */
export function strip(store, api, { method, testid, drawn }) {
  const canvas = el('canvas', { width: 1, height: 1, role: 'img', 'aria-label': `${STEPS} steps from A to B`, testid });
  const here = el('span', { class: 'strip-here', hidden: true });
  const element = el('div', { class: 'strip' }, canvas, here);
  const wayFor = (/** @type {Readonly<State>} */ state) => method ?? methodOf(state);
  const fetcher = newest(async (_, signal) => {
    const { state } = store;
    if (state.detail?.id !== state.model || !state.a || !state.b) {
      clear(canvas);
      drawn?.(null);
      return;
    }
    const way = { steps: STEPS, method: wayFor(state) };
    const raw = await api.interpolate(state.model, pictureRequest(state), state.a, state.b, way, signal);
    drawRow(canvas, raw, 0, STEPS, 1);
    drawn?.(raw);
  });
  canvas.addEventListener('click', (event) => {
    const { left, width } = canvas.getBoundingClientRect();
    const step = Math.max(0, Math.min(STEPS - 1, Math.floor(((event.clientX - left) / width) * STEPS)));
    if (method) chooseMethod(store, method);
    walkTo(store, step / (STEPS - 1));
  });
  const mark = (/** @type {Readonly<State>} */ state) => {
    element.classList.toggle('empty', !state.a || !state.b);
    here.hidden = state.origin !== 'path' || !state.a || !state.b || wayFor(state) !== methodOf(state);
    here.style.setProperty('--step', String(Math.round(state.position * (STEPS - 1))));
  };
  const ends = [
    fetcher.stop,
    store.watch(
      (state) => [state.a, state.b, wayFor(state), ...seenBy(state)],
      () => fetcher.ask(null),
    ),
    store.watch((state) => [state.position, state.origin, state.a, state.b, methodOf(state)], mark),
  ];
  return { element, end: () => ends.forEach((end) => end()) };
}

/**
 * @param {Store} store
 * @param {Api} api
 * @param {'a'|'b'} slot
 * @param {string} testid
 * @returns {Part} a button that goes to the kept point
 */
export function slotPicture(store, api, slot, testid) {
  const letter = slot.toUpperCase();
  const canvas = el('canvas', { width: 28, height: 28, 'aria-hidden': 'true' });
  const element = el(
    'button',
    { type: 'button', class: 'slot', testid, on: { click: () => goTo(store, slot) } },
    canvas,
    el('span', { class: 'slot-letter', text: letter, 'aria-hidden': 'true' }),
  );
  const fetcher = newest(async (_, signal) => {
    const { state } = store;
    const latent = state[slot];
    if (!latent || !ready(state)) {
      clear(canvas);
      return;
    }
    draw(canvas, await api.decode(state.model, pictureRequest(state), [latent], signal));
  });
  const end = store.watch(
    (state) => [state[slot], ready(state), ...seenBy(state)],
    (state) => {
      element.disabled = !state[slot];
      element.setAttribute('aria-label', state[slot] ? `${letter}: go to this point` : `${letter}: nothing kept yet`);
      fetcher.ask(null);
    },
  );
  return {
    element,
    end: () => {
      fetcher.stop();
      end();
    },
  };
}

/** @param {Store} store @param {string} testid @returns {Part} */
export function scrubber(store, testid) {
  const input = el('input', {
    type: 'range',
    min: 0,
    max: 1,
    step: 'any',
    'aria-label': 'Between A and B',
    class: 'scrubber',
    testid,
  });
  input.addEventListener('input', () => walkTo(store, input.valueAsNumber, 'walk'));
  input.addEventListener('change', () => store.end());
  cancellable(input, { mark: () => store.mark(), cancel: (mark) => store.cancel(mark) });
  input.addEventListener('keyup', () => store.end());
  input.addEventListener('keydown', (event) => {
    const way = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[event.key];
    if (way === undefined) return;
    event.preventDefault();
    walkTo(store, store.state.position + way * (event.shiftKey ? 0.1 : 0.01), 'walk');
  });
  const end = store.watch(
    (state) => [state.position, state.a, state.b],
    ({ position, a, b }) => {
      input.disabled = !a || !b;
      if (input.valueAsNumber !== position) input.value = String(position);
      input.style.setProperty('--along', String(position));
      input.setAttribute('aria-valuetext', `${Math.round(position * 100)}% of the way from A to B`);
    },
  );
  return { element: input, end };
}

/** @param {Store} store @param {string} prefix of the test ids @returns {Part} */
export function methodToggle(store, prefix) {
  const make = (/** @type {'lerp'|'slerp'} */ method, /** @type {string} */ title) =>
    button({
      label: method,
      text: method,
      title,
      testid: `${prefix}method-${method}`,
      press: () => chooseMethod(store, method),
    });
  const buttons = {
    lerp: make('lerp', 'Along the straight line'),
    slerp: make('slerp', 'Along the sphere: for Gaussian and spherical priors'),
  };
  const element = el(
    'div',
    { class: 'segments', role: 'group', 'aria-label': 'Interpolation' },
    buttons.lerp,
    buttons.slerp,
  );
  const end = store.watch(
    (state) => [methodOf(state)],
    (state) => {
      for (const [name, one] of Object.entries(buttons))
        one.setAttribute('aria-pressed', String(name === methodOf(state)));
    },
  );
  return { element, end };
}
