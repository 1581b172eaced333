/**
 * A row of the slider column: name and information, film strip, track with the posterior's band, value; and a place for
 * what a lens says of the dimension.
 */

import { el, on, signed } from '../dom.js';
import { sliderSide } from './slider_side.js';

/** @typedef {import('../api.js').Slider} Slider */

/** @typedef {{mean: number, std: number}} Posterior of the visitor's picture, in this dimension */

/**
 * @typedef {Object} Row
 * @property {Slider} slider
 * @property {import('../api.js').ModelDetail} model
 * @property {HTMLElement} element
 * @property {HTMLCanvasElement} strip
 * @property {HTMLElement} lane under the track, for a lens: it has the track's width
 * @property {HTMLElement} words under that, as wide as track and value
 * @property {(value: number|null, posterior: Posterior|null, locked: boolean) => void} show draws only what has changed
 * @property {(value: number) => number} along where a value lies on the track, in [0, 1]
 * @property {(x: number) => number} under the value at a place of the window
 */

/**
 * @typedef {Object} Hand
 * @property {(value: number) => void} input
 * @property {() => void} change the hand has let go
 * @property {() => void} reset
 * @property {() => void} lock or unlock
 * @property {(way: number, fine: boolean) => void} nudge a step of the keyboard
 * @property {() => import('../store.js').Mark} mark
 * @property {(mark: import('../store.js').Mark) => void} cancel what was moved since then was not meant
 */

export const STEPS = 9;
/** Shares of the range that a key moves by, the second one with Shift. */
const [KEY_STEP, FINE_STEP] = [0.01, 0.001];

/**
 * @param {Slider} slider @param {string} name @param {import('../api.js').ModelDetail} detail
 * @param {Hand} hand
 * @returns {Row}
 */
export function sliderRow(slider, name, detail, hand) {
  const id = `slider-${slider.dim}`;
  const input = rangeFor(slider, id);
  const side = sliderSide(slider, name, hand);
  const strip = el('canvas', { class: 'filmstrip', width: 1, height: 1, 'aria-hidden': 'true' });
  const here = el('span', { class: 'film-here', hidden: true });
  const band = el('span', { class: 'band', hidden: true });
  const film = el('div', { class: 'film', 'aria-hidden': 'true' }, strip, here);
  const track = el('div', { class: 'track' }, band, input);
  const lane = el('div', { class: 'slider-lane', hidden: true });
  const words = el('div', { class: 'slider-words', hidden: true });
  const element = el(
    'li',
    { class: slider.active ? 'slider' : 'slider passive' },
    nameOf(slider, name, detail, id),
    el('div', { class: 'slider-body' }, film, track, lane),
    side.element,
    words,
  );
  on(input, {
    input: () => hand.input(input.valueAsNumber),
    change: hand.change,
    keydown: (event) => keys(event, input, hand),
  });
  presses(element, hand);
  cancellable(input, hand);
  const take = (/** @type {MouseEvent} */ event) => {
    hand.input(filmValue(event, film, slider));
    hand.change();
  };
  on(film, { click: take });
  let drawn = '';
  /** @type {Row['show']} */
  const redraw = (value, posterior, locked) => {
    const key = `${value} ${posterior?.mean} ${posterior?.std} ${locked}`;
    if (key === drawn) return;
    drawn = key;
    show({ input, here, element }, slider, value);
    side.show(value, locked);
    element.classList.toggle('locked', locked);
    place(band, input, posterior);
  };
  const along = (/** @type {number} */ value) => share(input, value);
  const under = (/** @type {number} */ x) => valueUnder(x, input);
  return { slider, model: detail, element, strip, lane, words, show: redraw, along, under };
}

/**
 * A double click resets. Its first click has moved the slider already: that is taken back, so that it is one step.
 * @param {HTMLElement} element where it counts, but for its buttons and the text that is selected so
 * @param {Hand} hand
 */
function presses(element, hand) {
  let [first, last] = [hand.mark(), hand.mark()];
  on(element, {
    pointerdown: () => {
      [first, last] = [last, hand.mark()];
    },
    dblclick: (event) => {
      if (event.target.closest('.slider-side, .slider-lane, .slider-words')) return;
      hand.cancel(first);
      hand.reset();
    },
  });
}

/**
 * A finger that begins on a track and scrolls the page has moved the handle before the browser knows: take it back.
 * @param {HTMLInputElement} input @param {Pick<Hand, 'mark'|'cancel'>} hand
 */
export function cancellable(input, hand) {
  let { value } = input;
  let mark = hand.mark();
  on(input, {
    pointerdown: () => {
      ({ value } = input);
      mark = hand.mark();
    },
    pointercancel: () => {
      hand.cancel(mark);
      input.value = value;
    },
  });
}

/** @param {Slider} slider @param {string} id */
function rangeFor({ low, high, mean }, id) {
  return el('input', {
    id,
    type: 'range',
    min: low,
    max: high,
    step: 'any',
    value: mean,
    testid: id,
    'aria-describedby': `${id}-facts`,
    'aria-keyshortcuts': '0 Delete',
  });
}

/**
 * @param {Slider} slider @param {string} name @param {import('../api.js').ModelDetail} detail
 * @param {string} id of the input
 */
function nameOf(slider, name, detail, id) {
  return el(
    'div',
    { class: 'slider-name' },
    el('label', { class: 'number', for: id, text: name }),
    information(slider, detail),
    el('span', { id: `${id}-facts`, class: 'hidden', text: factsOf(slider) }),
  );
}

/**
 * @param {MouseEvent} event
 * @param {HTMLElement} film
 * @param {Slider} slider
 * @returns {number} of the picture clicked
 */
function filmValue(event, film, { low, high }) {
  const { left, width } = film.getBoundingClientRect();
  const step = Math.max(0, Math.min(STEPS - 1, Math.floor(((event.clientX - left) / width) * STEPS)));
  return low + ((high - low) * step) / (STEPS - 1);
}

/** @param {Slider} slider */
function factsOf({ kl, effect, active }) {
  if (kl === null && effect === null) return 'effect not measured';
  const information_ = kl === null ? `effect ${effect?.toFixed(3)}` : `${kl.toFixed(2)} nats`;
  return active ? information_ : `${information_}, inactive: it barely changes the picture`;
}

/**
 * @param {Slider} slider
 * @param {import('../api.js').ModelDetail} detail the bar is relative to the strongest dimension
 */
function information(slider, detail) {
  const measure = (/** @type {Slider} */ one) => one.kl ?? one.effect ?? 0;
  const most = strongest(detail, measure);
  const bar = el('span', { class: 'information', title: factsOf(slider) }, el('span'));
  /** @type {HTMLElement} */ (bar.firstChild).style.width = `${Math.round((100 * measure(slider)) / most)}%`;
  return bar;
}

/** @type {WeakMap<import('../api.js').ModelDetail, number>} */
const known = new WeakMap();

/** @param {import('../api.js').ModelDetail} detail @param {(slider: Slider) => number} measure once a model, not a row */
function strongest(detail, measure) {
  const most = known.get(detail) ?? detail.sliders.reduce((top, one) => Math.max(top, measure(one)), 1e-9);
  known.set(detail, most);
  return most;
}

/**
 * @param {Slider} slider @param {number} value
 * @param {number} way 1 up, -1 down @param {boolean} fine
 * @returns {number} a step further, inside the range unless it was outside before
 */
export function nudged({ low, high }, value, way, fine) {
  const next = value + way * (high - low) * (fine ? FINE_STEP : KEY_STEP);
  return Math.max(Math.min(low, value), Math.min(Math.max(high, value), next));
}

/** @param {KeyboardEvent} event @param {HTMLInputElement} input @param {Hand} hand */
function keys(event, input, hand) {
  const way = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[event.key];
  if (way !== undefined) {
    event.preventDefault();
    hand.nudge(way, event.shiftKey);
    input.addEventListener('keyup', () => hand.change(), { once: true });
  } else if (
    (event.key === '0' || event.key === 'Delete' || event.key === 'Backspace') &&
    !event.ctrlKey &&
    !event.metaKey
  ) {
    event.preventDefault();
    hand.reset();
  }
}

/**
 * @param {{input: HTMLInputElement, here: HTMLElement, element: HTMLElement}} parts
 * @param {Slider} slider @param {number|null} value beyond the range, the range is widened until the value is back
 */
function show({ input, here, element }, slider, value) {
  input.disabled = value === null;
  here.hidden = value === null;
  if (value === null) return;
  const beyond = value < slider.low || value > slider.high;
  const [low, high] = [Math.min(slider.low, value), Math.max(slider.high, value)];
  if (!element.matches(':active')) {
    if (Number(input.min) !== low) input.min = String(low);
    if (Number(input.max) !== high) input.max = String(high);
  }
  if (input.valueAsNumber !== value) input.value = String(value);
  element.classList.toggle('beyond', beyond);
  input.setAttribute('aria-valuetext', beyond ? `${signed(value)}, outside the usual range` : signed(value));
  const along = (value - slider.low) / (slider.high - slider.low);
  input.style.setProperty('--along', String(share(input, value)));
  here.style.setProperty('--step', String(Math.max(0, Math.min(STEPS - 1, Math.round(along * (STEPS - 1))))));
}

/** Half a handle: its centre stays so far inside the track's ends. */
const INSET = 8;

/** @param {number} x in the window @param {HTMLInputElement} input @returns {number} */
function valueUnder(x, input) {
  const { left, width } = input.getBoundingClientRect();
  const along = Math.max(0, Math.min(1, (x - left - INSET) / (width - 2 * INSET)));
  return Number(input.min) + along * (Number(input.max) - Number(input.min));
}

/** @param {HTMLInputElement} input @param {number} value @returns {number} its place between the ends, in [0, 1] */
const share = (input, value) =>
  Math.max(0, Math.min(1, (value - Number(input.min)) / (Number(input.max) - Number(input.min))));

/**
 * @param {HTMLElement} band
 * @param {HTMLInputElement} input
 * @param {Posterior|null} posterior one standard deviation each way
 */
function place(band, input, posterior) {
  band.hidden = posterior === null;
  if (!posterior) return;
  const from = share(input, posterior.mean - posterior.std);
  const to = share(input, posterior.mean + posterior.std);
  band.style.setProperty('--from', String(from));
  band.style.setProperty('--to', String(to));
  band.title = `Your picture: ${signed(posterior.mean)} \u00b1 ${posterior.std.toFixed(2)}`;
}
