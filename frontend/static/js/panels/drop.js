/**
 * A picture dropped anywhere on the page, or pasted.
 */

import { el, lifetime, on } from '../dom.js';
import { fileOf, takeFile } from '../uploads.js';

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
    el('p', { text: 'Drop the picture: the model will say where it lies' }),
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
    const file = fileOf(transfer);
    if (!file) return;
    event.preventDefault();
    takeFile(store, api, file);
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
