/**
 * The visitor's picture under a frame of the model's proportions: dragged, zoomed, fitted or filling. What shows in the
 * frame when the hand rests is what the model is given.
 */

import { button, el, lifetime, on } from '../dom.js';
import { cropTo, toggleStep } from '../uploads.js';
import { segments } from './upload_fold.js';
import { at, cropOf, filling, moved, nearness, placeOf, same, viewOf, WHOLE, zoomed } from './upload_view.js';

/** @typedef {import('../store.js').Store} Store */
/** @typedef {import('../api.js').Api} Api */
/** @typedef {import('./upload_view.js').View} View */

const REST = 300; // milliseconds after the last turn of the wheel or press of a key
const STEP = 0.06; // of the frame, an arrow key
const KEY_ZOOM = 1.15;
const LABEL =
  'The part of your picture that is used. Arrow keys move it, plus and minus come nearer and go away, 0 shows all.';

/** @param {Store} store @param {Api} api @returns {{element: HTMLElement, controls: HTMLElement, end: () => void}} */
export function cropFrame(store, api) {
  const life = lifetime();
  const image = el('img', { alt: '', class: 'crop-picture', draggable: 'false' });
  const element = el(
    'div',
    { class: 'crop-frame', tabindex: '0', role: 'application', 'aria-label': LABEL, testid: 'crop-frame' },
    image,
  );
  const editor = new Editor(store, api, element, image);
  const bar = toolbar(store, api, editor);
  editor.onview = bar.show;
  on(image, { load: () => editor.follow(), error: () => editor.follow() }, { signal: life.signal });
  handle(element, editor, life.signal);
  life.add(
    store.watch(
      (state) => [state.upload, state.detail],
      () => editor.follow(),
    ),
    () => editor.end(),
  );
  return { element, controls: bar.element, end: life.end };
}

/** Where the picture lies under the frame, and when the model is told. */
class Editor {
  /** @param {Store} store @param {Api} api @param {HTMLElement} frame @param {HTMLImageElement} image */
  constructor(store, api, frame, image) {
    this.store = store;
    this.api = api;
    this.frame = frame;
    this.image = image;
    /** @type {View|null} */
    this.view = null;
    /** @type {() => void} */
    this.onview = () => {};
    this.timer = 0;
    this.held = false;
  }

  /** @returns {{width: number, height: number}} of the picture as it stands upright */
  get picture() {
    return { width: this.image.naturalWidth, height: this.image.naturalHeight };
  }

  /** @returns {{width: number, height: number}} in the model's pixels */
  get size() {
    return this.store.state.detail?.image ?? { width: 1, height: 1 };
  }

  /** @returns {boolean} */
  get ready() {
    return this.image.naturalWidth > 0 && !this.image.hidden;
  }

  /** @returns {import('../api.js').Crop|null} what the model was given */
  get crop() {
    const { upload } = this.store.state;
    return !upload || upload.skip.includes('cut') ? null : upload.crop;
  }

  /** Show what the state says, unless the hand is on it. */
  follow() {
    const { upload } = this.store.state;
    const { image, frame } = this;
    const { width, height } = this.size;
    frame.style.aspectRatio = `${width} / ${height}`;
    image.hidden = !upload;
    if (!upload) {
      image.removeAttribute('src');
      return;
    }
    image.style.imageOrientation = upload.skip.includes('orient') ? 'none' : 'from-image';
    if (image.getAttribute('src') !== upload.url) {
      this.settle();
      image.src = upload.url;
      return;
    }
    if (!this.ready || this.held || this.timer) return;
    this.show(viewOf(this.crop, this.picture, this.size));
  }

  /** @param {View} view */
  show(view) {
    this.view = view;
    Object.assign(this.image.style, placeOf(view, this.picture, this.size));
    const { x, y, w, h } = cropOf(view, this.picture, this.size);
    this.frame.dataset.crop = [x, y, w, h].join();
    this.frame.classList.toggle('near', w < 1 || h < 1);
    this.onview();
  }

  /** @param {(view: View) => View} change @param {boolean} [rest] tell the model a moment after the last change */
  change(change, rest = true) {
    if (!this.ready || !this.view) return;
    this.show(change(this.view));
    if (rest) this.soon();
  }

  soon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.commit(), REST);
  }

  settle() {
    clearTimeout(this.timer);
    this.timer = 0;
    this.held = false;
  }

  /** The hand has let go: the model is given what shows. */
  commit() {
    this.settle();
    if (!this.ready || !this.view) return;
    const crop = cropOf(this.view, this.picture, this.size);
    if (!same(crop, this.crop) && !(same(crop, WHOLE) && this.crop === null)) this.give(crop);
  }

  /** @param {import('../api.js').Crop|null} crop */
  give(crop) {
    this.settle();
    cropTo(this.store, this.api, crop);
  }

  end() {
    clearTimeout(this.timer);
  }
}

/** @param {HTMLElement} frame @param {Editor} editor @param {AbortSignal} signal */
function handle(frame, editor, signal) {
  /** @type {Map<number, {x: number, y: number}>} */
  const fingers = new Map();
  const place = (/** @type {PointerEvent|WheelEvent} */ event) => {
    const { left, top, width, height } = frame.getBoundingClientRect();
    return { x: (event.clientX - left) / width - 0.5, y: (event.clientY - top) / height - 0.5 };
  };
  const spread = () => {
    const [one, two] = [...fingers.values()];
    return Math.max(0.02, Math.hypot(one.x - two.x, one.y - two.y));
  };
  const middle = () => {
    const all = [...fingers.values()];
    return {
      x: all.reduce((sum, one) => sum + one.x, 0) / all.length,
      y: all.reduce((sum, one) => sum + one.y, 0) / all.length,
    };
  };
  const down = (/** @type {PointerEvent} */ event) => {
    if (!editor.ready || event.button !== 0) return;
    frame.setPointerCapture(event.pointerId);
    fingers.set(event.pointerId, place(event));
    editor.held = true;
  };
  const drag = (/** @type {PointerEvent} */ event) => {
    if (!fingers.has(event.pointerId)) return;
    const [before, wide] = [middle(), fingers.size === 2 ? spread() : 0];
    fingers.set(event.pointerId, place(event));
    const now = middle();
    editor.change((view) => moved(view, now.x - before.x, now.y - before.y, editor.picture, editor.size), false);
    if (wide)
      editor.change((view) => zoomed(view, spread() / wide, now, editor.picture, editor.size), false);
  };
  const up = (/** @type {PointerEvent} */ event) => {
    if (fingers.delete(event.pointerId) && fingers.size === 0) editor.commit();
  };
  const wheel = (/** @type {WheelEvent} */ event) => {
    // The tab scrolls under a wheel that only passes by; a pinch on a trackpad arrives as a wheel with Control.
    if (!event.ctrlKey && document.activeElement !== frame) return;
    event.preventDefault();
    const factor = Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.002));
    editor.change((view) => zoomed(view, factor, place(event), editor.picture, editor.size));
  };
  const handlers = { pointerdown: down, pointermove: drag, pointerup: up, pointercancel: up, wheel };
  on(frame, { ...handlers, keydown: (/** @type {KeyboardEvent} */ event) => press(event, editor) }, {
    signal,
    passive: false,
  });
}

/** @param {KeyboardEvent} event @param {Editor} editor */
function press(event, editor) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const way = { ArrowLeft: [1, 0], ArrowRight: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
  const zoom = { '+': KEY_ZOOM, '=': KEY_ZOOM, '-': 1 / KEY_ZOOM }[event.key];
  const { picture, size } = editor;
  if (way) editor.change((view) => moved(view, way[0] * STEP, way[1] * STEP, picture, size));
  else if (zoom) editor.change((view) => zoomed(view, zoom, { x: 0, y: 0 }, picture, size));
  else if (event.key === '0') editor.change(() => viewOf(null, picture, size));
  else return;
  event.preventDefault();
  event.stopPropagation();
}

/** @param {Store} store @param {Api} api @param {Editor} editor */
function toolbar(store, api, editor) {
  const ways = {
    auto: () => null,
    fit: () => WHOLE,
    fill: () => filling(editor.picture, editor.size),
  };
  const choice = segments('Framing', { auto: 'Automatic', fit: 'Fit', fill: 'Fill' }, 'framing', (way) => {
    if (editor.ready) editor.give(ways[way]());
  });
  const auto = /** @type {HTMLElement} */ (choice.element.querySelector('[data-testid=framing-auto]'));
  auto.title = 'An empty margin is cut away, as in the pictures that the model was trained on';
  const near = el('input', {
    type: 'range',
    min: 0,
    max: 1,
    step: 'any',
    testid: 'crop-zoom',
  });
  near.addEventListener('input', () => {
    editor.change((view) => at(view, near.valueAsNumber, editor.picture, editor.size));
  });
  const invert = button({
    label: 'Invert',
    title: 'Swap light and dark',
    testid: 'invert',
    press: () => toggleStep(store, api, 'invert'),
  });
  const show = () => {
    const { upload, detail } = store.state;
    const gray = detail?.image?.channels === 1;
    auto.hidden = !gray;
    const { crop } = editor;
    const way =
      crop === null
        ? gray
          ? 'auto'
          : 'fit'
        : same(crop, WHOLE)
          ? 'fit'
          : editor.ready && same(crop, filling(editor.picture, editor.size))
            ? 'fill'
            : '';
    choice.show(way);
    const share = editor.view && editor.ready ? nearness(editor.view, editor.picture, editor.size) : 0;
    if (document.activeElement !== near || Math.abs(near.valueAsNumber - share) > 0.01) near.value = String(share);
    near.style.setProperty('--along', String(share));
    const step = upload?.steps.find((one) => one.id === 'invert');
    invert.disabled = !step;
    invert.setAttribute('aria-pressed', String(step?.applied ?? false));
  };
  const element = el('div', { class: 'crop-tools' }, choice.element, el('label', { class: 'crop-zoom' }, 'Zoom', near), invert);
  return { element, show };
}
