/**
 * The drawer of bookmarks, over the workspace: the stage and the sliders stay in sight while one is taken.
 */

import { sentence } from '../api.js';
import { contains, read, written } from '../bookmark_file.js';
import { bookmarkHere, drawMissing } from '../bookmarking.js';
import { bookmarksOf, MOST } from '../bookmarks.js';
import { button, el, grouped, lifetime, partHead } from '../dom.js';
import { say } from '../models.js';
import { download } from '../picture.js';
import { bookmarkList } from './bookmark_list.js';
import { originOf } from './stage.js';

/** @typedef {import('../store.js').Store} Store */
/** @typedef {import('../api.js').Api} Api */

/** @param {HTMLElement} root @param {Store} store @param {Api} api @returns {() => void} */
export function mount(root, store, api) {
  const life = lifetime();
  const bookmarks = bookmarksOf(store);
  const list = bookmarkList(store);
  const parts = skeleton(store, api);
  const { drawer, count, empty, save } = parts;
  drawer.insertBefore(list.element, parts.foot);
  root.append(drawer);
  /** @type {Element|null} */
  let opener = null;

  const close = () => {
    const inside = drawer.contains(document.activeElement);
    drawer.hidden = true;
    list.settle();
    fill();
    document.dispatchEvent(new CustomEvent('bookmarks-shown', { detail: false }));
    if (inside && opener instanceof HTMLElement) opener.focus();
  };
  const toggle = () => {
    if (!drawer.hidden) return close();
    opener = document.activeElement;
    drawer.hidden = false;
    document.dispatchEvent(new CustomEvent('bookmarks-shown', { detail: true }));
    parts.here.focus();
    drawMissing(store, api);
  };
  const fill = () => {
    const { length } = bookmarks.list;
    count.textContent = length === 0 ? '' : grouped(length);
    save.disabled = length === 0;
    list.fill();
    empty.hidden = list.element.querySelector('.bookmark') !== null;
  };
  parts.end.addEventListener('click', close);
  drawer.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && !event.defaultPrevented && !drawer.querySelector(':popover-open')) close();
  });
  bookmarks.addEventListener('change', fill, { signal: life.signal });
  document.addEventListener('toggle-bookmarks', toggle, { signal: life.signal });
  document.addEventListener('bookmark-here', () => bookmarkHere(store, api, originOf(store.state)), { signal: life.signal });
  life.add(
    list.end,
    store.watch((state) => [state.models], fill),
    () => root.replaceChildren(),
  );
  return life.end;
}

/** @param {Store} store @param {Api} api */
function skeleton(store, api) {
  const count = el('span', { class: 'second number' });
  const end = button({ label: 'Close the bookmarks', icon: 'close', class: 'quiet', testid: 'bookmarks-close' });
  const here = button({
    label: 'Bookmark this point',
    icon: 'plus',
    text: 'Bookmark this point',
    testid: 'bookmark-here',
    'aria-keyshortcuts': 'b',
    press: () => document.dispatchEvent(new CustomEvent('bookmark-here')),
  });
  const empty = el(
    'p',
    { class: 'empty-words' },
    'No bookmarks yet. A bookmark keeps a point with its picture, in this browser only, so that you can come back to it: find one you like and press ',
    el('kbd', { text: 'b' }),
    ' or the button above.',
  );
  const input = el('input', {
    type: 'file',
    class: 'hidden',
    accept: 'application/json,.json',
    tabindex: '-1',
    'aria-label': 'File of bookmarks',
    testid: 'bookmarks-input',
  });
  input.addEventListener('change', async () => {
    const [file] = input.files ?? [];
    input.value = '';
    if (file) await bringIn(store, api, file);
  });
  const save = button({
    label: 'Export',
    title: 'Save all bookmarks as a JSON file: the points and the versions of their models',
    testid: 'bookmarks-export',
    press: () => download(written(bookmarksOf(store).list), 'latent-explorer-bookmarks.json'),
  });
  const load = button({
    label: 'Import\u2026',
    title: 'Add the bookmarks of a file that Export has made',
    testid: 'bookmarks-import',
    press: () => input.click(),
  });
  const foot = el('footer', { class: 'bookmarks-foot' }, save, load, input);
  const drawer = el(
    'aside',
    { class: 'bookmarks', 'aria-label': 'Bookmarks', id: 'bookmarks-drawer', hidden: true, testid: 'bookmarks' },
    partHead('Bookmarks', count, here, end),
    empty,
    foot,
  );
  return { drawer, count, here, end, empty, foot, save };
}

/** @param {Store} store @param {Api} api @param {File} file */
async function bringIn(store, api, file) {
  const bookmarks = bookmarksOf(store);
  try {
    const found = await read(file);
    await bookmarks.ready;
    const fresh = found.filter((one) => !contains(bookmarks.list, one));
    if (bookmarks.list.length + fresh.length > MOST) throw new RangeError(`More than ${MOST} bookmarks cannot be kept: delete some first.`);
    if (fresh.length > 0) await bookmarks.put(...fresh);
    const known = found.length - fresh.length;
    say(store, `${counted(fresh.length)} imported${known > 0 ? `, ${known} ${known === 1 ? 'was' : 'were'} here already` : ''}.`);
    await drawMissing(store, api);
  } catch (error) {
    say(store, error instanceof RangeError ? error.message : sentence(error));
  }
}

/** @param {number} count */
const counted = (count) => (count === 1 ? '1 bookmark' : `${count} bookmarks`);
