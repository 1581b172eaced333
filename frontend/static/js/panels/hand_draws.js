/**
 * Eight draws from the posterior of the visitor's picture, side by side: a die draws epsilon, by a seed.
 */

import { sentence } from '../api.js';
import { button, el, lifetime } from '../dom.js';
import { GIVEN } from '../given.js';
import { DRAWS, asEncoded, drawnWith, encodedOf, fetchNoise, handOf, noiseOf } from '../hand.js';
import { same } from '../latent.js';
import { say, withLocked } from '../models.js';
import { newest } from '../newest.js';
import { draw } from '../picture.js';
import { pictureRequest } from '../state.js';
import { posteriorLane } from './hand_lane.js';
import { numberField } from './number_field.js';

/** @typedef {import('../store.js').Store} Store */
/** @typedef {import('../api.js').Api} Api */
/** @typedef {import('../state.js').State} State */

const LARGEST_SEED = 2 ** 32 - 1;
const REST_MS = 120;
const WORDS =
  'The encoder says \u03bc and \u03c3; noise \u03b5 is drawn anew each time, as in training. Draws lie farther out than the ' +
  'means they are compared with, so a high \u201cunusual\u201d is no fault.';
/** Noise beyond it is so rare that the point was hardly drawn from this posterior. */
const FAR = 3;

/** @param {Store} store @param {Api} api @returns {import('./hand.js').Lens} */
export function drawsPart(store, api) {
  const life = lifetime();
  const noise = noiseFor(api, life.signal);
  const roll = async (/** @type {number} */ seed) => {
    const { model } = store.state;
    try {
      const [first] = await noise(model, seed);
      const { state } = store;
      const hand = handOf(state);
      if (state.model !== model || !hand || !state.latent) return;
      store.set({ hand: { ...hand, seed }, latent: withLocked(state, drawnWith(hand, first)), origin: `draw:${seed}` });
    } catch (error) {
      say(store, sentence(error));
    }
  };
  const { element: head, seed } = controls(store, roll);
  const row = eight(store);
  const told = el('p', { class: 'second draws-told', testid: 'draws-told', 'aria-live': 'polite' });
  const legend = el(
    'p',
    { class: 'second posterior-legend' },
    el('span', { class: 'legend-item yours', text: 'your picture, \u03bc \u00b1 \u03c3' }),
    el('span', { class: 'legend-item prior', text: 'the prior, 0 \u00b1 1' }),
  );
  const words = drawsWords(store);
  const element = el('div', { class: 'draws' }, words.element, head, row.element, told, legend);
  const fetcher = newest(
    async (_, signal) => {
      const { state } = store;
      const hand = handOf(state);
      if (!hand || state.detail?.id !== state.model) return;
      const drawn = await noise(state.model, hand.seed);
      const rows = drawn.map((epsilon) => withLocked(state, drawnWith(hand, epsilon)));
      const raw = await api.decode(state.model, pictureRequest(state), rows, signal);
      row.fill(rows, raw, hand.seed);
      row.mark(store.state.latent);
      told.textContent = alikeWords(raw);
    },
    { wait: REST_MS },
  );
  life.add(
    fetcher.stop,
    words.end,
    store.watch(
      (state) => [state.hand, state.upload?.latent, state.detail, held(state), ...GIVEN.map((key) => state[key])],
      (state) => {
        seed.show(handOf(state)?.seed ?? null);
        fetcher.ask(null);
      },
    ),
    store.watch(
      (state) => [state.latent],
      ({ latent }) => row.mark(latent),
    ),
  );
  return { element, end: life.end, lane: (row) => posteriorLane(row, store) };
}

/**
 * What the draws are; in its place, where the point is another one than near the posterior, that it is.
 * @param {Store} store @returns {{element: HTMLElement, end: () => void}}
 */
function drawsWords(store) {
  const usual = el('p', { class: 'second', text: WORDS });
  const told = el('span', { role: 'status', testid: 'draws-away' });
  const back = button({ label: 'As encoded', testid: 'draws-back', press: () => backToEncoding(store) });
  const away = el('div', { class: 'draws-away' }, told, back);
  const end = store.watch(
    (state) => [state.latent, state.hand, state.upload, state.origin, state.detail],
    (state) => {
      const most = farthestNoise(state);
      const far = most > FAR && !state.origin.startsWith('draw:');
      usual.classList.toggle('unseen', far);
      away.classList.toggle('unseen', !far);
      told.textContent = far ? `This point is not near your picture: \u03b5 is up to ${most.toFixed(1)} in size.` : '';
    },
  );
  return { element: el('div', { class: 'draws-words' }, usual, away), end };
}

/** @param {Readonly<State>} state @returns {number} the largest epsilon of the current point, in size */
function farthestNoise(state) {
  const hand = handOf(state);
  const { latent } = state;
  if (!hand || latent?.length !== hand.mean.length) return 0;
  return latent.reduce((most, z, dim) => Math.max(most, Math.abs(noiseOf(z, hand.mean[dim], hand.std[dim]))), 0);
}

/** @param {Readonly<State>} state @returns {string} where the locked dimensions stand: the same in every draw */
const held = ({ locks, latent }) => locks.map((dim) => latent?.[dim]).join();

/**
 * @param {Api} api @param {AbortSignal} signal
 * @returns {(model: string, seed: number) => Promise<Float32Array[]>} the last answer is kept
 */
function noiseFor(api, signal) {
  let key = '';
  /** @type {Promise<Float32Array[]>} */
  let kept = Promise.resolve([]);
  return (model, seed) => {
    if (key !== `${model} ${seed}`) {
      key = `${model} ${seed}`;
      kept = fetchNoise(api, model, seed, signal);
      kept.catch(() => {
        key = '';
      });
    }
    return kept;
  };
}

/** @param {Store} store @param {(seed: number) => void} roll */
function controls(store, roll) {
  const next = () => ((handOf(store.state)?.seed ?? 0) + 1) % (LARGEST_SEED + 1);
  const seed = numberField({
    label: 'Seed of the draws',
    testid: 'draw-seed',
    class: 'seed',
    least: 0,
    most: LARGEST_SEED,
    format: (value) => String(Math.round(value)),
    take: (value) => roll(Math.round(value)),
    nudge: (way) => roll(Math.max(0, (handOf(store.state)?.seed ?? 0) + way)),
  });
  const die = button({
    label: 'Draw \u03b5',
    icon: 'die',
    text: 'Draw \u03b5',
    class: 'primary',
    title: 'New noise in every dimension that is not locked',
    testid: 'draw-epsilon',
    press: () => roll(next()),
  });
  const back = button({
    label: 'As encoded',
    title: '\u03bc and \u03c3 as the encoder gave them, without noise',
    testid: 'as-encoded',
    press: () => backToEncoding(store),
  });
  const label = el('label', { class: 'second seed-label' }, 'seed ', seed.element);
  return { element: el('div', { class: 'draws-head' }, die, label, el('span', { class: 'push' }), back), seed };
}

/** @param {Store} store */
export function backToEncoding(store) {
  const { state } = store;
  const [hand, encoded] = [handOf(state), encodedOf(state)];
  if (!hand || !encoded || !state.latent) return;
  store.set({ ...asEncoded(hand, encoded, state.latent), conditions: state.upload?.conditions ?? {} });
}

/** @param {Store} store */
function eight(store) {
  /** @type {Float32Array[]} */
  let rows = [];
  let seed = 1;
  const buttons = Array.from({ length: DRAWS }, (_, i) =>
    el(
      'button',
      {
        type: 'button',
        class: 'draw',
        'aria-label': `Take draw ${i + 1}`,
        'aria-pressed': 'false',
        disabled: true,
        testid: `draw-${i + 1}`,
        on: { click: () => rows[i] && store.set({ latent: rows[i], origin: `draw:${seed}` }) },
      },
      el('canvas', { width: 1, height: 1, 'aria-hidden': 'true' }),
    ),
  );
  return {
    element: el('div', { class: 'eight', role: 'group', 'aria-label': 'Eight draws' }, ...buttons),
    /** @param {Float32Array[]} next @param {import('../api.js').Raw} raw @param {number} from the seed of them */
    fill(next, raw, from) {
      [rows, seed] = [next, from];
      buttons.forEach((one, i) => {
        draw(/** @type {HTMLCanvasElement} */ (one.firstChild), raw, i);
        one.disabled = false;
      });
    },
    /** @param {Float32Array|null} latent */
    mark(latent) {
      const here = rows.map((row) => same(row, latent));
      buttons.forEach((one, i) => one.setAttribute('aria-pressed', String(here[i] ?? false)));
    },
  };
}

/** Of the whole range, the mean spread of a pixel over eight draws: less than this cannot be told apart. */
const [ALIKE, APART] = [0.02, 0.08];

/** @param {import('../api.js').Raw} raw @returns {string} how far the draws lie apart */
function alikeWords({ data, shape: [count] }) {
  const size = data.length / count;
  let sum = 0;
  for (let i = 0; i < size; i++) {
    let [total, squares] = [0, 0];
    for (let n = 0; n < count; n++) {
      const value = data[n * size + i];
      total += value;
      squares += value * value;
    }
    sum += Math.sqrt(Math.max(0, squares / count - (total / count) ** 2));
  }
  const apart = sum / size / 255;
  const share = `A pixel differs by ${(100 * apart).toFixed(1)}% from draw to draw`;
  if (apart < ALIKE) return `${share}: the encoder is sure of this picture.`;
  return apart < APART ? `${share}: alike, not the same.` : `${share}: the spread is wide enough to see.`;
}
