/**
 * All models in a dialog: shelves by data set, there by family in the order of a textbook, each with ten pictures.
 *
 * A listbox after the WAI-ARIA combobox pattern: the focus stays in the search line, arrow keys move through the models.
 */

import { button, calm, el, grouped } from '../dom.js';
import { finder, modelOption, sayFamilies } from './picker_option.js';

/** @typedef {import('../api.js').ModelEntry} ModelEntry */
/** @typedef {import('./picker_option.js').Option} Option */
/** @typedef {{title: string, element: HTMLElement, chip: HTMLButtonElement, options: Option[]}} Shelf */

const PAGE = 6;

/**
 * @param {{strip: (entry: ModelEntry) => string, choose: (entry: ModelEntry) => void}} how `strip`: where its pictures
 *   are, '' for a model without
 * @returns {{element: HTMLDialogElement, fill: (models: ModelEntry[]) => void, open: (id: string) => void}}
 */
export function modelDialog({ strip, choose }) {
  const parts = skeleton();
  const { element, search, list, chips, none } = parts;
  /** @type {Shelf[]} */
  let shelves = [];
  /** @type {Option|null} */
  let active = null;

  const visible = () => shelves.flatMap((shelf) => shelf.options.filter((option) => !option.element.hidden));
  const activate = (/** @type {Option|null} */ option, /** @type {ScrollLogicalPosition} */ block = 'nearest') => {
    active?.element.classList.remove('active');
    active = option;
    option?.element.classList.add('active');
    for (const one of [search, list]) {
      if (option) one.setAttribute('aria-activedescendant', option.element.id);
      else one.removeAttribute('aria-activedescendant');
    }
    option?.element.scrollIntoView({ block });
  };
  const take = (/** @type {Option|null} */ option) => {
    if (!option || option.entry.status === 'broken') return;
    element.close();
    choose(option.entry);
  };
  const filter = () => {
    const found = finder(search.value);
    for (const { element: group, chip, options } of shelves) {
      for (const option of options) option.element.hidden = !found(option);
      group.hidden = options.every((option) => option.element.hidden);
      chip.disabled = group.hidden;
      sayFamilies(options);
    }
    const left = visible();
    const all = shelves.reduce((total, { options }) => total + options.length, 0);
    parts.count.textContent = countWords(left.length, all);
    none.textContent = left.length === 0 ? `No model says \u201c${search.value.trim()}\u201d.` : '';
    if (!active || active.element.hidden) activate(left[0] ?? null);
  };
  const jump = (/** @type {Shelf} */ shelf) => {
    activate(shelf.options.find((option) => !option.element.hidden) ?? null);
    list.scrollTo({ top: shelf.element.offsetTop - list.offsetTop, behavior: calm() ? 'auto' : 'smooth' });
  };
  const walk = (/** @type {KeyboardEvent} */ event) => {
    const options = visible();
    const at = active ? options.indexOf(active) : -1;
    const inText = document.activeElement === search;
    const to = {
      ArrowDown: at + 1,
      ArrowUp: at - 1,
      PageDown: at + PAGE,
      PageUp: at - PAGE,
      ...(!inText && { Home: 0, End: options.length - 1 }),
    }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      activate(options[Math.max(0, Math.min(options.length - 1, to))] ?? null);
    } else if (event.key === 'Enter' || (event.key === ' ' && !inText)) {
      event.preventDefault();
      take(active);
    } else if (!inText && event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey) {
      search.focus(); // the letter goes there
    }
  };

  search.addEventListener('input', filter);
  for (const one of [search, list]) one.addEventListener('keydown', walk);
  element.addEventListener('click', (event) => {
    if (event.target === element) element.close();
  });
  element.addEventListener('close', () => {
    element.style.height = '';
  });
  return {
    element,
    fill(models) {
      shelves = shelved(models, { strip, take, jump });
      chips.replaceChildren(...shelves.map((shelf) => shelf.chip));
      chips.hidden = shelves.length < 2;
      list.replaceChildren(...shelves.map((shelf) => shelf.element));
      filter();
    },
    open(id) {
      search.value = '';
      filter();
      element.showModal();
      element.style.height = `${element.offsetHeight}px`; // the same while the search leaves fewer models in it
      const current = visible().find((option) => option.entry.id === id) ?? null;
      for (const option of visible()) option.element.setAttribute('aria-selected', String(option === current));
      activate(current ?? visible()[0] ?? null, 'center');
      // On a phone the keyboard would hide the models before they are seen.
      (matchMedia('(pointer: coarse)').matches ? list : search).focus({ preventScroll: true });
    },
  };
}

/** @param {number} left @param {number} all */
function countWords(left, all) {
  const models = all === 1 ? '1 model' : `${grouped(all)} models`;
  return left === all ? models : `${grouped(left)} of ${models}`;
}

function skeleton() {
  const search = el('input', {
    type: 'text',
    class: 'picker-search',
    role: 'combobox',
    'aria-label': 'Find a model',
    'aria-expanded': 'true',
    'aria-controls': 'model-list',
    'aria-autocomplete': 'list',
    placeholder: 'Find: beta, faces, 2 dimensions\u2026',
    autocomplete: 'off',
    spellcheck: 'false',
    enterkeyhint: 'go',
    testid: 'model-search',
  });
  const count = el('p', { class: 'second number picker-count' });
  const chips = el('div', { class: 'picker-chips', role: 'group', 'aria-label': 'Shelves' });
  const list = el('div', {
    id: 'model-list',
    class: 'picker-list',
    role: 'listbox',
    'aria-label': 'Models',
    tabindex: '0',
    testid: 'model-list',
  });
  const none = el('p', { class: 'picker-none second', role: 'status' });
  const close = button({ label: 'Close', icon: 'close', class: 'quiet', press: () => element.close() });
  const element = el(
    'dialog',
    { class: 'picker-dialog', 'aria-labelledby': 'models-title', testid: 'models' },
    el('div', { class: 'picker-head' }, el('h2', { id: 'models-title', text: 'Models' }), count, search, close),
    chips,
    none,
    list,
  );
  return { element, search, list, chips, none, count };
}

/**
 * @param {ModelEntry[]} models in the server's order
 * @param {{strip: (entry: ModelEntry) => string, take: (option: Option) => void, jump: (shelf: Shelf) => void}} how
 * @returns {Shelf[]}
 */
function shelved(models, { strip, take, jump }) {
  const titles = [...new Set(models.map((entry) => entry.shelf))];
  return titles.map((title, index) => {
    const entries = models.filter((entry) => entry.shelf === title);
    const [first] = entries;
    const common = entries.some((entry) => entry !== first && entry.dataset === first.dataset) ? first.dataset : '';
    const options = entries.map((entry) => modelOption(entry, { common, strip: strip(entry), take }));
    const id = `shelf-${index}`;
    const size = first.image && common ? `, ${first.image.width}\u00d7${first.image.height}` : '';
    const head = el(
      'p',
      { class: 'shelf-head', id, role: 'presentation' },
      el('strong', { text: title }),
      el('span', { class: 'second', text: common === title ? size.slice(2) : `${common}${size}` }),
    );
    const element = el(
      'div',
      { class: 'shelf', role: 'group', 'aria-labelledby': id },
      head,
      ...options.map((option) => option.element),
    );
    const chip = button({ label: title, text: title, class: 'picker-chip', press: () => jump(shelf) });
    chip.append(el('span', { class: 'second number', text: String(entries.length) }));
    const shelf = { title, element, chip, options };
    return shelf;
  });
}
