/**
 * Rows of a set as a line of pictures; a press goes to that row's point.
 */

import { superseded } from '../api.js';
import { el } from '../dom.js';
import { notable } from '../factors.js';
import { takenRow } from '../models.js';
import { draw } from '../picture.js';
import { labelOf, rowsOf } from '../points.js';

/** @typedef {import('../store.js').Store} Store */
/** @typedef {import('../api.js').Api} Api */
/** @typedef {{row: number, note?: string}} Shown `note` stands under the picture in place of its class */

/**
 * @param {Store} store @param {Api} api @param {{label: string, testid: string, count?: number}} how `count`: places that are
 *   kept while nothing is shown yet
 * @returns {{element: HTMLElement, show: (set: string, rows: Shown[], signal: AbortSignal) => Promise<void>, clear: () => void}}
 */
export function thumbs(store, api, { label, testid, count = 0 }) {
  const element = el('ol', { class: 'row-pictures', 'aria-label': label, testid }, ...blanks(count));
  return {
    element,
    clear: () => element.replaceChildren(...blanks(count)),
    async show(set, rows, signal) {
      const { detail } = store.state;
      if (!detail || rows.length === 0) {
        element.replaceChildren();
        return;
      }
      try {
        const numbers = rows.map(({ row }) => row);
        const [points, raw] = await Promise.all([rowsOf(api, detail, set), api.pictures(detail.id, set, numbers, signal)]);
        if (signal.aborted || store.state.detail !== detail) return;
        const made = rows.map((shown) => one(store, points, shown));
        const held = [...element.querySelectorAll('button')].indexOf(/** @type {any} */ (document.activeElement));
        element.replaceChildren(...made);
        element.querySelectorAll('canvas').forEach((canvas, index) => draw(canvas, raw, index));
        if (held >= 0) element.querySelectorAll('button')[Math.min(held, made.length - 1)]?.focus();
      } catch (error) {
        if (!superseded(error)) throw error;
      }
    },
  };
}

/** @param {number} count @returns {HTMLElement[]} as large as what comes: nothing moves then */
const blanks = (count) =>
  Array.from({ length: count }, () =>
    el('li', {}, el('span', { class: 'row-picture' }, el('span', { class: 'row-blank' }), el('span', { text: '\u00a0' }))),
  );

/** @param {Store} store @param {import('../points.js').Points} points @param {Shown} shown */
function one(store, points, { row, note }) {
  const label = labelOf(points, row);
  const facts = notable(points.factors, row, points.categories).join(', ');
  const name = `${label || 'Picture'} ${row}`;
  return el(
    'li',
    {},
    el(
      'button',
      {
        type: 'button',
        class: 'row-picture',
        'aria-label': `${name}${note ? `, ${note}` : ''}: go there`,
        title: [`#${row}`, label, facts, note].filter(Boolean).join(' \u00b7 '),
        'data-row': row,
        on: { click: () => store.state.detail?.id === points.model && store.set(takenRow(store.state, points, row)) },
      },
      el('canvas', { class: 'crisp', width: 1, height: 1, 'aria-hidden': 'true' }),
      el('span', { text: label || facts || `#${row}` }),
      note ? el('span', { class: 'number', text: note }) : null,
    ),
  );
}
