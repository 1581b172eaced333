/**
 * A picture dropped anywhere on the page, or pasted.
 */

import { el, lifetime } from '../dom.js';
import { fileOf, takeFile } from '../uploads.js';

/** @param {HTMLElement} root @param {import('../store.js').Store} store @param {import('../api.js').Api} api @returns {() => void} */
export function mount(root, store, api) {
  const life = lifetime();
  const { signal } = life;
  const veil = el('div', { class: 'veil', hidden: true }, el('p', { text: 'Drop the picture: the model will say where it lies' }));
  document.body.append(veil);
  let depth = 0;
  const over = (/** @type {number} */ now) => {
    depth = Math.max(0, now);
    veil.hidden = depth === 0;
  };
  const carries = (/** @type {DragEvent} */ event) => event.dataTransfer?.types.includes('Files') ?? false;

  addEventListener('dragenter', (event) => { if (carries(event)) over(depth + 1); }, { signal });
  addEventListener('dragleave', (event) => { if (carries(event)) over(depth - 1); }, { signal });
  addEventListener('dragover', (event) => { if (carries(event)) event.preventDefault(); }, { signal });
  addEventListener('drop', (event) => {
    over(0);
    if (!carries(event)) return;
    event.preventDefault();
    const file = fileOf(event.dataTransfer);
    if (file) takeFile(store, api, file);
  }, { signal });
  document.addEventListener('paste', (event) => {
    const file = fileOf(event.clipboardData);
    if (!file) return;
    event.preventDefault();
    takeFile(store, api, file);
  }, { signal });
  life.add(() => veil.remove());
  return life.end;
}
