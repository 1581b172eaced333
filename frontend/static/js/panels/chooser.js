/**
 * The classes of a conditional model, or the steps of a training: the current point drawn with each of them. One style,
 * ten digits; one point, and what the generator made of it as it collapsed.
 *
 * Radio buttons after the WAI-ARIA radio group pattern; many classes are a plain list, and not drawn.
 */

import { el } from '../dom.js';
import { labelsOf, titleOf } from '../given.js';
import { ready } from '../models.js';
import { newest } from '../newest.js';
import { draw } from '../picture.js';
import { pictureRequest } from '../state.js';

/** @typedef {import('../store.js').Store} Store */
/** @typedef {import('../api.js').Api} Api */
/** @typedef {import('../api.js').Condition} Condition */
/** @typedef {import('../state.js').State} State */
/** @typedef {{element: HTMLElement, end: () => void}} Part */

const MOST_DRAWN = 12;
const REST_MS = 160;

/** @param {Condition} condition @param {Store} store @param {Api} api @returns {Part} */
export function chooser(condition, store, api) {
  const { id } = condition;
  const choose = (/** @type {number} */ index) =>
    store.set({ conditions: { ...store.state.conditions, [id]: index } }, { gesture: `given-${id}` });
  return condition.classes > MOST_DRAWN ? listed(condition, store, choose) : drawn(condition, store, api, choose);
}

/** @param {Condition} condition @param {Store} store @param {(index: number) => void} choose @returns {Part} */
function listed(condition, store, choose) {
  const id = `given-${condition.id}`;
  const options = labelsOf(condition).map((text, index) => el('option', { value: index, text }));
  const select = el('select', { class: 'given-select', id, testid: id }, ...options);
  select.addEventListener('change', () => {
    choose(Number(select.value));
    store.end();
  });
  const element = el(
    'div',
    { class: 'given-line' },
    el('label', { class: 'given-title', for: id, text: titleOf(condition) }),
    select,
  );
  const end = store.watch(
    (state) => [state.conditions[condition.id]],
    ({ conditions }) => {
      select.value = String(conditions[condition.id]);
    },
  );
  return { element, end };
}

/**
 * @param {Condition} condition @param {Store} store @param {Api} api @param {(index: number) => void} choose
 * @returns {Part}
 */
function drawn(condition, store, api, choose) {
  const { id } = condition;
  const labels = labelsOf(condition);
  const canvases = labels.map(() => el('canvas', { width: 28, height: 28, 'aria-hidden': 'true' }));
  const radios = labels.map((label, index) =>
    el(
      'button',
      {
        type: 'button',
        class: 'choice',
        role: 'radio',
        'aria-label': label,
        title: label,
        testid: `given-${id}-${index}`,
        on: {
          click: () => {
            choose(index);
            store.end();
          },
        },
      },
      canvases[index],
      el('span', { class: 'choice-label', text: label.replace(/ steps$/, ''), 'aria-hidden': 'true' }),
    ),
  );
  const current = el('span', { class: 'second' });
  const group = el('div', { class: 'choices', role: 'radiogroup', 'aria-label': titleOf(condition) }, ...radios);
  group.style.setProperty('--choices', String(labels.length));
  group.addEventListener('keydown', (event) => {
    const at = radios.indexOf(/** @type {HTMLButtonElement} */ (document.activeElement));
    const way = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (way === undefined || at < 0) return;
    event.preventDefault();
    const next = (at + way + radios.length) % radios.length;
    radios[next].focus();
    choose(next);
  });
  const head = el('p', { class: 'given-head' }, el('span', { class: 'given-title', text: titleOf(condition) }), current);
  const pictures = drawAll(condition, canvases, store, api);
  const ends = [
    pictures,
    store.watch(
      (state) => [state.conditions[id]],
      ({ conditions }) => {
        radios.forEach((radio, index) => {
          radio.setAttribute('aria-checked', String(index === conditions[id]));
          radio.tabIndex = index === conditions[id] ? 0 : -1;
        });
        current.textContent = labels[conditions[id]] ?? '';
      },
    ),
  ];
  return { element: el('div', { class: 'given-part' }, head, group), end: () => ends.forEach((end) => end()) };
}

/**
 * Each class is a request of its own: one names one class for all its rows. They wait until the hand rests.
 * @param {Condition} condition @param {HTMLCanvasElement[]} canvases @param {Store} store @param {Api} api
 * @returns {() => void}
 */
function drawAll({ id }, canvases, store, api) {
  const fetcher = newest(
    async (_, signal) => {
      const { state } = store;
      const { latent } = state;
      if (!ready(state) || !latent || !state.detail?.conditions.some((one) => one.id === id)) return;
      for (const [index, canvas] of canvases.entries()) {
        if (store.state.latent !== latent) return; // the hand moves again
        const request = pictureRequest({ ...state, conditions: { ...state.conditions, [id]: index } });
        draw(canvas, await api.decode(state.model, request, [latent], signal));
      }
    },
    { wait: REST_MS },
  );
  const end = store.watch(
    (state) => [state.latent, state.psi, state.noiseSeed, state.space, others(state, id)],
    () => fetcher.ask(null),
  );
  return () => {
    end();
    fetcher.stop();
  };
}

/** @param {Readonly<State>} state @param {string} id @returns {string} the other conditions: this one changes no picture here */
const others = ({ conditions }, id) => JSON.stringify({ ...conditions, [id]: null });
