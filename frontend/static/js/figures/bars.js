/**
 * Thin bars, one between each two pictures of a strip: as high as the picture changes there.
 */

import { el } from '../dom.js';

/** @param {number[]} values not negative @returns {HTMLElement[]} heights relative to the largest */
export function bars(values) {
  const most = Math.max(...values, 1e-9);
  return values.map((value) => {
    const bar = el('span', { title: value.toFixed(3) });
    bar.style.height = `${Math.max(2, (100 * value) / most)}%`;
    return bar;
  });
}
