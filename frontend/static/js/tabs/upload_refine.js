/**
 * GAN inversion: a search, on the server, for a point that draws the picture better than the encoder's answer. What it
 * has found so far is drawn meanwhile, can be stopped at any time, and can be taken.
 */

import { form } from '../api.js';
import { button, el, lifetime } from '../dom.js';
import { movedTo, spaceOf } from '../given.js';
import { newest } from '../newest.js';
import { jobLine } from '../panels/job_line.js';
import { clear, draw } from '../picture.js';
import { pictureRequest } from '../state.js';
import { PLUS } from '../styles.js';
import { errorCurve } from './refine_curve.js';
import { placedHere, segments } from './upload_fold.js';

/** @typedef {import('../store.js').Store} Store */
/** @typedef {import('../api.js').Api} Api */
/** @typedef {import('../state.js').State} State */
/**
 * @typedef {Object} Found
 * @property {Float32Array} latent (D,)
 * @property {number} error mean squared
 * @property {number[]} curve
 * @property {number|null} unusual percentile; known at the end
 */
/** @typedef {{upload: import('../uploads.js').Upload, space: string, psi: number, noiseSeed: number, still: boolean, conditions: Record<string, number>}} Run */

/** On the fold-out; it is mounted when that is first opened. */
export const title = 'Refine the point';

/** @param {Readonly<State>} state @returns {boolean} not for a PCA: its encoder gives the best point there is */
export const fits = ({ detail }) => Boolean(detail?.can?.decode && detail.can.encode && detail.kind !== 'pca');

const EFFORTS = /** @type {Record<string, string>} */ ({ 15: 'Quick', 40: 'Thorough', 120: 'Patient' });
const SPACES = /** @type {Record<string, string>} */ ({
  w: 'One style for all layers: what is found can be edited well.',
  'w+': 'A style for each layer: it redraws almost anything, and edits badly.',
  z: 'What is drawn at random: it redraws least, and stays most like the model\u2019s own pictures.',
});

/** @param {HTMLElement} root @param {Store} store @param {Api} api @returns {() => void} */
export function mount(root, store, api) {
  const life = lifetime();
  /** @type {{space: string, steps: string}} */
  const choice = { space: '', steps: '15' };
  /** @type {Run|null} */
  let run = null;
  /** @type {Found|null} */
  let found = null;

  const parts = skeleton();
  const curve = errorCurve();
  const line = jobLine({
    name: 'Search',
    idle: 'From seconds to minutes, by the size of the model. It can be stopped at any time.',
    testid: 'refine',
    onchange: (busy) => {
      parts.start.disabled = busy;
      show();
    },
  });
  const efforts = segments('How long', EFFORTS, 'refine-steps', (steps) => {
    choice.steps = steps;
    efforts.show(steps);
  });
  const spaces = segments('Space', { w: 'W', 'w+': 'W+', z: 'Z' }, 'refine-space', (space) => {
    choice.space = space;
    settle(store.state);
  });
  const drawer = newest(async (/** @type {{run: Run, latent: Float32Array}} */ { run: of, latent }, signal) => {
    const { model } = of.upload;
    draw(parts.best, await api.decode(model, pictureRequest({ ...store.state, ...of }), [latent], signal));
  });

  const show = () => {
    parts.take.disabled = found === null;
    parts.facts.textContent = run && found ? wordsFor(run, found, line.busy()) : '';
    parts.bestError.textContent = found ? `found: error ${found.error.toFixed(4)}` : 'found';
    curve.show(found?.curve ?? [], placedHere(store.state)?.error?.mse ?? null);
    if (run && found) drawer.ask({ run, latent: found.latent });
    else clear(parts.best);
  };
  const told = (/** @type {any} */ partial) => {
    found = {
      latent: Float32Array.from(partial.latent),
      error: partial.error,
      curve: partial.curve,
      unusual: partial.unusual?.percentile ?? null,
    };
    show();
  };
  const settle = (/** @type {Readonly<State>} */ state) => {
    const { detail } = state;
    const upload = placedHere(state);
    const several = (detail?.spaces.length ?? 0) > 1;
    if (!several || !detail?.spaces.includes(choice.space)) choice.space = detail?.default_space ?? '';
    spaces.element.hidden = !several;
    parts.spaceWords.textContent = several ? SPACES[choice.space] : '';
    spaces.show(/** @type {any} */ (choice.space));
    if (upload && parts.seen.getAttribute('src') !== upload.seen) parts.seen.src = upload.seen;
    if (upload?.reconstruction) draw(parts.before, upload.reconstruction);
    parts.beforeError.textContent = upload?.error ? `the encoder: error ${upload.error.mse.toFixed(4)}` : 'the encoder';
    if (run && run.upload.latent !== upload?.latent) {
      line.stop();
      [run, found] = [null, null];
    }
    show();
  };
  const search = async () => {
    const { state } = store;
    const upload = placedHere(state);
    if (!upload) return;
    const { psi, noiseSeed, still } = state;
    const own = { upload, space: choice.space, psi, noiseSeed, still, conditions: upload.conditions };
    [run, found] = [own, null];
    show();
    const hear = (/** @type {any} */ answer) => run === own && told(answer);
    const answer = await line.run(api, `/api/models/${encodeURIComponent(upload.model)}/inversion`, { method: 'POST', body: bodyOf(own, choice.steps) }, {
      onjob: ({ partial }) => partial && hear(partial),
    });
    if (answer) hear(await answer.json());
  };
  parts.start.addEventListener('click', search);
  parts.take.addEventListener('click', () => {
    if (run && found) take(store, run, found);
  });
  root.append(
    parts.words,
    el('div', { class: 'refine-tools' }, efforts.element, spaces.element, parts.start),
    parts.spaceWords,
    line.element,
    parts.pictures,
    curve.element,
    el('div', { class: 'refine-end' }, parts.facts, parts.take),
  );
  efforts.show(choice.steps);
  life.add(
    store.watch((state) => [state.upload, state.detail], settle),
    line.stop,
    drawer.stop,
    () => root.replaceChildren(),
  );
  return life.end;
}

function skeleton() {
  const seen = el('img', { class: 'thumb crisp', alt: 'What the model saw' });
  const picture = (/** @type {string} */ label, /** @type {string} */ testid) =>
    el('canvas', { class: 'thumb crisp', width: 1, height: 1, role: 'img', 'aria-label': label, testid });
  const before = picture('Drawn from the encoder\u2019s answer', 'refine-before');
  const best = picture('Drawn from the best point so far', 'refine-best');
  const caption = (/** @type {string} */ text) => el('figcaption', { class: 'number', text });
  const [seenWords, beforeError, bestError] = [caption('what it saw'), caption('the encoder'), caption('found')];
  const figure = (/** @type {HTMLElement} */ one, /** @type {HTMLElement} */ words) =>
    el('figure', {}, el('div', { class: 'thumb-frame' }, one), words);
  return {
    seen,
    before,
    best,
    beforeError,
    bestError,
    pictures: el('div', { class: 'refine-pictures' }, figure(seen, seenWords), figure(before, beforeError), figure(best, bestError)),
    words: el('p', {
      class: 'second',
      text: 'An encoder guesses in one go. A search starts from its answer, from the mean and from random draws, and goes on from the best: as near as it can in pixels and in edges, without going far from the data. The noise stays as it is.',
    }),
    spaceWords: el('p', { class: 'second refine-space' }),
    start: button({ label: 'Search', class: 'primary', testid: 'refine-start' }),
    take: button({ label: 'Go to it', testid: 'refine-take', disabled: true }),
    facts: el('p', { class: 'refine-facts', testid: 'refine-facts' }),
  };
}

/** @param {Run} run @param {string} steps @returns {FormData} */
function bodyOf({ upload, space, psi, noiseSeed, still, conditions }, steps) {
  const body = form(upload.file, { ...upload, given: conditions });
  const more = { space, steps, psi: String(psi), noise_seed: String(noiseSeed), noise: String(!still) };
  for (const [key, value] of Object.entries(more)) body.append(key, value);
  return body;
}

/** @param {Run} run @param {Found} found @param {boolean} busy @returns {string} what was gained, and what it cost */
function wordsFor({ upload, space }, { error, unusual }, busy) {
  if (busy) return 'The best so far. Cancel keeps it.';
  const before = upload.error?.mse ?? null;
  const gain = before === null ? 0 : Math.round(100 * (1 - error / before));
  const better = gain >= 1 ? `The error is ${gain}% smaller than the encoder\u2019s` : 'The encoder\u2019s answer was as good as what the search found';
  if (unusual !== null && upload.unusual !== null)
    return `${better}; the point is more unusual than ${Math.round(unusual)}% of held-out pictures, the encoder\u2019s than ${Math.round(upload.unusual)}%.`;
  return space === PLUS ? `${better}. In W+ that says little: it redraws almost anything.` : `${better}.`;
}

/** @param {Store} store @param {Run} run @param {Found} found */
function take(store, { upload, space, psi, noiseSeed, still, conditions }, { latent }) {
  const { state } = store;
  if (state.model !== upload.model) return;
  store.set({ ...movedTo(state, space || spaceOf(state)), latent, conditions, psi, noiseSeed, still, origin: 'refined' });
}
