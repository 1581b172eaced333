/**
 * Pictures side by side, each of which can be taken: one tab stop, walked with the arrow keys. What else can be done
 * with one stands in a menu: a right click, the menu key, or the button that shows under the pointer.
 */

import { button, el } from '../dom.js';
import { menu } from '../panels/menu.js';

/** @typedef {import('../panels/menu.js').Item} Item */
/** @typedef {{label: string, note?: string, far?: boolean}} Tile `label` in full, `note` under the picture */

/**
 * @typedef {Object} Tiles
 * @property {HTMLElement} element
 * @property {(tiles: Tile[], heights?: number) => HTMLCanvasElement[][]} fill makes or relabels them; the canvases of
 *   each, `heights` pictures over one another
 * @property {(index: number) => void} mark the one that is the current point, -1 for none
 */

/**
 * @param {{label: string, testid: string, take: (index: number) => void, items: (index: number) => Item[]}} how
 * @returns {Tiles}
 */
export function tiles({ label, testid, take, items }) {
  const element = el('div', { class: 'tiles', role: 'group', 'aria-label': label, testid });
  /** @type {{box: HTMLElement, face: HTMLButtonElement, more: HTMLButtonElement, note: HTMLElement}[]} */
  let made = [];
  let asked = 0;
  const more = menu({ label: 'What to do with this picture', items: () => items(asked) });
  const reveal = (/** @type {number} */ index, /** @type {number} */ x, /** @type {number} */ y) => {
    asked = index;
    more.open(x, y, made[index].face);
  };
  const stand = (/** @type {number} */ at) => made.forEach(({ face }, index) => (face.tabIndex = index === at ? 0 : -1));

  const make = (/** @type {number} */ index, /** @type {number} */ heights) => {
    const canvas = { width: 28, height: 28, 'aria-hidden': 'true' };
    const canvases = Array.from({ length: heights }, () => el('canvas', canvas));
    const note = el('span', { class: 'tile-note number', 'aria-hidden': 'true' });
    const face = el('button', { type: 'button', class: 'tile', testid: `${testid}-${index}` }, ...canvases, note);
    face.addEventListener('click', () => take(index));
    face.addEventListener('focus', () => stand(index));
    const dots = button({ label: 'More', icon: 'more', class: 'tile-more', tabindex: -1 });
    dots.addEventListener('click', () => {
      const { left, bottom } = dots.getBoundingClientRect();
      reveal(index, left, bottom + 2);
    });
    const box = el('div', { class: 'tile-box' }, face, dots);
    box.addEventListener('contextmenu', (event) => {
      event.preventDefault();
      const { left, bottom } = face.getBoundingClientRect();
      reveal(index, event.clientX || left, event.clientY || bottom);
    });
    return { box, face, more: dots, note };
  };

  element.addEventListener('keydown', (event) => {
    const at = made.findIndex(({ face }) => face === document.activeElement);
    const to = at < 0 ? undefined : neighbour(event.key, at, made.length, columnsOf(element));
    if (to === undefined) return;
    event.preventDefault();
    made[to].face.focus();
  });

  return {
    element,
    fill(list, heights = 1) {
      if (made.length !== list.length) {
        made = list.map((_, index) => make(index, heights));
        element.replaceChildren(...made.map(({ box }) => box), more.element);
        stand(0);
      }
      list.forEach(({ label: text, note = '', far = false }, index) => {
        const one = made[index];
        one.face.setAttribute('aria-label', text);
        one.face.title = text;
        one.more.setAttribute('aria-label', `More for: ${text}`);
        one.note.textContent = note;
        one.note.hidden = note === '';
        one.box.classList.toggle('far', far);
      });
      return made.map(({ face }) => [...face.querySelectorAll('canvas')]);
    },
    mark(at) {
      made.forEach(({ face }, index) => {
        if (index === at) face.setAttribute('aria-current', 'true');
        else face.removeAttribute('aria-current');
      });
    },
  };
}

/** @param {string} key @param {number} at @param {number} count @param {number} columns @returns {number|undefined} */
function neighbour(key, at, count, columns) {
  const to = {
    ArrowRight: at + 1,
    ArrowLeft: at - 1,
    ArrowDown: at + columns,
    ArrowUp: at - columns,
    Home: 0,
    End: count - 1,
  }[key];
  return to !== undefined && to >= 0 && to < count ? to : undefined;
}

/** @param {HTMLElement} element @returns {number} as the style sheet lays them out now */
const columnsOf = (element) => getComputedStyle(element).gridTemplateColumns.split(' ').length;
