/**
 * The list of keys, opened by `?` and from the page's About.
 */

import { button, el, lifetime } from '../dom.js';
import { GROUPS, lettersOn, pressed, switchLetters } from '../keys.js';

/** @param {HTMLElement} root @param {import('../store.js').Store} store @param {import('../api.js').Api} api @returns {() => void} */
export function mount(root, store, api) {
  const life = lifetime();
  const dialog = el(
    'dialog',
    { class: 'about keys-dialog', 'aria-labelledby': 'keys-title', testid: 'keys' },
    el(
      'header',
      {},
      el('h2', { id: 'keys-title', text: 'Keys' }),
      button({ label: 'Close', icon: 'close', class: 'quiet', press: () => dialog.close(), testid: 'keys-close' }),
    ),
    el('div', { class: 'keys-body' }, ...GROUPS.map(group)),
  );
  const toggle = () => {
    if (dialog.open) dialog.close();
    else dialog.showModal();
  };
  dialog.addEventListener('click', (event) => {
    if (event.target === dialog) dialog.close();
  });
  document.addEventListener('toggle-keys', toggle, { signal: life.signal });
  addEventListener('keydown', (event) => pressed(event, store, api), { signal: life.signal });
  root.append(dialog);
  life.add(() => root.replaceChildren());
  return life.end;
}

/** @param {typeof GROUPS[number]} group @param {number} index */
function group({ title, letters, keys }, index) {
  const id = `keys-${index}`;
  const rows = keys.flatMap(([names, words]) => [el('dt', {}, ...names.map(keyOf)), el('dd', { text: words })]);
  return el(
    'section',
    { 'aria-labelledby': id },
    el('h3', { id, text: title }),
    el('dl', { class: 'key-list' }, ...rows),
    letters && switchLine(),
  );
}

/** @param {string} name of one key, or of several at once */
const keyOf = (name) => (name === '\u2026' ? name : el('kbd', { text: name.replaceAll(' ', '\u2009+\u2009') }));

function switchLine() {
  const box = el('input', { type: 'checkbox', testid: 'keys-switch' });
  box.checked = lettersOn();
  box.addEventListener('change', () => switchLetters(box.checked));
  return el('label', { class: 'keys-switch second' }, box, 'Single keys do this. Switch them off if they come in your way.');
}
