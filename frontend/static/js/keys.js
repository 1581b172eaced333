/**
 * The keys of the page: what each does, for the list, and the single letters that work wherever the focus is.
 *
 * Single letters can be switched off (WCAG 2.1.4): who speaks to the machine, or presses keys by mistake, needs that.
 */

import { drawRandom, meanOf, ready } from './models.js';

/** @typedef {import('./store.js').Store} Store */
/** @typedef {import('./api.js').Api} Api */

const SETTING = 'latent-explorer.keys';
export const TABS = /** @type {const} */ (['map', 'traverse', 'path', 'upload', 'samples']);

/** What each key does: the keys, the words. `letters`: they can be switched off. */
export const GROUPS = /** @type {{title: string, letters?: boolean, keys: [string[], string][]}[]} */ ([
  {
    title: 'Anywhere on the page',
    letters: true,
    keys: [
      [['?'], 'This list'],
      [['b'], 'Bookmark this point'],
      [['Shift B'], 'Open or close the bookmarks'],
      [['r'], 'A point drawn at random'],
      [['m'], 'Every dimension to its mean'],
      [['[', ']'], 'Undo, redo'],
      [['/'], 'Choose a model'],
      [['1', '\u2026', '5'], 'Map, Traverse, Path, Your picture, Samples'],
    ],
  },
  {
    title: 'With Ctrl, or \u2318 on a Mac',
    keys: [
      [['Ctrl Z', 'Ctrl Shift Z'], 'Undo, redo'],
      [['Ctrl V'], 'Take the picture in the clipboard'],
    ],
  },
  {
    title: 'On a slider, or the number beside it',
    keys: [
      [['\u2190', '\u2192'], 'Move it; with Shift in fine steps'],
      [['0', 'Delete'], 'Back to its mean, as a double click does'],
      [['\u2191', '\u2193', 'Enter'], 'In the number: more, less, take what is typed'],
    ],
  },
  {
    title: 'On the map, a table or a grid of pictures',
    keys: [
      [['\u2190', '\u2191', '\u2192', '\u2193'], 'To the neighbour that way'],
      [['Enter'], 'Take it'],
      [['+', '\u2212'], 'Zoom the map, or your picture where it is cut'],
    ],
  },
  {
    title: 'On the map alone',
    keys: [
      [['Shift \u2190', '\u2191', '\u2192', '\u2193'], 'Move your point, as dragging it does'],
      [['Ctrl A', 'Esc'], 'Select what is shown, let it go'],
      [['\u2190', 'Ctrl \u2190'], 'In three dimensions: turn it, to the neighbour'],
    ],
  },
  {
    title: 'Getting about',
    keys: [
      [['Tab', 'Shift Tab'], 'To the next control, to the last one'],
      [['Esc'], 'Close what is open: a menu, a list, the sheet on a phone'],
    ],
  },
]);

/** @returns {boolean} whether single letters do anything */
export function lettersOn() {
  try {
    return localStorage.getItem(SETTING) !== 'off';
  } catch {
    return true;
  }
}

/** @param {boolean} on kept in this browser */
export function switchLetters(on) {
  try {
    if (on) localStorage.removeItem(SETTING);
    else localStorage.setItem(SETTING, 'off');
  } catch {
    /* Not kept then. */
  }
}

/** @param {string} name of an event of the document, which a panel hears */
const tell = (name) => document.dispatchEvent(new CustomEvent(name));

/** @param {string} selector does what a press of that button does */
function press(selector) {
  const found = document.querySelector(selector);
  if (found instanceof HTMLElement) found.click();
}

/** @type {Record<string, (store: Store, api: Api) => void>} */
const LETTERS = {
  '?': () => tell('toggle-keys'),
  b: () => tell('bookmark-here'),
  B: () => tell('toggle-bookmarks'),
  r: (store, api) => {
    if (store.state.detail?.can.sample) drawRandom(store, api);
  },
  m: (store) => {
    if (ready(store.state)) store.set(meanOf(store.state));
  },
  '[': (store) => store.undo(),
  ']': (store) => store.redo(),
  '/': () => press('#picker button'),
  ...Object.fromEntries(TABS.map((tab, index) => [String(index + 1), () => press(`#tab-${tab}`)])),
};

/** Where letters are text, or a choice of that control. */
const WRITING = 'textarea, select, [contenteditable], [role=menu], [role=listbox], input:not([type=range], [type=checkbox])';

/** @param {KeyboardEvent} event @param {Store} store @param {Api} api */
export function pressed(event, store, api) {
  const target = /** @type {Element} */ (event.target);
  if (event.defaultPrevented || event.isComposing || event.altKey) return;
  if (!(target instanceof Element) || target.closest(WRITING)) return;
  if (event.ctrlKey || event.metaKey) travel(event, store);
  else if (!event.repeat || event.key === '[' || event.key === ']') letter(event, store, api);
}

/** @param {KeyboardEvent} event @param {Store} store */
function travel(event, store) {
  const key = event.key.toLowerCase();
  if (key !== 'z' && key !== 'y') return;
  event.preventDefault();
  if (key === 'y' || event.shiftKey) store.redo();
  else store.undo();
}

/** @param {KeyboardEvent} event @param {Store} store @param {Api} api */
function letter(event, store, api) {
  const act = Object.hasOwn(LETTERS, event.key) ? LETTERS[event.key] : undefined;
  const dialog = document.querySelector('dialog:modal');
  if (!act || !lettersOn() || (dialog && !(event.key === '?' && dialog.classList.contains('keys-dialog')))) return;
  event.preventDefault();
  act(store, api);
}
