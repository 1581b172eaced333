/**
 * The Path tab: both ways from A to B in large, and how far the picture moves at each step.
 */

import { button, el, lifetime } from '../dom.js';
import { bars } from '../figures/bars.js';
import { changes } from '../figures/changes.js';
import { methodOf } from '../models.js';
import { chooseMethod, keepPoint } from '../walk.js';
import { mixing } from './mixing.js';
import { scrubber, slotPicture, strip } from './strip.js';

/** @typedef {import('../store.js').Store} Store */
/** @typedef {import('../api.js').Api} Api */

const WAYS = /** @type {const} */ ([
  [
    'lerp',
    'Straight line',
    'Every coordinate changes at an even pace: for plain autoencoders, and for the space w of a StyleGAN.',
  ],
  [
    'slerp',
    'Along the sphere',
    'The direction turns evenly and the length changes evenly: for Gaussian and spherical priors.',
  ],
]);

/** @param {HTMLElement} root @param {Store} store @param {Api} api @returns {() => void} */
export function mount(root, store, api) {
  const life = lifetime();
  const [a, b] = [slotPicture(store, api, 'a', 'path-slot-a'), slotPicture(store, api, 'b', 'path-slot-b')];
  const between = scrubber(store, 'path-scrubber');
  const share = el('span', { class: 'number' });
  const ends = el(
    'div',
    { class: 'path-ends' },
    slotSide(a.element, 'a', store),
    el('div', { class: 'path-middle' }, between.element, el('p', { class: 'second' }, share)),
    slotSide(b.element, 'b', store),
  );
  const empty = el(
    'p',
    { class: 'empty-words' },
    'Keep two points, and the way between them stands here: find one with the sliders, an example or the map, press ',
    el('strong', { text: 'Keep A' }),
    ', find another, and press ',
    el('strong', { text: 'Keep B' }),
    '.',
  );
  const ways = WAYS.map(([method, title, words]) => way(method, title, words, store, api));
  const list = el('div', { class: 'ways' }, ...ways.map((one) => one.element));
  const mix = mixing(store, api);
  root.append(ends, empty, list, mix.element);
  life.add(
    a.end,
    b.end,
    between.end,
    ...ways.map((one) => one.end),
    mix.end,
    store.watch(
      (state) => [state.a, state.b, state.position, state.origin],
      (state) => {
        const both = Boolean(state.a && state.b);
        empty.hidden = both;
        list.hidden = !both;
        share.textContent = both ? `${Math.round(state.position * 100)}% of the way` : '';
      },
    ),
    () => root.replaceChildren(),
  );
  return life.end;
}

/** @param {HTMLElement} picture @param {'a'|'b'} slot @param {Store} store */
function slotSide(picture, slot, store) {
  const letter = slot.toUpperCase();
  return el(
    'div',
    { class: 'path-end' },
    picture,
    button({
      label: `Keep ${letter}`,
      text: `Keep ${letter}`,
      title: `Keep this point in slot ${letter}`,
      testid: `path-keep-${slot}`,
      press: () => keepPoint(store, slot),
    }),
  );
}

/**
 * @param {'lerp'|'slerp'} method @param {string} title @param {string} words @param {Store} store @param {Api} api
 * @returns {import('./strip.js').Part}
 */
function way(method, title, words, store, api) {
  const chart = el('div', { class: 'change-bars' });
  const facts = el('p', {
    class: 'second number',
    title: 'Change: root mean squared difference of neighbouring pictures, pixels from 0 to 1. One bar a step.',
  });
  const part = strip(store, api, {
    method,
    testid: `path-strip-${method}`,
    drawn: (raw) => {
      const moved = raw ? changes(raw) : null;
      chart.replaceChildren(...(moved ? bars(moved.steps) : []));
      facts.textContent = moved
        ? `The largest step changes the picture ${moved.jump.toFixed(1)} times as much as the mean step; ` +
          `all steps together change it by ${moved.total.toFixed(2)}.`
        : '';
    },
  });
  const choose = button({
    label: method,
    text: method,
    testid: `path-method-${method}`,
    press: () => chooseMethod(store, method),
  });
  const element = el(
    'section',
    { class: 'way', 'aria-label': title },
    el('header', { class: 'part-head' }, choose, el('h2', { text: title }), el('p', { class: 'second', text: words })),
    part.element,
    chart,
    facts,
  );
  const end = store.watch(
    (state) => [methodOf(state)],
    (state) => {
      const chosen = methodOf(state) === method;
      choose.setAttribute('aria-pressed', String(chosen));
      element.classList.toggle('chosen', chosen);
    },
  );
  return {
    element,
    end: () => {
      part.end();
      end();
    },
  };
}
