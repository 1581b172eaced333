/**
 * What was done to the visitor's picture before the model saw it: each step is a toggle; and how well it came back.
 */

import { button, el } from '../dom.js';
import { toggleStep } from '../uploads.js';

/** @typedef {import('../store.js').Store} Store */
/** @typedef {import('../api.js').Api} Api */

/** @param {Store} store @param {Api} api */
export function preparation(store, api) {
  const facts = factsLine();
  const failure = el('p', { class: 'bad', role: 'alert', testid: 'upload-failure' });
  const list = el('ul', { class: 'steps', 'aria-label': 'What was done to the picture' });
  const words = el('p', { class: 'second step-words' });
  const element = el('div', { class: 'preparation' }, facts.element, list, failure, words);
  let asked = '';
  return {
    element,
    /** @param {import('../uploads.js').Upload|null} upload @param {import('../api.js').ModelDetail|null} detail */
    show(upload, detail) {
      // While a new picture is placed, what is known of the one before stays, dimmed: nothing below moves.
      const coming = Boolean(upload?.busy && upload.model !== detail?.id);
      list.inert = coming;
      if (coming) asked = upload?.file.name ?? '';
      else facts.show(upload?.model === detail?.id ? upload : null);
      failure.textContent = failureOf(upload, asked);
      const rest = emptyWords(upload, detail);
      words.textContent = failure.textContent ? '' : rest;
      if (coming) return;
      if (!upload?.failure) asked = '';
      const shown = upload && upload.model === detail?.id ? upload.steps : [];
      redraw(list, shown, (step) => stepButton(step, words, rest, () => toggleStep(store, api, step.id)));
    },
  };
}

/**
 * @param {import('../uploads.js').Upload|null} upload
 * @param {string} asked the file that was refused, where it is known
 */
function failureOf(upload, asked) {
  if (!upload?.failure) return '';
  const name = asked || (upload.model === '' ? upload.file.name : '');
  return name ? `${name}: ${upload.failure}` : upload.failure;
}

/** How good the reconstruction is, and how far from the data the picture lies. */
function factsLine() {
  const mse = el('strong', { class: 'number', testid: 'error-value' });
  const percent = el('strong', { class: 'number', testid: 'upload-unusual' });
  const error = el('span', {}, 'error ', mse);
  const unusual = el('span', {}, 'unusual ', percent);
  const element = el('p', { class: 'facts', hidden: true }, error, unusual);
  return {
    element,
    /** @param {import('../uploads.js').Upload|null} upload */
    show(upload) {
      element.hidden = !upload?.error;
      if (!upload?.error) return;
      const { psnr } = upload.error;
      mse.textContent = upload.error.mse.toFixed(4);
      error.title = `Mean squared error over the pixels${psnr === null ? '' : `; ${psnr.toFixed(1)} dB`}`;
      unusual.hidden = upload.unusual === null;
      const share = `${Math.round(upload.unusual ?? 0)}%`;
      percent.textContent = share;
      unusual.title = `Farther from the data than ${share} of held-out pictures`;
      percent.classList.toggle('far', (upload.unusual ?? 0) > 95);
    },
  };
}

const EMPTY =
  'Upload, drop or paste one, or take an example. What is done to it before the model sees it stands here, ' +
  'and each step can be undone.';

/** @param {import('../uploads.js').Upload|null} upload @param {import('../api.js').ModelDetail|null} detail */
function emptyWords(upload, detail) {
  if (detail && !detail.can.encode) return 'This model has no encoder, so it cannot say where a picture lies.';
  if (!upload) return EMPTY;
  if (upload.busy) return 'Placing it\u2026';
  if (upload.model !== detail?.id) return '';
  const applied = upload.steps.filter((step) => step.applied);
  if (applied.length === 0) return 'Nothing had to be done to it.';
  return applied.some((step) => !step.required) ? 'Press a step to undo it.' : 'The model needs each of these steps.';
}

/**
 * @param {HTMLElement} list
 * @param {import('../api.js').Step[]} steps
 * @param {(step: import('../api.js').Step) => HTMLElement} make focus stays on the step it was on
 */
function redraw(list, steps, make) {
  const focused = /** @type {HTMLElement|null} */ (
    list.contains(document.activeElement) ? document.activeElement : null
  )?.dataset.testid;
  const key = JSON.stringify(steps);
  if (list.dataset.key === key) return;
  list.dataset.key = key;
  list.replaceChildren(...steps.map((step) => el('li', {}, make(step))));
  if (focused) /** @type {HTMLElement|null} */ (list.querySelector(`[data-testid="${CSS.escape(focused)}"]`))?.focus();
}

/**
 * @param {import('../api.js').Step} step
 * @param {HTMLElement} words where its detail is told
 * @param {string} rest
 * @param {() => void} toggle
 */
function stepButton(step, words, rest, toggle) {
  const element = button({
    label: step.title,
    text: step.title,
    icon: step.applied ? 'check' : 'plus',
    class: 'chip',
    'aria-pressed': String(step.applied),
    'aria-disabled': step.required ? 'true' : null,
    'aria-description': step.detail,
    title: step.detail,
    testid: `step-${step.id}`,
    press: step.required ? undefined : toggle,
  });
  const tell = () => {
    words.textContent = step.applied ? step.detail : `${step.detail} Press to apply.`;
  };
  const quiet = () => {
    words.textContent = rest;
  };
  element.addEventListener('pointerenter', tell);
  element.addEventListener('pointerleave', quiet);
  element.addEventListener('focus', tell);
  element.addEventListener('blur', quiet);
  return element;
}
