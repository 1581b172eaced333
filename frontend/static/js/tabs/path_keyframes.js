/**
 * The keyframes in a row: A, those between, and B. Each goes to its point, moves to another place, or is taken out; by
 * buttons, or dragged.
 */

import { button, el, on } from '../dom.js';
import { GIVEN } from '../given.js';
import { ready } from '../models.js';
import { newest } from '../newest.js';
import { clear, draw } from '../picture.js';
import { pictureRequest } from '../state.js';
import { MOST } from '../walk.js';

/** @typedef {import('../store.js').Store} Store */
/** @typedef {import('../api.js').Api} Api */
/** @typedef {Readonly<import('../state.js').State>} State */
/** @typedef {Float32Array|null} Point */

const DRAGGED = 'application/x-keyframe';

/** @param {State} state @returns {Point[]} the row as it stands: A and B are there even when nothing is kept in them */
const rowOf = ({ a, b, via }) => [a, ...via, b];

/** @param {number} index @param {number} count @returns {string} */
const nameOf = (index, count) => (index === 0 ? 'A' : index === count - 1 ? 'B' : String(index));

/**
 * @param {Store} store @param {Point[]} row
 * @param {number} [at] index of the one to stand on afterwards; -1: the current point stays where it is
 */
function put(store, row, at = -1) {
  const whole = row.length < 2 ? [...row, ...Array(2 - row.length).fill(null)] : row;
  const via = /** @type {Float32Array[]} */ (whole.slice(1, -1));
  const { origin, latent } = store.state;
  const stand = at >= 0 && whole[at] ? { latent: whole[at], origin: 'path', position: at / (whole.length - 1) } : {};
  // What lay on the old road lies somewhere else on the new one: the point stays, the road is left.
  const left = origin === 'path' && at < 0 && latent && !whole.includes(latent) ? { origin: '' } : {};
  store.set({ a: whole[0], via, b: whole[whole.length - 1], ...left, ...stand });
}

/** @param {Store} store @param {number} from @param {number} to */
export function move(store, from, to) {
  const row = rowOf(store.state);
  if (to < 0 || to >= row.length || from === to) return;
  row.splice(to, 0, ...row.splice(from, 1));
  put(store, row);
}

/** @param {Store} store @param {number} index */
function remove(store, index) {
  const row = rowOf(store.state);
  if (row.length === 2) row[index] = null;
  else row.splice(index, 1);
  put(store, row);
}

/** @param {Store} store the current point comes last; the first free place of A and B is taken before */
function add(store) {
  const { latent } = store.state;
  const row = rowOf(store.state);
  if (!latent || row.length >= MOST) return;
  const free = row.indexOf(null);
  if (free >= 0) row[free] = latent;
  else row.push(latent);
  put(store, row, free >= 0 ? free : row.length - 1);
}

/** @param {Store} store @param {Api} api @returns {{element: HTMLElement, end: () => void}} */
export function keyframes(store, api) {
  const list = el('ol', { class: 'keyframes', 'aria-label': 'Keyframes', testid: 'keyframes' });
  const adding = button({
    label: 'Add this point',
    text: 'Add this point',
    icon: 'plus',
    title: 'The current point becomes the last keyframe',
    testid: 'keyframe-add',
    class: 'keyframe-add',
    press: () => add(store),
  });
  const element = el('div', { class: 'keyframe-row' }, list, adding);
  /** @type {Frame[]} */
  let frames = [];
  const fetcher = newest(async (_, signal) => {
    const { state } = store;
    const row = rowOf(state);
    const kept = /** @type {Float32Array[]} */ (row.filter(Boolean));
    const shown = frames;
    if (kept.length === 0 || !ready(state)) {
      for (const { canvas } of shown) clear(canvas);
      return;
    }
    const raw = await api.decode(state.model, pictureRequest(state), kept, signal);
    let next = 0;
    for (const [index, { canvas }] of shown.entries()) {
      if (row[index]) draw(canvas, raw, next++);
      else clear(canvas);
    }
  });
  const build = (/** @type {State} */ state) => {
    const row = rowOf(state);
    if (frames.length !== row.length) {
      frames = row.map((_, index) => frameFor(store, index, row.length, (to, which) => frames[to]?.focus(which)));
      list.replaceChildren(...frames.map((frame) => frame.element));
    }
    for (const [index, frame] of frames.entries()) frame.show(row, index);
    adding.disabled = row.length >= MOST || !state.latent;
    fetcher.ask(null);
  };
  const ends = [
    store.watch((state) => [state.a, state.b, state.via, ready(state), state.detail, ...GIVEN.map((key) => state[key])], build),
    store.watch(
      (state) => [state.position, state.origin, state.via, state.a, state.b],
      ({ position, origin }) => {
        const at = position * (frames.length - 1);
        for (const [index, frame] of frames.entries())
          frame.element.classList.toggle('here', origin === 'path' && Math.abs(at - index) < 1e-6);
      },
    ),
    fetcher.stop,
  ];
  return { element, end: () => ends.forEach((end) => end()) };
}

/** @typedef {{element: HTMLElement, canvas: HTMLCanvasElement, show: (row: Point[], index: number) => void, focus: (which: string) => void}} Frame */

/**
 * @param {Store} store @param {number} index @param {number} count
 * @param {(to: number, which: string) => void} focus gives the focus to the same button of another place
 * @returns {Frame}
 */
function frameFor(store, index, count, focus) {
  const name = nameOf(index, count);
  const canvas = el('canvas', { width: 28, height: 28, 'aria-hidden': 'true' });
  const go = el(
    'button',
    { type: 'button', class: 'slot', testid: `keyframe-${name}`, on: { click: () => stand(store, index) } },
    canvas,
    el('span', { class: 'slot-letter', text: name, 'aria-hidden': 'true' }),
  );
  const shift = (/** @type {number} */ way, /** @type {string} */ word, /** @type {'left'|'right'} */ which) =>
    button({
      label: `Move ${name} ${word}`,
      icon: which,
      class: 'quiet keyframe-button',
      testid: `keyframe-${name}-${which}`,
      press: () => {
        move(store, index, index + way);
        focus(index + way, which);
      },
    });
  const parts = /** @type {Record<string, HTMLButtonElement>} */ ({
    left: shift(-1, 'to the left', 'left'),
    remove: button({
      label: `Take ${name} out`,
      icon: 'close',
      class: 'quiet keyframe-button',
      testid: `keyframe-${name}-remove`,
      press: () => {
        remove(store, index);
        requestAnimationFrame(() => requestAnimationFrame(() => focus(Math.max(0, Math.min(index, count - 2)), 'go')));
      },
    }),
    right: shift(1, 'to the right', 'right'),
  });
  const element = el('li', { class: 'keyframe', draggable: 'true' }, go, el('div', { class: 'keyframe-tools' }, ...Object.values(parts)));
  drag(element, store, index);
  return {
    element,
    canvas,
    show(row, at) {
      const kept = row[at] !== null;
      go.disabled = !kept;
      go.setAttribute('aria-label', kept ? `${name}: go to this point` : `${name}: nothing kept yet`);
      element.setAttribute('draggable', String(kept));
      parts.left.disabled = !kept || at === 0;
      parts.right.disabled = !kept || at === row.length - 1;
      parts.remove.disabled = !kept;
    },
    focus(which) {
      const wanted = which === 'go' ? go : parts[which];
      const found = [wanted, parts.left, parts.right, go].find((one) => !one.disabled);
      found?.focus();
    },
  };
}

/** @param {Store} store @param {number} index */
function stand(store, index) {
  const row = rowOf(store.state);
  const whole = row.every(Boolean);
  const latent = row[index];
  if (latent) store.set({ latent, origin: whole ? 'path' : '', position: index / (row.length - 1) });
}

/** @param {HTMLElement} element @param {Store} store @param {number} index */
function drag(element, store, index) {
  const ours = (/** @type {DragEvent} */ event) => event.dataTransfer?.types.includes(DRAGGED) ?? false;
  on(element, {
    dragstart: (event) => {
      event.dataTransfer?.setData(DRAGGED, String(index));
      if (event.dataTransfer) event.dataTransfer.effectAllowed = 'move';
      element.classList.add('dragged');
    },
    dragend: () => element.classList.remove('dragged'),
    dragover: (event) => {
      if (!ours(event)) return;
      event.preventDefault();
      element.classList.add('target');
    },
    dragleave: () => element.classList.remove('target'),
    drop: (event) => {
      element.classList.remove('target');
      if (!ours(event)) return;
      event.preventDefault();
      move(store, Number(event.dataTransfer?.getData(DRAGGED)), index);
    },
  });
}
