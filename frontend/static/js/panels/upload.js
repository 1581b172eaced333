/**
 * "Your picture": examples for who has none at hand; original, what the model saw and the reconstruction; each step of the preparation.
 */

import { button, el, lifetime } from '../dom.js';
import { superseded } from '../api.js';
import { say } from '../models.js';
import { draw } from '../picture.js';
import { forget, takeFile, toggleStep } from '../uploads.js';

/** @typedef {import('../store.js').Store} Store */
/** @typedef {import('../api.js').Api} Api */
/** @typedef {import('../uploads.js').Upload} Upload */

/** @param {HTMLElement} root @param {Store} store @param {Api} api @returns {() => void} */
export function mount(root, store, api) {
  const life = lifetime();
  const input = el('input', { type: 'file', id: 'upload-file', class: 'hidden', accept: 'image/png,image/jpeg,image/webp,image/avif,image/gif', tabindex: '-1', 'aria-label': 'Picture to upload', testid: 'upload-input' });
  input.addEventListener('change', () => {
    const [file] = input.files ?? [];
    if (file) takeFile(store, api, file);
    input.value = '';
  });
  const clear = button({ label: 'Forget', text: 'Forget', class: 'quiet', testid: 'forget', press: () => forget(store), hidden: true });
  const choose = button({ label: 'Upload a picture', text: 'Upload', icon: 'upload', testid: 'upload-button', press: () => input.click() });
  const examples = el('div', { class: 'examples', role: 'group', 'aria-label': 'Example pictures' });
  const trio = threePictures(store);
  const steps = stepsOf(store, api);
  root.append(el('header', { class: 'part-head' }, el('h2', { text: 'Your picture' }), el('span', { class: 'push' }), clear, choose, input), examples, trio.element, steps.element);
  life.add(
    store.watch((state) => [state.upload, state.detail], ({ upload, detail }) => {
      clear.hidden = !upload;
      clear.title = upload ? keptWords(upload) : '';
      root.classList.toggle('busy', upload?.busy ?? false);
      choose.disabled = detail !== null && !detail.can.encode;
      trio.show(upload, detail?.id ?? '');
      steps.show(upload, detail);
    }),
    store.watch((state) => [state.detail], ({ detail }) => fillExamples(examples, detail, store, api, life.signal)),
    () => root.replaceChildren(),
  );
  return life.end;
}

/** @param {Upload} upload */
function keptWords({ kept, time }) {
  const until = new Date(time + 3_600_000).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
  return kept ? `Kept in this browser until ${until}, and nowhere else. Forget it now.` : 'Kept in this page only. Forget it now.';
}

/** @param {Store} store */
function threePictures(store) {
  const original = el('img', { alt: '', class: 'thumb', hidden: true, testid: 'original' });
  const seen = el('img', { alt: '', class: 'thumb crisp', hidden: true, testid: 'seen' });
  const reconstruction = el('canvas', { class: 'thumb crisp', width: 1, height: 1, role: 'img', 'aria-label': 'Reconstruction', hidden: true, testid: 'reconstruction' });
  const back = button({ label: 'Go to the reconstruction', text: '', class: 'thumb-button', press: () => {
    const { upload } = store.state;
    if (upload?.latent) store.set({ latent: upload.latent, origin: 'upload' });
  } });
  back.replaceChildren(reconstruction);
  const figure = (/** @type {HTMLElement} */ picture, /** @type {string} */ caption) => el('figure', {}, el('div', { class: 'thumb-frame' }, picture), el('figcaption', { text: caption }));
  const element = el('div', { class: 'trio' }, figure(original, 'original'), figure(seen, 'what it saw'), figure(back, 'reconstruction'));
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

/** @param {HTMLImageElement} image @param {string} url '' hides it @param {string} alt */
function picture(image, url, alt) {
  image.hidden = url === '';
  image.alt = url ? alt : '';
  if (url && image.getAttribute('src') !== url) image.src = url;
  if (!url) image.removeAttribute('src');
}

/** @param {Store} store @param {Api} api */
function stepsOf(store, api) {
  const error = el('span', {}, 'error ', el('strong', { class: 'number', testid: 'error-value' }));
  const unusual = el('span', {}, 'more unusual than ', el('strong', { class: 'number', testid: 'upload-unusual' }));
  const facts = el('p', { class: 'facts', hidden: true }, error, unusual);
  const failure = el('p', { class: 'bad', role: 'alert', testid: 'upload-failure' });
  const list = el('ul', { class: 'steps', 'aria-label': 'What was done to the picture' });
  const words = el('p', { class: 'second step-words' });
  const element = el('div', { class: 'preparation' }, facts, list, failure, words);
  return {
    element,
    /** @param {Upload|null} upload @param {import('../api.js').ModelDetail|null} detail */
    show(upload, detail) {
      const here = upload !== null && upload.model === detail?.id && upload.error !== null;
      facts.hidden = !here;
      if (here) {
        /** @type {HTMLElement} */ (error.lastChild).textContent = upload.error?.mse.toFixed(4) ?? '';
        error.title = upload.error?.psnr ? `Mean squared error over the pixels; ${upload.error.psnr.toFixed(1)} dB` : 'Mean squared error over the pixels';
        unusual.hidden = upload.unusual === null;
        const percent = /** @type {HTMLElement} */ (unusual.lastChild);
        percent.textContent = `${Math.round(upload.unusual ?? 0)}%`;
        percent.classList.toggle('far', (upload.unusual ?? 0) > 95);
      }
      failure.textContent = upload?.failure ?? '';
      const rest = emptyWords(upload, detail);
      words.textContent = failure.textContent ? '' : rest;
      const shown = upload && upload.model === detail?.id ? upload.steps : [];
      redraw(list, shown, (step) => stepButton(step, words, rest, () => toggleStep(store, api, step.id)));
    },
  };
}

/** @param {Upload|null} upload @param {import('../api.js').ModelDetail|null} detail */
function emptyWords(upload, detail) {
  if (detail && !detail.can.encode) return 'This model has no encoder, so it cannot say where a picture lies.';
  if (!upload) return 'Upload, drop or paste one, or take an example. What is done to it before the model sees it stands here, and each step can be undone.';
  if (upload.busy) return 'Placing it\u2026';
  if (upload.model !== detail?.id) return '';
  return upload.steps.some((step) => step.applied) ? 'Press a step to undo it.' : 'Nothing had to be done to it.';
}

/** @param {HTMLElement} list @param {import('../api.js').Step[]} steps @param {(step: import('../api.js').Step) => HTMLElement} make focus stays on the step it was on */
function redraw(list, steps, make) {
  const focused = /** @type {HTMLElement|null} */ (list.contains(document.activeElement) ? document.activeElement : null)?.dataset.testid;
  const key = JSON.stringify(steps);
  if (list.dataset.key === key) return;
  list.dataset.key = key;
  list.replaceChildren(...steps.map((step) => el('li', {}, make(step))));
  if (focused) /** @type {HTMLElement|null} */ (list.querySelector(`[data-testid="${CSS.escape(focused)}"]`))?.focus();
}

/** @param {import('../api.js').Step} step @param {HTMLElement} words where its detail is told @param {string} rest @param {() => void} toggle */
function stepButton(step, words, rest, toggle) {
  const element = button({ label: step.title, text: step.title, icon: step.applied ? 'check' : 'plus', class: 'chip', 'aria-pressed': String(step.applied), 'aria-description': step.detail, title: step.detail, testid: `step-${step.id}`, press: toggle });
  const tell = () => { words.textContent = `${step.detail} ${step.applied ? 'Press to undo.' : 'Press to apply.'}`; };
  const quiet = () => { words.textContent = rest; };
  element.addEventListener('pointerenter', tell);
  element.addEventListener('pointerleave', quiet);
  element.addEventListener('focus', tell);
  element.addEventListener('blur', quiet);
  return element;
}

/**
 * @param {HTMLElement} element @param {import('../api.js').ModelDetail|null} detail @param {Store} store @param {Api} api @param {AbortSignal} signal
 */
async function fillExamples(element, detail, store, api, signal) {
  const { examples, id } = detail ?? {};
  element.hidden = detail !== null && !examples;
  if (!detail || !examples || !id) return;
  const buttons = examples.rows.map((row, index) => exampleButton(detail, row, index, store, api));
  element.replaceChildren(...buttons);
  try {
    const raw = await api.pictures(id, examples.set, examples.rows, signal);
    buttons.forEach((one, index) => draw(/** @type {HTMLCanvasElement} */ (one.firstChild), raw, index));
  } catch (error) {
    if (!superseded(error)) element.hidden = true;
  }
}

/** @param {import('../api.js').ModelDetail} detail @param {number} row @param {number} index @param {Store} store @param {Api} api */
function exampleButton(detail, row, index, store, api) {
  const set = detail.examples?.set ?? '';
  const classes = detail.sets.find((one) => one.name === set)?.classes ?? [];
  const name = classes.length === detail.examples?.rows.length ? classes[index] : undefined;
  const label = name ? `Example: ${name}` : `Example ${index + 1}`;
  const take = async () => {
    try {
      const blob = await api.picture(detail.id, set, row);
      await takeFile(store, api, new File([blob], `${name ?? 'example'}-${row}.png`.replaceAll(/[^\w.-]+/g, '-'), { type: blob.type }));
    } catch {
      say(store, 'That example could not be fetched.');
    }
  };
  return el('button', { type: 'button', class: 'example', 'aria-label': label, title: label, testid: `example-${index}`, disabled: !detail.can.encode, on: { click: take } }, el('canvas', { width: 28, height: 28, 'aria-hidden': 'true' }));
}
