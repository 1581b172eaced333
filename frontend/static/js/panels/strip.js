/**
 * Parts that the stage and the Path tab share: the strip of decoded steps, a slot's picture, the scrubber, the method.
 */

import { button, el } from '../dom.js';
import { GIVEN } from '../given.js';
import { methodOf, ready } from '../models.js';
import { newest } from '../newest.js';
import { clear, draw, drawRow } from '../picture.js';
import { pictureRequest } from '../state.js';
import { along, canSlerp, chooseMethod, goTo, METHODS, roadFits, walkedMethod, walkTo, wayOf } from '../walk.js';
import { cancellable } from './slider_row.js';

/** @typedef {import('../store.js').Store} Store */
/** @typedef {import('../api.js').Api} Api */
/** @typedef {import('../state.js').State} State */
/** @typedef {import('../walk.js').Method} Method */
/** @typedef {{element: HTMLElement, end: () => void}} Part */

export const STEPS = 11;

/** @param {Readonly<State>} state what decides how a kept point is decoded */
const seenBy = (state) => [state.detail, state.model, ...GIVEN.map((key) => state[key])];

/** @param {Readonly<State>} state @param {Method} method @returns {Float32Array[]} the steps of its strip */
function stepsOf(state, method) {
  const preview = method === 'geodesic' && roadFits(state) && !state.road?.points ? state.road?.preview : null;
  if (!preview || !state.a) return wayOf(state, method, STEPS);
  const size = state.a.length;
  return Array.from({ length: STEPS }, (_, index) => along(preview, size, index / (STEPS - 1)));
}

/**
 * @param {Store} store @param {Api} api
 * @param {{method?: Method, testid: string}} how `method`: else the one that is walked along
 * @returns {Part}
 */
export function strip(store, api, { method, testid }) {
  const canvas = el('canvas', { width: 1, height: 1, role: 'img', 'aria-label': `${STEPS} steps from A to B`, testid });
  const here = el('span', { class: 'strip-here', hidden: true });
  const element = el('div', { class: 'strip' }, canvas, here);
  const wayFor = (/** @type {Readonly<State>} */ state) => method ?? walkedMethod(state);
  const fetcher = newest(async (_, signal) => {
    const { state } = store;
    const latents = state.detail?.id === state.model ? stepsOf(state, wayFor(state)) : [];
    if (latents.length === 0) clear(canvas);
    else drawRow(canvas, await api.decode(state.model, pictureRequest(state), latents, signal), 0, STEPS, 1);
    element.classList.toggle('empty', latents.length === 0);
  });
  canvas.addEventListener('click', (event) => {
    const { left, width } = canvas.getBoundingClientRect();
    const step = Math.max(0, Math.min(STEPS - 1, Math.floor(((event.clientX - left) / width) * STEPS)));
    if (method) chooseMethod(store, method);
    walkTo(store, step / (STEPS - 1));
  });
  const mark = (/** @type {Readonly<State>} */ state) => {
    here.hidden = state.origin !== 'path' || !state.a || !state.b || wayFor(state) !== walkedMethod(state);
    here.style.setProperty('--step', String(Math.round(state.position * (STEPS - 1))));
  };
  const ends = [
    fetcher.stop,
    store.watch(
      (state) => [
        state.a,
        state.b,
        state.via,
        wayFor(state),
        wayFor(state) === 'geodesic' && state.road?.points,
        wayFor(state) === 'geodesic' && state.road?.preview,
        wayFor(state) === 'geodesic' && roadFits(state),
        ...seenBy(state),
      ],
      () => fetcher.ask(null),
    ),
    store.watch((state) => [state.position, state.origin, state.a, state.b, walkedMethod(state)], mark),
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
    const arrow = event.shiftKey ? 0.001 : 0.01; // in fine steps with Shift, as every slider
    const step = { ArrowRight: arrow, ArrowUp: arrow, ArrowLeft: -arrow, ArrowDown: -arrow, PageUp: 0.1, PageDown: -0.1 };
    const by = step[/** @type {keyof typeof step} */ (event.key)];
    if (by === undefined) return;
    event.preventDefault();
    walkTo(store, store.state.position + by, 'walk');
  });
  const end = store.watch(
    (state) => [state.position, state.a, state.b, state.origin],
    ({ position, a, b, origin }) => {
      input.disabled = !a || !b;
      const away = origin !== 'path'; // it stands where the walk was left; the picture is elsewhere by now
      input.classList.toggle('away', away);
      if (input.valueAsNumber !== position) input.value = String(position);
      input.style.setProperty('--along', String(position));
      input.setAttribute('aria-valuetext', `${Math.round(position * 100)}% of the path from A to B${away ? '; the picture is elsewhere' : ''}`);
    },
  );
  return { element: input, end };
}

const TITLES = /** @type {Record<Method, string>} */ ({
  lerp: 'Along the straight line',
  slerp: 'Along the sphere: for Gaussian and spherical priors',
  geodesic: 'Along the road on which the picture changes least; it takes a while to find',
});

/** @param {Readonly<State>} state @returns {boolean} whether the geodesic is being looked for */
const searching = (state) => roadFits(state) && state.road?.state === 'running';

/** @param {Store} store @param {string} prefix of the test ids @returns {Part} */
export function methodToggle(store, prefix) {
  const make = (/** @type {Method} */ method) =>
    button({
      label: method,
      text: method,
      title: TITLES[method],
      testid: `${prefix}method-${method}`,
      press: () => chooseMethod(store, method),
    });
  const buttons = METHODS.map((method) => /** @type {const} */ ([method, make(method)]));
  const element = el(
    'div',
    { class: 'segments', role: 'group', 'aria-label': 'Road from A to B' },
    ...buttons.map(([, one]) => one),
  );
  const end = store.watch(
    (state) => [methodOf(state), canSlerp(state), searching(state)],
    (state) => {
      for (const [method, one] of buttons) {
        one.setAttribute('aria-pressed', String(method === methodOf(state)));
        if (method === 'geodesic') one.setAttribute('aria-busy', String(searching(state)));
        if (method === 'slerp') one.setAttribute('aria-disabled', String(!canSlerp(state)));
      }
    },
  );
  return { element, end };
}
