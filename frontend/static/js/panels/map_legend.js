/**
 * What the colours of the map say: each class or category is a toggle that picks it out (none picked out means all); numbers have a
 * bar with its ends.
 */

import { el } from '../dom.js';
import { scaleOf } from '../colours.js';
import { meaningOf } from '../colouring.js';

/** @typedef {import('../store.js').Store} Store */
/** @typedef {import('../colouring.js').Meaning} Meaning */

/**
 * @param {Store} store @param {string} [testid] @param {string} [label]
 * @returns {{element: HTMLElement, end: () => void}} the classes of the reference set
 */
export function classLegend(store, testid = 'legend', label = 'Classes on the map') {
  const element = el('div', { class: 'legend', role: 'group', 'aria-label': label, testid });
  const ends = [
    store.watch(
      (state) => [state.points, state.detail],
      ({ points, detail }) => {
        const names = points?.model === detail?.id ? (points?.categories ?? []) : [];
        element.replaceChildren(...chipsOf(names, (index) => store.set({ classes: toggled(store.state.classes, index) })));
      },
    ),
    store.watch(
      (state) => [state.classes, state.points],
      ({ classes }) => press(element, classes),
    ),
  ];
  return { element, end: () => ends.forEach((end) => end()) };
}

/** @param {Store} store @returns {{element: HTMLElement, end: () => void}} of what colours the map now */
export function legend(store) {
  const element = el('div', { class: 'legend map-legend', role: 'group', 'aria-label': 'What the colours say', testid: 'legend' });
  /** @type {'classes'|'parts'} */
  let picked = 'classes';
  const ends = [
    store.watch(
      (state) => [state.mapped, state.detail, state.colour, state.rowFacts, state.colour === 'distance' && state.latent],
      (state) => {
        const { mapped, detail } = state;
        if (!mapped || mapped.model !== detail?.id || mapped.count === 0) {
          element.replaceChildren();
          return;
        }
        const meaning = meaningOf(state, mapped);
        picked = meaning.codes === mapped.labels ? 'classes' : 'parts';
        if (meaning.codes) {
          const toggle = (/** @type {number} */ index) => store.set({ [picked]: toggled(store.state[picked], index) });
          element.replaceChildren(...chipsOf(meaning.names, toggle));
        } else element.replaceChildren(barOf(meaning));
      },
    ),
    store.watch(
      (state) => [state.classes, state.parts, state.mapped, state.colour],
      (state) => press(element, state[picked]),
    ),
  ];
  return { element, end: () => ends.forEach((end) => end()) };
}

/** @param {number[]} picked @param {number} index */
const toggled = (picked, index) =>
  picked.includes(index) ? picked.filter((one) => one !== index) : [...picked, index].sort((a, b) => a - b);

/** @param {HTMLElement} element @param {number[]} picked */
function press(element, picked) {
  element.classList.toggle('picking', picked.length > 0);
  for (const one of element.querySelectorAll('button'))
    one.setAttribute('aria-pressed', String(picked.includes(Number(one.dataset.class))));
}

/** @param {string[]} names @param {(index: number) => void} toggle */
const chipsOf = (names, toggle) => names.map((name, index) => chip(name, index, toggle));

/** @param {string} name @param {number} index @param {(index: number) => void} toggle */
function chip(name, index, toggle) {
  return el(
    'button',
    {
      type: 'button',
      class: 'legend-chip',
      'data-class': index,
      'aria-pressed': 'false',
      title: `Pick out ${name}`,
      on: { click: () => toggle(index) },
    },
    el('span', { class: `swatch swatch-${index % 10}`, 'aria-hidden': 'true' }),
    el('span', { text: name, 'data-text': name }),
  );
}

/** @param {Meaning} meaning @returns {HTMLElement} from the lowest to the highest number */
function barOf({ title, low, high, numbers }) {
  const [light, dark] = [scaleOf(false), scaleOf(true)];
  const stops = light.flatMap((rgb, index) => (index % 15 === 0 ? [`light-dark(rgb(${rgb.join(' ')}), rgb(${dark[index].join(' ')}))`] : []));
  const bar = el('span', { class: 'legend-ramp', 'aria-hidden': 'true' });
  bar.style.background = `linear-gradient(to right, ${stops.join(', ')})`;
  const whole = Number.isInteger(low) && Number.isInteger(high);
  const digits = whole || high - low >= 100 ? 0 : high - low >= 10 ? 1 : high - low >= 0.2 ? 2 : 3;
  const ends = [low, high].map((value) => el('span', { class: 'number', text: value.toFixed(digits).replace('-', '\u2212') }));
  const unknown = numbers?.some(Number.isNaN) ? el('span', { class: 'second', text: 'gray where unknown' }) : null;
  return el('p', { class: 'legend-bar', testid: 'legend-bar' }, el('span', { class: 'second', text: title }), ends[0], bar, ends[1], unknown);
}
