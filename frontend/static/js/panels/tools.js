/**
 * Undo, redo, bookmarks, share and theme.
 */

import { copyText } from '../clipboard.js';
import { button, lifetime } from '../dom.js';
import { say } from '../models.js';
import { currentLink } from '../permalink.js';
import { download } from '../picture.js';
import { encode } from '../state.js';

const THEMES = /** @type {const} */ (['auto', 'light', 'dark']);
const THEME_ICONS = /** @type {const} */ ({ auto: 'auto', light: 'sun', dark: 'moon' });

/** @param {HTMLElement} root @param {import('../store.js').Store} store @returns {() => void} */
export function mount(root, store) {
  const life = lifetime();
  const undo = button({
    label: 'Undo',
    icon: 'undo',
    testid: 'undo',
    press: () => store.undo(),
    'aria-keyshortcuts': 'Control+Z [',
  });
  const redo = button({
    label: 'Redo',
    icon: 'redo',
    testid: 'redo',
    press: () => store.redo(),
    'aria-keyshortcuts': 'Control+Shift+Z ]',
  });
  const share = button({
    label: 'Share',
    icon: 'share',
    text: 'Share',
    testid: 'share',
    press: () => shareLink(store),
  });
  const about = button({
    label: 'About this page',
    icon: 'help',
    testid: 'about',
    press: () => document.dispatchEvent(new CustomEvent('open-about')),
  });
  root.append(undo, redo, bookmarksButton(life.signal), share, themeButton(), about);
  life.add(
    store.subscribe(() => steps(undo, redo, store)),
    () => root.replaceChildren(),
  );
  steps(undo, redo, store);
  return life.end;
}

/** @param {AbortSignal} signal @returns {HTMLButtonElement} opens and closes the drawer */
function bookmarksButton(signal) {
  const opener = button({
    label: 'Bookmarks',
    icon: 'bookmark',
    text: 'Bookmarks',
    testid: 'bookmarks-button',
    'aria-expanded': 'false',
    'aria-controls': 'bookmarks-drawer',
    'aria-keyshortcuts': 'Shift+B',
    press: () => document.dispatchEvent(new CustomEvent('toggle-bookmarks')),
  });
  const told = (/** @type {Event} */ event) => {
    opener.ariaExpanded = String(/** @type {CustomEvent} */ (event).detail);
  };
  document.addEventListener('bookmarks-shown', told, { signal });
  return opener;
}

/** @param {HTMLButtonElement} undo @param {HTMLButtonElement} redo @param {import('../store.js').Store} store */
function steps(undo, redo, store) {
  const [back, forth] = [store.past.length === 0, store.future.length === 0];
  if (undo.ariaDisabled !== String(back)) undo.ariaDisabled = String(back);
  if (redo.ariaDisabled !== String(forth)) redo.ariaDisabled = String(forth);
}

/** @param {import('../store.js').Store} store */
async function shareLink(store) {
  const link = currentLink(store);
  const { upload } = store.state;
  if (!link) {
    download(new Blob([encode(store.state)], { type: 'text/plain' }), 'latent-explorer-view.txt');
    say(store, 'This view is too long for a link, so it was saved as a file.');
    return;
  }
  history.replaceState(null, '', link);
  const copied = await copyText(link);
  const original = upload ? ' Your original picture is not in it.' : '';
  say(
    store,
    copied ? `Link copied.${original}` : `Copying is not allowed here: the link is in the address bar.${original}`,
  );
}

/** @returns {HTMLButtonElement} goes round the system's theme, light and dark */
function themeButton() {
  let theme = document.documentElement.dataset.theme ?? 'auto';
  const make = () => {
    const label = `Theme: ${theme === 'auto' ? 'as the system' : theme}`;
    return button({ label, icon: THEME_ICONS[/** @type {keyof typeof THEME_ICONS} */ (theme)], testid: 'theme' });
  };
  const holder = make();
  holder.addEventListener('click', () => {
    theme = THEMES[(THEMES.indexOf(/** @type {any} */ (theme)) + 1) % THEMES.length];
    if (theme === 'auto') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    try {
      localStorage.setItem('latent-explorer.theme', theme);
    } catch {
      /* Not kept then: it holds until the page is closed. */
    }
    const next = make();
    holder.replaceChildren(...next.children);
    holder.ariaLabel = next.ariaLabel;
    holder.title = next.title;
    document.dispatchEvent(new CustomEvent('theme-changed'));
  });
  return holder;
}
