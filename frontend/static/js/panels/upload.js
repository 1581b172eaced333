/**
 * "Your picture": examples for who has none at hand; original, what the model saw and the reconstruction; each
 * step of the preparation.
 */

import { button, el, lifetime, partHead } from '../dom.js';
import { takeFiles } from '../gathered.js';
import { movedTo } from '../given.js';
import { draw } from '../picture.js';
import { placedHere } from '../tabs/upload_fold.js';
import { forget } from '../uploads.js';
import { fillExamples } from './examples.js';
import { preparation } from './preparation.js';

/** @typedef {import('../store.js').Store} Store */
/** @typedef {import('../api.js').Api} Api */
/** @typedef {import('../uploads.js').Upload} Upload */

/** @param {HTMLElement} root @param {Store} store @param {Api} api @returns {() => void} */
export function mount(root, store, api) {
  const life = lifetime();
  const { input, clear, choose } = controls(store, api);
  const examples = el('div', { class: 'examples', role: 'group', 'aria-label': 'Example pictures' });
  const trio = threePictures(store);
  const steps = preparation(store, api);
  const more = button({ label: 'See what the model makes of it', class: 'quiet see-more', testid: 'see-upload', press: openTab });
  root.append(partHead('Your picture', null, clear, choose, input), examples, trio.element, more, steps.element);
  life.add(
    store.watch(
      (state) => [state.upload, state.detail],
      ({ upload, detail }) => {
        clear.hidden = !upload;
        clear.title = upload ? keptWords(upload) : '';
        root.classList.toggle('busy', upload?.busy ?? false);
        choose.disabled = !detail?.can.encode;
        trio.show(upload, detail?.id ?? '');
        steps.show(upload, detail);
      },
    ),
    store.watch(
      (state) => [placedHere(state) !== null, state.tab],
      (state) => more.classList.toggle('unseen', placedHere(state) === null || state.tab === 'upload'),
    ),
    store.watch(
      (state) => [state.detail],
      ({ detail }) => fillExamples(examples, detail, store, api, life.signal),
    ),
    () => root.replaceChildren(),
  );
  return life.end;
}

/** The tab about the picture, as by its own button: on a narrow page the sheet comes up with it. */
function openTab() {
  const tab = document.getElementById('tab-upload');
  tab?.click();
  tab?.focus();
}

/**
 * @param {Store} store @param {Api} api @param {string} testid
 * @returns {HTMLInputElement} the browser's own dialog for files, opened by a click on it
 */
export function filePicker(store, api, testid) {
  const input = el('input', {
    type: 'file',
    class: 'hidden',
    accept: 'image/png,image/jpeg,image/webp,image/avif,image/gif',
    multiple: true,
    tabindex: '-1',
    'aria-label': 'Pictures to upload',
    testid,
  });
  input.addEventListener('change', () => {
    takeFiles(store, api, [...(input.files ?? [])]);
    input.value = '';
  });
  return input;
}

/** @param {Store} store @param {Api} api */
function controls(store, api) {
  const input = filePicker(store, api, 'upload-input');
  const clear = button({ label: 'Forget', class: 'quiet', testid: 'forget', press: () => forget(store), hidden: true });
  const choose = button({
    label: 'Upload',
    text: 'Upload',
    icon: 'upload',
    testid: 'upload-button',
    press: () => input.click(),
  });
  return { input, clear, choose };
}

/** @param {Upload} upload */
function keptWords({ kept, time }) {
  const until = new Date(time + 3_600_000).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
  return kept
    ? `Kept in this browser until ${until}, and nowhere else. Forget it now.`
    : 'Kept in this page only. Forget it now.';
}

/** @param {Store} store */
function threePictures(store) {
  const original = el('img', { alt: '', class: 'thumb', hidden: true, testid: 'original' });
  const seen = el('img', { alt: '', class: 'thumb crisp', hidden: true, testid: 'seen' });
  const { back, reconstruction } = reconstructionButton(store);
  const figure = (/** @type {HTMLElement} */ picture, /** @type {string} */ caption) =>
    el('figure', {}, el('div', { class: 'thumb-frame' }, picture), el('figcaption', { text: caption }));
  const element = el(
    'div',
    { class: 'trio' },
    figure(original, 'original'),
    figure(seen, 'what it saw'),
    figure(back, 'reconstruction'),
  );
  return {
    element,
    /** @param {Upload|null} upload @param {string} model */
    show(upload, model) {
      const here = upload !== null && upload.model === model;
      picture(original, upload?.url ?? '', upload ? `Your picture, ${upload.file.name}` : '');
      picture(seen, here ? upload.seen : '', 'What the model saw');
      const raw = here ? upload.reconstruction : null;
      reconstruction.hidden = raw === null;
      back.disabled = raw === null;
      if (raw) draw(reconstruction, raw);
    },
  };
}

/** @param {Store} store a click goes back to the encoding */
function reconstructionButton(store) {
  const reconstruction = el('canvas', {
    class: 'thumb crisp',
    width: 1,
    height: 1,
    role: 'img',
    'aria-label': 'Reconstruction',
    hidden: true,
    testid: 'reconstruction',
  });
  const press = () => {
    const { upload } = store.state;
    const { state } = store;
    if (upload?.latent && state.detail)
      store.set({
        ...movedTo(state, state.detail.default_space),
        latent: upload.latent,
        conditions: upload.conditions,
        origin: 'upload',
      });
  };
  const back = button({ label: 'Go to the reconstruction', text: '', class: 'thumb-button', press });
  back.replaceChildren(reconstruction);
  return { back, reconstruction };
}

/** @param {HTMLImageElement} image @param {string} url '' hides it @param {string} alt */
function picture(image, url, alt) {
  image.hidden = url === '';
  image.alt = url ? alt : '';
  if (url && image.getAttribute('src') !== url) image.src = url;
  if (!url) image.removeAttribute('src');
}
