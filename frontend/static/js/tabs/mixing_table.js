/**
 * The table of style mixing: a picture for each row and column source, and one for each pair. Arrow keys walk through it.
 */

import { el } from '../dom.js';
import { draw } from '../picture.js';

/** @typedef {import('./mixing_sources.js').Source} Source */
/** @typedef {{canvas: HTMLCanvasElement, element: HTMLButtonElement}} Face */

/**
 * @param {(row: number, column: number) => void} take a row of -1 is the head, a column of -1 the first of the line
 * @returns {{element: HTMLElement, shape: (rows: Source[], columns: Source[]) => void, draw: (raw: import('../api.js').Raw) => void}}
 *   `draw`: all pairs row by row, then the rows, then the columns
 */
export function mixingTable(take) {
  const element = el('table', { class: 'mixing-table', testid: 'mixing-table' });
  /** @type {Face[][]} by line, the head first; the corner is missing */
  let lines = [];
  let shaped = '';

  const face = (/** @type {string} */ label, /** @type {number} */ row, /** @type {number} */ column) => {
    const canvas = el('canvas', { width: 1, height: 1, 'aria-hidden': 'true' });
    const testid = row >= 0 && column >= 0 ? `mixing-cell-${row}-${column}` : null;
    const press = () => take(row, column);
    const button = el('button', { type: 'button', class: 'mixing-face', 'aria-label': label, title: label, tabindex: -1, testid, on: { click: press } }, canvas);
    return { canvas, element: button };
  };
  const walk = (/** @type {KeyboardEvent} */ event) => {
    const step = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] }[event.key];
    const line = lines.findIndex((one) => one.some((cell) => cell.element === event.target));
    if (!step || line < 0) return;
    event.preventDefault();
    const at = lines[line].findIndex((cell) => cell.element === event.target);
    // The head has no corner: its faces stand one place further right than their number says.
    const column = at + (line === 0 ? 1 : 0) + step[1];
    const next = line + step[0];
    const found = lines[next]?.[next === 0 ? column - 1 : column];
    if (found) focus(found.element);
  };
  const focus = (/** @type {HTMLElement} */ chosen) => {
    for (const { element: one } of lines.flat()) one.tabIndex = one === chosen ? 0 : -1;
    chosen.focus();
  };
  element.addEventListener('keydown', walk);
  element.addEventListener('focusin', ({ target }) => {
    for (const { element: one } of lines.flat()) one.tabIndex = one === target ? 0 : -1;
  });

  return {
    element,
    shape(rows, columns) {
      const key = JSON.stringify([rows, columns].map((side) => side.map(({ id, name }) => [id, name])));
      if (key === shaped) return;
      shaped = key;
      const head = columns.map((column, index) => face(column.name, -1, index));
      const body = rows.map((row, line) => [
        face(row.name, line, -1),
        ...columns.map((column, index) => face(`${row.name} with layers of ${column.name}`, line, index)),
      ]);
      lines = [head, ...body];
      const start = (body[0]?.[1] ?? head[0])?.element;
      if (start) start.tabIndex = 0;
      element.style.setProperty('--columns', String(columns.length + 1));
      element.replaceChildren(
        el('caption', { class: 'hidden', text: 'Each picture keeps its row\u2019s style and takes some layers from its column' }),
        el('thead', {}, el('tr', {}, el('td', {}), ...head.map((one, index) => source('col', one, columns[index])))),
        el(
          'tbody',
          {},
          ...body.map(([first, ...cells], line) =>
            el('tr', {}, source('row', first, rows[line]), ...cells.map((one) => el('td', {}, one.element))),
          ),
        ),
      );
    },
    draw(raw) {
      const [head, ...body] = lines;
      const order = [...body.flatMap(([, ...cells]) => cells), ...body.map(([first]) => first), ...head];
      if (raw.shape[0] === order.length) order.forEach(({ canvas }, index) => draw(canvas, raw, index));
    },
  };
}

/** @param {'row'|'col'} scope @param {Face} face @param {Source} source */
const source = (scope, face, { short, name }) =>
  el('th', { scope, class: 'mixing-source' }, face.element, el('span', { class: 'mixing-name', text: short, title: name }));
