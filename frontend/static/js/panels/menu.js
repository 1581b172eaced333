/**
 * A small menu after the WAI-ARIA menu pattern: opened by a button or a right click, walked with the arrow keys.
 */

import { el } from '../dom.js';

/** @typedef {{label: string, act: () => void, checked?: boolean}} Item */

/**
 * @param {{label: string, items: () => Item[], testid?: string}} props `items` is asked each time it opens
 * @returns {{element: HTMLElement, open: (x: number, y: number, from: HTMLElement) => void, close: () => void}}
 */
export function menu({ label, items, testid }) {
  const element = el('div', { class: 'menu', role: 'menu', 'aria-label': label, popover: 'auto', testid });
  /** @type {HTMLElement|null} */
  let opener = null;

  const close = () => {
    if (element.matches(':popover-open')) element.hidePopover();
  };
  const entries = () => /** @type {HTMLElement[]} */ ([...element.children]);
  element.addEventListener('keydown', (event) => {
    const at = entries().indexOf(/** @type {HTMLElement} */ (document.activeElement));
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      entries()
        .at(to % entries().length)
        ?.focus();
    } else if (event.key === 'Tab') {
      close();
    }
  });
  element.addEventListener('toggle', (event) => {
    const closed = /** @type {ToggleEvent} */ (event).newState === 'closed';
    opener?.setAttribute('aria-expanded', String(!closed));
    if (closed && element.contains(document.activeElement)) opener?.focus();
  });

  return {
    element,
    close,
    open(x, y, from) {
      opener = from;
      element.replaceChildren(...items().map((item) => entry(item, close, () => opener?.focus())));
      element.showPopover();
      const { width, height } = element.getBoundingClientRect();
      element.style.left = `${Math.max(8, Math.min(x, innerWidth - width - 8))}px`;
      element.style.top = `${Math.max(8, Math.min(y, innerHeight - height - 8))}px`;
      entries()[0]?.focus();
    },
  };
}

/** @param {Item} item @param {() => void} close @param {() => void} back */
function entry({ label, act, checked }, close, back) {
  const check = checked === undefined ? {} : { 'aria-checked': String(checked) };
  return el('button', {
    type: 'button',
    class: 'menu-item',
    role: checked === undefined ? 'menuitem' : 'menuitemcheckbox',
    tabindex: '-1',
    text: label,
    ...check,
    on: {
      click: () => {
        close();
        back();
        act();
      },
    },
  });
}
