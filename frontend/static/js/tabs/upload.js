/**
 * The tab "Your picture": what was done to a picture, what the model makes of it, and how far to believe it.
 */

import { button, el, lifetime } from '../dom.js';
import { filePicker } from '../panels/upload.js';
import * as across from './upload_across.js';
import { barsSection } from './upload_bars.js';
import { errorSection } from './upload_error.js';
import { fold, placedHere } from './upload_fold.js';
import { cropFrame } from './upload_frame.js';
import { gatheredRow } from './upload_gathered.js';
import * as loss from './upload_loss.js';
import { nearSection } from './upload_near.js';
import * as refine from './upload_refine.js';
import { stepList } from './upload_steps.js';
import { unusualSection } from './upload_unusual.js';

/** @typedef {import('../store.js').Store} Store */
/** @typedef {import('../api.js').Api} Api */
/** @typedef {import('../state.js').State} State */
/** @typedef {{title: string, testid: string, open?: boolean, fits?: (state: Readonly<State>) => boolean, fill: (body: HTMLElement, life: import('./upload_fold.js').Lifetime) => void}} Section */

const decodes = (/** @type {Readonly<State>} */ { detail }) => Boolean(detail?.can?.decode);

/** @param {Store} store @param {Api} api @returns {Section[]} in the order in which a picture is understood */
function sections(store, api) {
  /** @type {(module: {mount: (root: HTMLElement, store: Store, api: Api) => () => void, title?: string, fits?: (state: Readonly<State>) => boolean}, title: string, testid: string) => Section} */
  const other = (module, title, testid) => ({
    title: module.title ?? title,
    testid,
    fits: module.fits,
    fill: (body, life) => life.add(module.mount(body, store, api)),
  });
  return [
    {
      title: 'How well it is redrawn',
      testid: 'fold-error',
      open: true,
      fits: decodes,
      fill: (body, life) => errorSection(body, life, store, api),
    },
    {
      title: 'How unusual it is',
      testid: 'fold-unusual',
      open: true,
      fill: (body, life) => unusualSection(body, life, store, api),
    },
    other(across, 'The same picture across models', 'fold-across'),
    {
      title: 'Three ways to be near',
      testid: 'fold-near',
      open: true,
      fill: (body, life) => nearSection(body, life, store, api),
    },
    { title: 'Where each dimension lies', testid: 'fold-bars', fill: (body, life) => barsSection(body, life, store, api) },
    other(loss, 'What the picture costs', 'fold-loss'),
    other(refine, 'Refine the point', 'fold-refine'),
  ];
}

/** @param {HTMLElement} root @param {Store} store @param {Api} api @returns {() => void} */
export function mount(root, store, api) {
  const life = lifetime();
  const empty = emptyState(store, api);
  const row = gatheredRow(store, api);
  const seen = seenSection(store, api);
  const parts = sections(store, api).map((section) => ({ section, ...fold(section) }));
  const told = el('div', { class: 'explained', hidden: true }, seen.element, ...parts.map((part) => part.element));
  root.append(row.element, empty.element, told);
  life.add(
    row.end,
    seen.end,
    ...parts.map((part) => part.end),
    store.watch(
      (state) => [state.upload, state.detail, state.model],
      (state) => {
        const upload = placedHere(state);
        empty.show(state);
        told.hidden = upload === null;
        told.classList.toggle('busy', Boolean(state.upload?.busy) || state.detail?.id !== state.model);
        for (const { section, element } of parts) element.hidden = section.fits?.(state) === false;
      },
    ),
    () => root.replaceChildren(),
  );
  return life.end;
}

/** @param {Store} store @param {Api} api the picture as it is cut, as the model saw it, and what was done in between */
function seenSection(store, api) {
  const frame = cropFrame(store, api);
  const steps = stepList(store, api);
  const seen = el('img', { class: 'thumb crisp', alt: 'What the model saw', testid: 'explain-seen' });
  const size = el('figcaption', {});
  const element = el(
    'section',
    { class: 'seen', 'aria-label': 'What the model saw' },
    el('h2', { text: 'What the model saw' }),
    el(
      'div',
      { class: 'seen-row' },
      el('figure', {}, frame.element, el('figcaption', { text: 'drag and zoom to choose a part' })),
      el('figure', {}, el('div', { class: 'thumb-frame' }, seen), size),
    ),
    frame.controls,
    steps.element,
  );
  const end = store.watch(
    (state) => [state.upload, state.detail],
    (state) => {
      const upload = placedHere(state);
      if (!upload) return;
      if (seen.getAttribute('src') !== upload.seen) seen.src = upload.seen;
      const image = state.detail?.image;
      size.textContent = image
        ? `what the model saw: ${image.width} \u00d7 ${image.height}${image.channels === 1 ? ', gray' : ''}`
        : '';
      steps.show(upload.steps);
    },
  );
  return {
    element,
    end: () => {
      end();
      frame.end();
    },
  };
}

const WORDS =
  'Bring a picture of your own, or several at once. Here stands what was done to it before the model saw it, how well ' +
  'the model redraws it, how unusual it is, and which known pictures are near. It stays in this browser: the server ' +
  'keeps nothing of it.';
const NO_ENCODER = 'This model has no encoder, so it cannot say where a picture lies. Choose another model to see yours.';

/** @param {Store} store @param {Api} api */
function emptyState(store, api) {
  const words = el('p', { class: 'empty-words' });
  const input = filePicker(store, api, 'choose-input');
  const choose = button({ label: 'Choose pictures', icon: 'upload', text: 'Choose pictures', class: 'primary', testid: 'choose-pictures', press: () => input.click() });
  const element = el('div', { class: 'explain-empty' }, words, choose, input);
  return {
    element,
    /** @param {Readonly<State>} state */
    show(state) {
      const { upload, detail } = state;
      element.hidden = placedHere(state) !== null;
      const unable = detail !== null && !detail.can?.encode;
      choose.hidden = unable || Boolean(upload?.busy);
      words.textContent = unable ? NO_ENCODER : upload?.busy ? 'Placing it\u2026' : upload?.failure || WORDS;
    },
  };
}
