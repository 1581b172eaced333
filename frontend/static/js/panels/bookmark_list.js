/**
 * The rows of the bookmarks: picture, name, model, and what can be done with each. A deleted one leaves a line with Undo
 * until the drawer closes.
 */

import { shortened } from '../bookmark_file.js';
import { goToBookmark, isHere } from '../bookmarking.js';
import { bookmarksOf, fitOf } from '../bookmarks.js';
import { button, el } from '../dom.js';
import { same } from '../latent.js';
import { menu } from './menu.js';

/** @typedef {import('../store.js').Store} Store */
/** @typedef {import('../bookmarks.js').Bookmark} Bookmark */

/** @type {WeakMap<Blob, string>} one address a picture, however often its row is drawn */
const addresses = new WeakMap();

/**
 * @param {Store} store
 * @returns {{element: HTMLElement, fill: () => void, settle: () => void, end: () => void}} `settle`: what was deleted
 *   cannot come back any more
 */
export function bookmarkList(store) {
  const bookmarks = bookmarksOf(store);
  /** @type {Map<string, Bookmark>} */
  const deleted = new Map();
  /** @type {Bookmark|null} */
  let chosen = null;
  let editing = false;
  const rows = el('ol', { class: 'bookmark-list', testid: 'bookmark-list' });
  const rowOf = (/** @type {string} */ id) => rows.querySelector(`[data-id="${id}"]`);

  const rename = (/** @type {Bookmark} */ bookmark) => {
    const row = rowOf(bookmark.id);
    if (!row) return;
    const done = (/** @type {string} */ text) => {
      editing = false;
      const better = shortened(text);
      if (better && better !== bookmark.name) bookmarks.put({ ...bookmark, name: better });
      else fill();
      focusIn(rowOf(bookmark.id), '.bookmark-more');
    };
    const field = nameField(bookmark.name, done);
    editing = true;
    row.firstElementChild?.replaceWith(el('div', { class: 'bookmark-go' }, pictureOf(bookmark), field));
    field.focus();
    field.select();
  };
  const remove = (/** @type {Bookmark} */ bookmark) => {
    deleted.set(bookmark.id, bookmark);
    bookmarks.remove(bookmark.id);
    focusIn(rowOf(bookmark.id), 'button');
  };
  const bring = async (/** @type {Bookmark} */ bookmark) => {
    deleted.delete(bookmark.id);
    const written = bookmarks.put(bookmark);
    focusIn(rowOf(bookmark.id), 'button'); // its row is there at once; where the hand is when it is written, nobody knows
    await written;
  };
  const actions = menu({
    label: 'Bookmark',
    testid: 'bookmark-menu',
    items: () => (chosen ? itemsFor(chosen, store, { rename, remove }) : []),
  });
  const element = el('div', { class: 'bookmark-scroll' }, rows, actions.element);
  const open = (/** @type {Bookmark} */ bookmark, /** @type {HTMLElement} */ from) => {
    chosen = bookmark;
    const { right, bottom } = from.getBoundingClientRect();
    actions.open(right - 200, bottom + 4, from);
  };
  const mark = () => {
    for (const bookmark of bookmarks.list) {
      const here = isHere(store.state, bookmark) && same(bookmark.latent, store.state.latent);
      rowOf(bookmark.id)?.firstElementChild?.setAttribute('aria-current', String(here));
    }
  };
  const fill = () => {
    if (editing) return; // a name is being written
    const all = [...bookmarks.list, ...deleted.values()].sort((one, other) => other.time - one.time);
    const focused = document.activeElement?.closest('[data-id]')?.getAttribute('data-id');
    rows.replaceChildren(...all.map((one) => (deleted.has(one.id) ? gone(one, bring) : row(one, store, open))));
    if (focused) focusIn(rowOf(focused), 'button');
    mark();
  };
  const end = store.watch((state) => [state.latent, state.model, state.detail, state.space], mark);
  return {
    element,
    fill,
    end,
    settle: () => {
      deleted.clear();
      fill();
    },
  };
}

/** @param {Element|null} row @param {string} selector */
function focusIn(row, selector) {
  const found = row?.querySelector(selector);
  if (found instanceof HTMLElement) found.focus();
}

/** @param {string} value @param {(text: string) => void} done told the new name; the old one when nothing is to change */
function nameField(value, done) {
  const field = el('input', { type: 'text', class: 'bookmark-field', value, maxlength: 80, 'aria-label': 'Name', testid: 'bookmark-name' });
  let over = false;
  const once = (/** @type {string} */ text) => {
    if (over) return;
    over = true;
    done(text);
  };
  field.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' && event.key !== 'Escape') return;
    event.preventDefault();
    once(event.key === 'Enter' ? field.value : value);
  });
  field.addEventListener('blur', () => once(field.value));
  return field;
}

/**
 * @param {Bookmark} bookmark @param {Store} store
 * @param {{rename: (bookmark: Bookmark) => void, remove: (bookmark: Bookmark) => void}} acts
 * @returns {import('./menu.js').Item[]}
 */
function itemsFor(bookmark, store, { rename, remove }) {
  const { latent } = bookmark;
  const slots = [
    { label: 'Keep in slot A', act: () => store.set({ a: latent, position: 0 }) },
    { label: 'Keep in slot B', act: () => store.set({ b: latent, position: 1 }) },
  ];
  return [
    ...(isHere(store.state, bookmark) ? slots : []),
    { label: 'Rename', act: () => rename(bookmark) },
    { label: 'Delete', act: () => remove(bookmark) },
  ];
}

/**
 * @param {Bookmark} bookmark @param {Store} store @param {(bookmark: Bookmark, from: HTMLElement) => void} open its menu
 */
function row(bookmark, store, open) {
  const { id, name, title, time } = bookmark;
  const fit = fitOf(bookmark, store.state.models);
  const words = {
    fits: '',
    differs: 'Made with another version of this model: the picture may differ.',
    missing: 'This server does not have this model.',
  }[fit];
  const made = new Date(time).toLocaleDateString([], { day: 'numeric', month: 'short' });
  const go = el(
    'button',
    { type: 'button', class: 'bookmark-go', testid: 'bookmark-go', 'aria-disabled': fit === 'missing', on: { click: () => goToBookmark(store, bookmark) } },
    pictureOf(bookmark),
    el(
      'span',
      { class: 'bookmark-words' },
      el('strong', { class: 'bookmark-name', text: name }),
      el('span', { class: 'second', text: `${made} \u00b7 ${title}` }),
      words !== '' && el('span', { class: 'bookmark-warning', text: words }),
    ),
  );
  const more = button({
    label: `What to do with ${name}`,
    icon: 'more',
    class: 'quiet bookmark-more',
    'aria-haspopup': 'menu',
    'aria-expanded': 'false',
    testid: 'bookmark-more',
  });
  more.addEventListener('click', () => open(bookmark, more));
  return el('li', { class: 'bookmark', 'data-id': id }, go, more);
}

/** @param {Bookmark} bookmark @param {(bookmark: Bookmark) => void} bring it back */
const gone = (bookmark, bring) =>
  el(
    'li',
    { class: 'bookmark bookmark-gone', 'data-id': bookmark.id },
    el('span', { class: 'second', role: 'status', text: `Deleted: ${bookmark.name}` }),
    button({ label: 'Undo', 'aria-label': `Undo: bring back ${bookmark.name}`, testid: 'bookmark-undo', press: () => bring(bookmark) }),
  );

/** @param {Bookmark} bookmark @returns {HTMLElement} empty where its picture is still to be drawn */
export function pictureOf({ picture }) {
  if (!picture) return el('span', { class: 'bookmark-picture' });
  const address = addresses.get(picture) ?? URL.createObjectURL(picture);
  addresses.set(picture, address);
  return el('img', { src: address, alt: '', class: 'bookmark-picture' });
}
