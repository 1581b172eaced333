/**
 * A number that can be typed over: shown with a true minus sign, taken with Enter or on leaving, given up with Escape.
 */

import { el, on, signed } from '../dom.js';

/**
 * @typedef {Object} NumberField
 * @property {HTMLInputElement} element
 * @property {(value: number|null) => void} show not while somebody types in it
 */

/** What a person may type: signs, digits, one point or comma, an exponent. */
const FORM = /^[+-]?(\d+([.,]\d*)?|[.,]\d+)(e[+-]?\d{1,2})?$/i;

/** @param {string} text @returns {number|null} null for what is no number */
export function parsed(text) {
  const plain = text.trim().replaceAll(/[\u2212\u2013]/g, '-');
  return FORM.test(plain) ? Number(plain.replace(',', '.')) : null;
}

/**
 * @param {{label: string, testid?: string, class?: string, least: number, most: number, title?: string,
 *   format?: (value: number) => string, take: (value: number) => void,
 *   nudge?: (way: number, fine: boolean) => void}} props `nudge`: the arrow keys, finely with Shift
 * @returns {NumberField}
 */
export function numberField({ label, testid, class: kind = '', least, most, title, format = signed, take, nudge }) {
  /** @type {number|null} */
  let value = null;
  let typed = false;
  const element = el('input', {
    type: 'text',
    inputmode: 'decimal',
    autocomplete: 'off',
    spellcheck: 'false',
    class: `number number-field ${kind}`.trim(),
    'aria-label': label,
    title,
    testid,
  });
  /** In full while somebody is about to type over it. */
  const write = () => {
    const focused = document.activeElement === element;
    element.value = value === null ? '' : focused ? String(Number(value.toFixed(4))) : format(value);
  };
  const rest = () => {
    typed = false;
    write();
    wrong('');
  };
  const wrong = (/** @type {string} */ why) => {
    element.classList.toggle('wrong', why !== '');
    element.toggleAttribute('aria-invalid', why !== '');
    element.title = why || (title ?? '');
  };
  const commit = () => {
    if (!typed) return;
    const found = parsed(element.value);
    if (found !== null && found >= least && found <= most) {
      value = found;
      take(found);
    }
    rest();
  };
  on(element, {
    focus: () => {
      write();
      element.select();
    },
    input: () => {
      typed = true;
      const found = parsed(element.value);
      wrong(found === null ? 'A number, please.' : found < least || found > most ? `From ${least} to ${most}.` : '');
    },
    blur: () => {
      commit();
      rest();
    },
    keydown: (/** @type {KeyboardEvent} */ event) => {
      const way = { ArrowUp: 1, ArrowDown: -1 }[event.key];
      if (event.key === 'Enter') {
        commit();
        element.select();
      } else if (event.key === 'Escape') {
        rest();
        element.select();
        event.stopPropagation();
      } else if (way !== undefined && nudge) {
        event.preventDefault();
        commit();
        nudge(way, event.shiftKey);
      }
    },
  });
  return {
    element,
    show(next) {
      if (next === value && element.value !== '') return;
      value = next;
      element.disabled = next === null;
      if (!typed) write();
    },
  };
}
