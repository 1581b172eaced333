/**
 * Shares as lines with a bar: a name, how much, and beside what.
 */

import { el } from '../dom.js';
import { share } from './asking.js';

/**
 * @typedef {Object} Bar
 * @property {string} name
 * @property {number} value length of the bar, 0 to 1
 * @property {number|null} [mark] where a thin line stands for comparison, 0 to 1
 * @property {[number, number]|null} [interval] a whisker from where to where, 0 to 1
 * @property {string} [text] in place of the value as percent
 * @property {string} [note] at the end of the line
 * @property {string} [swatch] class of its colour
 * @property {boolean} [warning]
 */

/** @param {string} label @param {Bar[]} bars @param {string} testid @returns {HTMLElement} */
export const barList = (label, bars, testid) =>
  el('ul', { class: 'share-bars', 'aria-label': label, testid }, ...bars.map(barLine));

/** @param {Bar} bar */
function barLine({ name, value, mark, interval, text, note, swatch, warning }) {
  const at = (/** @type {number} */ part) => `${(100 * Math.max(0, Math.min(1, part))).toFixed(2)}%`;
  const fill = el('span', { class: 'share-fill' });
  fill.style.width = at(value);
  const track = el('span', { class: 'share-track', 'aria-hidden': 'true' }, fill);
  if (typeof mark === 'number') {
    const line = el('span', { class: 'share-mark' });
    line.style.left = at(mark);
    track.append(line);
  }
  if (interval) {
    const whisker = el('span', { class: 'share-whisker' });
    whisker.style.left = at(interval[0]);
    whisker.style.width = `${(100 * Math.max(0, Math.min(1, interval[1]) - Math.max(0, interval[0]))).toFixed(2)}%`;
    track.append(whisker);
  }
  return el(
    'li',
    { class: warning ? 'share-line warned' : 'share-line' },
    el('span', { class: 'share-name', title: name }, swatch ? el('span', { class: `swatch ${swatch}`, 'aria-hidden': 'true' }) : null, el('span', { text: name })),
    track,
    el('span', { class: 'share-value number', text: text ?? share(value) }),
    el('span', { class: 'share-note second', text: note ?? '' }),
  );
}
