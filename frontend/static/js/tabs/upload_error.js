/**
 * How well the picture is redrawn: what the model saw, what it draws, and where the two differ.
 */

import { el } from '../dom.js';
import { newest } from '../newest.js';
import { clear, draw } from '../picture.js';
import { coloured, differences, readPicture, scaleEnd } from './upload_difference.js';
import { placedHere, segments } from './upload_fold.js';

/** @typedef {import('../store.js').Store} Store */
/** @typedef {import('../api.js').Api} Api */
/** @typedef {import('../api.js').Raw} Raw */

const WORDS = {
  sign: 'Orange: drawn lighter than it was. Blue: drawn darker.',
  size: 'The stronger the colour, the larger the difference.',
};

/** @param {HTMLElement} root @param {import('./upload_fold.js').Lifetime} life @param {Store} store @param {Api} api */
export function errorSection(root, life, store, api) {
  const parts = make();
  let { id: model } = store.state.detail ?? { id: undefined };
  /** @type {{which: 'reconstruction'|'stage', sign: boolean, seen: Raw|null, url: string, frame: Raw|null}} */
  const now = { which: 'reconstruction', sign: true, seen: null, url: '', frame: null };
  const which = segments(
    'Compared with what the model saw',
    { reconstruction: 'Reconstruction', stage: 'Picture on the stage' },
    'error-of',
    (chosen) => {
      now.which = chosen;
      paint();
    },
  );
  const kind = segments('Differences', { sign: 'Lighter or darker', size: 'Size only' }, 'error', (chosen) => {
    now.sign = chosen === 'sign';
    paint();
  });
  const paint = () => {
    which.show(now.which);
    kind.show(now.sign ? 'sign' : 'size');
    const upload = placedHere(store.state);
    const drawn = now.which === 'stage' ? now.frame : (upload?.reconstruction ?? null);
    parts.caption.textContent = now.which === 'stage' ? 'on the stage now' : 'reconstruction';
    if (upload && drawn && now.seen && now.url === upload.seen) show(parts, now.seen, drawn, now.sign);
  };
  const reader = newest(async (/** @type {null} */ _) => {
    const { upload, detail } = store.state;
    if (!upload?.seen || !detail?.image) return;
    const url = upload.seen;
    now.seen = await readPicture(url, detail.image.channels);
    now.url = url;
    paint();
  });
  let waiting = 0;
  const frame = (/** @type {Event} */ event) => {
    now.frame = /** @type {CustomEvent<Raw>} */ (event).detail;
    if (now.which !== 'stage' || store.state.tab !== 'upload' || waiting) return;
    waiting = requestAnimationFrame(() => {
      waiting = 0;
      paint();
    });
  };
  api.live.addEventListener('frame', frame);
  root.append(parts.element, el('div', { class: 'crop-tools' }, kind.element, which.element), parts.words);
  life.add(
    reader.stop,
    () => api.live.removeEventListener('frame', frame),
    store.watch(
      (state) => [placedHere(state)?.seen, placedHere(state)?.reconstruction, state.detail],
      (state) => {
        const upload = placedHere(state);
        if (state.detail?.id !== model) blank(parts);
        model = state.detail?.id;
        if (!upload) return;
        if (parts.seen.getAttribute('src') !== upload.seen) parts.seen.src = upload.seen;
        if (now.url === upload.seen) paint();
        else reader.ask(null);
      },
    ),
  );
}

/** @returns {{element: HTMLElement, seen: HTMLImageElement, drawn: HTMLCanvasElement, map: HTMLCanvasElement, scale: HTMLElement, caption: HTMLElement, mse: HTMLElement, words: HTMLElement}} */
function make() {
  const seen = el('img', { alt: 'What the model saw', class: 'thumb crisp' });
  const drawn = canvas('What the model draws', 'error-drawn');
  const map = canvas('Where the two differ', 'error-map');
  const caption = el('figcaption', { text: 'reconstruction' });
  const mse = el('strong', { class: 'number', testid: 'error-mse' });
  const scale = el('div', { class: 'scale' });
  const figure = (/** @type {HTMLElement} */ picture, /** @type {HTMLElement} */ words) =>
    el('figure', {}, el('div', { class: 'thumb-frame' }, picture), words);
  const element = el(
    'div',
    { class: 'explain-row' },
    figure(seen, el('figcaption', { text: 'what it saw' })),
    figure(drawn, caption),
    figure(map, el('figcaption', {}, 'error ', mse)),
    scale,
  );
  return { element, seen, drawn, map, scale, caption, mse, words: el('p', { class: 'second' }) };
}

/** @param {string} label @param {string} testid */
const canvas = (label, testid) =>
  el('canvas', { class: 'thumb crisp', width: 1, height: 1, role: 'img', 'aria-label': label, testid });

/** @param {ReturnType<typeof make>} parts what another model drew is not of this one */
function blank({ drawn, map, mse, scale }) {
  clear(drawn);
  clear(map);
  mse.textContent = '';
  scale.replaceChildren();
}

/** @param {ReturnType<typeof make>} parts @param {Raw} seen @param {Raw} drawn @param {boolean} sign */
function show({ drawn: picture, map, scale, mse, words }, seen, drawn, sign) {
  if (seen.shape.slice(1).join() !== drawn.shape.slice(1).join()) return;
  draw(picture, drawn);
  const found = differences(seen, drawn, sign);
  const end = scaleEnd(found.values);
  const image = coloured(found.values, seen.shape[2], sign, end);
  map.width = image.width;
  map.height = image.height;
  map.getContext('2d')?.putImageData(image, 0, 0);
  mse.textContent = found.mse.toFixed(4);
  mse.title = 'Mean squared difference over the pixels, which go from 0 to 1';
  scale.className = `scale ${sign ? 'scale-sign' : 'scale-size'}`;
  const ends = sign ? [`\u2212${end.toFixed(2)}`, '0', `+${end.toFixed(2)}`] : ['0', end.toFixed(2)];
  scale.replaceChildren(...ends.map((text) => el('span', { class: 'number', text })));
  words.textContent = WORDS[sign ? 'sign' : 'size'];
}
