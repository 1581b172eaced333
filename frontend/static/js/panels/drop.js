/**
 * Pictures dropped anywhere on the page, or pasted.
 */

import { el, lifetime, on } from '../dom.js';
import { takeFiles } from '../gathered.js';
import { filesOf } from '../uploads.js';

/**
 * @param {HTMLElement} root
 * @param {import('../store.js').Store} store
 * @param {import('../api.js').Api} api
 * @returns {() => void}
 */
export function mount(root, store, api) {
  const life = lifetime();
  const { signal } = life;
  const veil = el(
    'div',
    { class: 'veil', hidden: true },
    el('p', { text: 'Drop a picture, or several: the model will say where they lie' }),
  );
  document.body.append(veil);
  let depth = 0;
  const over = (/** @type {number} */ now) => {
    depth = Math.max(0, now);
    veil.hidden = depth === 0;
  };
  const carries = (/** @type {DragEvent} */ event) => event.dataTransfer?.types.includes('Files') ?? false;
  /** @param {ClipboardEvent|DragEvent} event @param {DataTransfer|null} transfer */
  const take = (event, transfer) => {
    const files = filesOf(transfer);
    if (files.length === 0) return;
    event.preventDefault();
    takeFiles(store, api, files);
  };
  const handlers = {
    dragenter: (/** @type {DragEvent} */ event) => carries(event) && over(depth + 1),
    dragleave: (/** @type {DragEvent} */ event) => carries(event) && over(depth - 1),
    dragover: (/** @type {DragEvent} */ event) => carries(event) && event.preventDefault(),
    drop: (/** @type {DragEvent} */ event) => {
      over(0);
      take(event, event.dataTransfer);
    },
    paste: (/** @type {ClipboardEvent} */ event) => take(event, event.clipboardData),
  };
  on(window, handlers, { signal });
  life.add(() => veil.remove());
  return life.end;
}
