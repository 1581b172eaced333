/**
 * The error after each step of a search, with the encoder's own as a line to compare with.
 */

import { el } from '../dom.js';

const SPACE = 'http://www.w3.org/2000/svg';
const [WIDTH, HEIGHT] = [320, 90];

/**
 * @returns {{element: HTMLElement, show: (curve: number[], before: number|null) => void}} `before`: the error that the
 *   search has to beat
 */
export function errorCurve() {
  const way = svg('path', { class: 'curve-line' });
  const level = svg('path', { class: 'curve-level' });
  const picture = svg('svg', { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: 'none', 'aria-hidden': 'true' });
  picture.append(level, way);
  const about = el('span', { class: 'push', text: 'error after each step' });
  const steps = el('span', { class: 'number' });
  const element = el(
    'figure',
    { class: 'curve', role: 'img' },
    picture,
    el('figcaption', {}, about, steps),
  );
  return {
    element,
    show(curve, before) {
      const most = Math.max(...curve, before ?? 0, 1e-9) * 1.05;
      const x = (/** @type {number} */ index) => (curve.length > 1 ? (index / (curve.length - 1)) * WIDTH : 0);
      const y = (/** @type {number} */ error) => HEIGHT * (1 - error / most);
      way.setAttribute('d', curve.map((error, index) => `${index === 0 ? 'M' : 'L'}${x(index).toFixed(1)} ${y(error).toFixed(1)}`).join(''));
      level.setAttribute('d', before === null ? '' : `M0 ${y(before).toFixed(1)}H${WIDTH}`);
      about.textContent = `error after each step${before === null ? '' : '; dashed: the encoder\u2019s'}`;
      const end = curve.length > 0 ? `${curve[0].toFixed(4)} \u2192 ${curve[curve.length - 1].toFixed(4)}` : '';
      steps.textContent = curve.length > 1 ? `${end} in ${curve.length - 1} ${curve.length === 2 ? 'step' : 'steps'}` : end;
      const words = curve.length > 0 ? `from ${curve[0].toFixed(4)} to ${curve[curve.length - 1].toFixed(4)}` : 'nothing yet';
      const against = before === null ? '' : `, the encoder\u2019s is ${before.toFixed(4)}`;
      element.setAttribute('aria-label', `Error after each step: ${words}${against}`);
    },
  };
}

/** @param {string} tag @param {Record<string, string>} attributes @returns {SVGElement} */
function svg(tag, attributes) {
  const made = /** @type {SVGElement} */ (document.createElementNS(SPACE, tag));
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}
