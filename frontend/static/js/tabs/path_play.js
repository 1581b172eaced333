/**
 * Playing the walk: forward once, around again, or there and back; evenly or with ease; slower or faster.
 */

import { button, el, icon } from '../dom.js';
import { scrubber } from '../panels/strip.js';
import { keyframesOf, walkTo } from '../walk.js';

/** @typedef {import('../store.js').Store} Store */
/** @typedef {'once'|'repeat'|'back'} Loop */
/** @typedef {{loop: Loop, ease: 'even'|'smooth', seconds: (stretches: number) => number}} Play how it is played now */

/** Seconds from one keyframe to the next, at the speed 1. */
const SECONDS = 3;
const LOOPS = /** @type {[Loop, string][]} */ ([
  ['once', 'Once'],
  ['repeat', 'Again and again'],
  ['back', 'There and back'],
]);
const SPEEDS = [0.25, 0.5, 1, 2, 4];

/** @param {number} t in [0, 1] @returns {number} the same, without a jolt at either end */
const gentle = (t) => t * t * (3 - 2 * t);

/**
 * @param {Play} play @param {number} turn how often the way was gone, from 0 on
 * @returns {number} the position, in [0, 1]
 */
export function positionAt({ loop, ease }, turn) {
  const whole = Math.floor(turn);
  const along = loop === 'once' ? Math.min(turn, 1) : turn - whole;
  const t = loop === 'back' && whole % 2 === 1 ? 1 - along : along;
  return ease === 'smooth' ? gentle(t) : t;
}

/** @param {Store} store @returns {{element: HTMLElement, play: () => Play, end: () => void}} */
export function player(store) {
  const slide = scrubber(store, 'path-scrubber');
  const share = el('span', { class: 'number second', testid: 'path-share' });
  const loop = choice('Repeat', 'path-loop', LOOPS);
  const speed = choice(
    'Speed',
    'path-speed',
    SPEEDS.map((value) => /** @type {[string, string]} */ ([String(value), `${value}\u00d7`])),
    '1',
  );
  const ease = el('input', { type: 'checkbox', checked: true, testid: 'path-ease' });
  /** @returns {Play} */
  const play = () => ({
    loop: /** @type {Loop} */ (loop.select.value),
    ease: ease.checked ? 'smooth' : 'even',
    seconds: (stretches) => (SECONDS * stretches) / Number(speed.select.value),
  });
  const go = button({ label: 'Play', icon: 'play', text: 'Play', testid: 'path-play', class: 'play', press: () => (frame ? halt() : start()) });
  let frame = 0;
  const show = () => {
    const playing = frame !== 0;
    go.replaceChildren(icon(playing ? 'pause' : 'play'), el('span', { text: playing ? 'Pause' : 'Play' }));
    go.setAttribute('aria-pressed', String(playing));
  };
  const halt = () => {
    cancelAnimationFrame(frame);
    frame = 0;
    store.end();
    show();
  };
  const start = () => {
    let turn = startOf(store.state.position, play());
    let last = performance.now();
    let was = store.state.position;
    const tick = (/** @type {number} */ now) => {
      const { state } = store;
      const stretches = keyframesOf(state).length - 1;
      if (stretches < 1 || (state.origin !== 'path' && turn > 0) || Math.abs(state.position - was) > 1e-9) {
        halt();
        return;
      }
      turn += Math.min(0.1, Math.max(0, now - last) / 1000) / play().seconds(stretches);
      last = now;
      walkTo(store, positionAt(play(), turn), 'play');
      was = store.state.position;
      if (play().loop === 'once' && turn >= 1) halt();
      else frame = requestAnimationFrame(tick);
    };
    store.end();
    walkTo(store, positionAt(play(), turn), 'play');
    was = store.state.position;
    frame = requestAnimationFrame(tick);
    show();
  };
  const element = el(
    'div',
    { class: 'player' },
    go,
    slide.element,
    share,
    el('div', { class: 'player-how' }, loop.element, speed.element, el('label', { class: 'player-ease' }, ease, 'Gentle start and end')),
  );
  const ends = [
    slide.end,
    store.watch(
      (state) => [state.position, keyframesOf(state).length],
      (state) => {
        const both = keyframesOf(state).length > 0;
        go.disabled = !both;
        share.textContent = both ? `${Math.round(state.position * 100)}%` : '';
      },
    ),
  ];
  return {
    element,
    play,
    end: () => {
      halt();
      ends.forEach((end) => end());
    },
  };
}

/** @param {number} position @param {Play} play @returns {number} the turn that begins where the person stands, but not at the end */
function startOf(position, play) {
  if (position >= 1 - 1e-6) return play.loop === 'back' ? 1 : 0;
  if (play.ease === 'even') return position;
  let [low, high] = [0, 1];
  for (let i = 0; i < 30; i++) {
    const middle = (low + high) / 2;
    if (gentle(middle) < position) low = middle;
    else high = middle;
  }
  return low;
}

/**
 * @param {string} label @param {string} testid @param {[string, string][]} options value and words @param {string} [chosen]
 * @returns {{element: HTMLElement, select: HTMLSelectElement}}
 */
function choice(label, testid, options, chosen) {
  const select = el(
    'select',
    { testid, class: 'path-choice' },
    ...options.map(([value, text]) => el('option', { value, text, selected: value === chosen })),
  );
  return { element: el('label', { class: 'player-choice' }, el('span', { class: 'second', text: label }), select), select };
}
