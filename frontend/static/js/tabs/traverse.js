/**
 * The Traverse tab: what moving single dimensions, or two at once, does from the current point.
 */

import { sentence } from '../api.js';
import { button, el, lifetime } from '../dom.js';
import { slidersOf } from '../given.js';
import { ready, say } from '../models.js';
import { classLegend } from '../panels/map_legend.js';
import { axesFrom, gridDims, isPlane, reachWords, stripDims } from './traverse_axes.js';
import { axesChoice, reachToggle, stripsChoice, viewToggle } from './traverse_controls.js';
import { exportGrid, exportStrips } from './traverse_export.js';
import { grid } from './traverse_grid.js';
import { preview, seenBy } from './traverse_preview.js';
import { strips } from './traverse_strips.js';

/** @typedef {import('../store.js').Store} Store */
/** @typedef {import('../api.js').Api} Api */
/** @typedef {import('../state.js').State} State */

const FEW = 2;

/** @param {HTMLElement} root @param {Store} store @param {Api} api @returns {() => void} */
export function mount(root, store, api) {
  const life = lifetime();
  const axesOf = axesFrom(api);
  const failure = el('p', { class: 'bad', role: 'alert', testid: 'traverse-failure', hidden: true });
  const failed = (/** @type {unknown} */ error) => {
    failure.hidden = !error;
    failure.textContent = error ? sentence(error) : '';
  };
  const look = preview(store, api, () => told(store.state));
  const plane = grid(store, api, axesOf, { show: look.show, failed });
  const lanes = strips(store, api, axesOf, { show: look.show, failed });
  const keys = classLegend(store, 'plane-legend', 'Classes over the pictures');
  const controls = [viewToggle(store), reachToggle(store), axesChoice(store), stripsChoice(store)];
  const [view, reach, two, one] = controls.map((part) => part.element);
  const save = saveButton(store, plane, lanes);
  const words = el('p', { class: 'second traverse-words', testid: 'traverse-words' });
  const empty = el('p', { class: 'empty-words', testid: 'traverse-empty', hidden: true });
  const side = el('div', { class: 'traverse-side' }, look.element, words, keys.element);
  const body = el('div', { class: 'traverse-body' }, plane.element, lanes.element, side);
  root.append(
    el('div', { class: 'traverse-head' }, view, reach),
    el('div', { class: 'traverse-head' }, two, one, el('span', { class: 'push' }), save),
    failure,
    empty,
    body,
  );
  const sizes = new ResizeObserver(() => {
    plane.refresh();
    lanes.refresh();
  });
  sizes.observe(root);
  life.add(
    ...controls.map((part) => part.end),
    plane.end,
    lanes.end,
    keys.end,
    look.end,
    () => sizes.disconnect(),
    store.watch(
      (state) => [state.traversal, state.detail, state.space, state.bare, state.reach, state.axes, ready(state)],
      (state) => {
        const none = emptyWords(state);
        const single = state.traversal === 'strips';
        empty.hidden = none === '';
        empty.textContent = none;
        body.hidden = none !== '';
        body.classList.toggle('single', single);
        save.disabled = none !== '';
        plane.element.hidden = two.hidden = single;
        lanes.element.hidden = one.hidden = !single;
        keys.element.hidden = single || !isPlane(state) || state.bare;
        words.textContent = none === '' ? wordsFor(state) : '';
      },
    ),
    store.watch(
      (state) => [state.latent, state.traversal, state.axes, state.tab, ...seenBy(state)],
      (state) => {
        if (state.tab === 'traverse') look.refresh();
      },
    ),
    () => root.replaceChildren(),
  );
  return life.end;
}

/** @param {Readonly<State>} state @returns {number[]} dimensions whose values are told of the current point */
const told = (state) => (state.traversal === 'strips' ? stripDims(state).slice(0, FEW) : gridDims(state));

/** @param {Readonly<State>} state @returns {string} why there is nothing to see; '' when there is */
function emptyWords(state) {
  if (state.detail && !state.detail.can.decode)
    return 'This model has no decoder, so there are no pictures to walk through.';
  if (!ready(state)) return state.failure || 'The pictures come with the first point\u2026';
  if (state.traversal === '' && slidersOf(state).length < 2)
    return 'This model has one dimension: look at it under \u201cOne at a time\u201d.';
  return '';
}

/** @param {Readonly<State>} state @returns {string} what is seen, and what the hand can do */
function wordsFor(state) {
  const reach = reachWords(state);
  const hand = 'Click takes a picture; the arrow keys walk, Enter takes.';
  if (state.traversal === 'strips')
    return `Each strip moves one dimension over ${reach}, from left to right; all others stay. ${hand}`;
  if (isPlane(state) && (state.reach === '' || state.reach === 'prior'))
    return (
      'The whole space: each picture stands for an equal share of a Gaussian with the mean and spread of ' +
      `${reach}. ${hand} A drag moves your point.`
    );
  const rest = slidersOf(state).length - 2;
  const stay = rest > 0 ? `; the other ${rest} stay` : '';
  return `${presetWords(state)}Two dimensions over ${reach}${stay}. ${hand} A drag moves your point.`;
}

/** @param {Readonly<State>} state @returns {string} which two these are, where nobody has chosen them */
function presetWords(state) {
  if (isPlane(state) || state.axes.length > 0) return '';
  return slidersOf(state)[0].effect === null
    ? 'Preset: the first two dimensions. '
    : 'Preset: the two dimensions that change the picture most. ';
}

/**
 * @param {Store} store @param {ReturnType<typeof grid>} plane @param {ReturnType<typeof strips>} lanes
 * @returns {HTMLButtonElement}
 */
function saveButton(store, plane, lanes) {
  const save = async () => {
    try {
      const single = store.state.traversal === 'strips';
      const made = single ? await exportStrips(store.state, lanes.lanes()) : await exportGrid(store.state, plane);
      if (!made) say(store, 'The pictures are still on their way. Try again in a moment.');
    } catch (error) {
      console.error(error);
      say(store, 'This browser could not make the picture.');
    }
  };
  const title = 'The pictures that are shown, with their axes labelled';
  return button({ label: 'Save PNG', title, testid: 'traverse-save', press: save });
}
