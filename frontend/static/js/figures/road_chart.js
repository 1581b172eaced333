/**
 * Two small charts of a road, over the same t: how far the picture moves at each step, and how unusual the points are.
 */

const SPACE = 'http://www.w3.org/2000/svg';
const WIDE = 1000;
const HIGH = 40;
/** Beyond this percentile a point counts as off the data. */
const OFF = 95;

/** @typedef {{changes: number[], unusual: number[]|null}} Measured */

/** @param {string} tag @param {Record<string, string|number>} attributes @param {...SVGElement} children */
function svg(tag, attributes, ...children) {
  const element = document.createElementNS(SPACE, tag);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  element.append(...children);
  return element;
}

/** @param {number} value */
const short = (value) => String(Math.round(value * 10) / 10);

/** @param {string} name @param {string} label what it shows, in words @param {...SVGElement} children */
const frame = (name, label, ...children) =>
  svg(
    'svg',
    { viewBox: `0 0 ${WIDE} ${HIGH}`, preserveAspectRatio: 'none', class: `chart ${name}`, role: 'img', 'aria-label': label },
    ...children,
  );

/**
 * @param {number[]} changes one a step
 * @param {number} most what fills the height: the same for all roads, so that they can be compared
 * @param {string} label
 * @returns {SVGElement}
 */
export function changeChart(changes, most, label) {
  const step = WIDE / changes.length;
  const height = (/** @type {number} */ value) => HIGH - Math.min(1, value / Math.max(most, 1e-9)) * (HIGH - 2);
  const outline = changes.map((value, i) => `L${short(i * step)} ${short(height(value))}H${short((i + 1) * step)}`);
  return frame('chart-change', label, svg('path', { class: 'area', d: `M0 ${HIGH}${outline.join('')}V${HIGH}Z` }));
}

/** @param {number[]} unusual percentiles, evenly in t @param {string} label @returns {SVGElement} */
export function unusualChart(unusual, label) {
  const height = (/** @type {number} */ value) => HIGH - (value / 100) * HIGH;
  const step = WIDE / Math.max(1, unusual.length - 1);
  const line = unusual.map((value, i) => `${i === 0 ? 'M' : 'L'}${short(i * step)} ${short(height(value))}`).join('');
  const limit = height(OFF);
  const off = unusual.map((value, i) => (value > OFF ? `M${short(i * step - step / 2)} 0h${short(step)}V${HIGH}h${short(-step)}Z` : ''));
  return frame(
    'chart-unusual',
    label,
    svg('path', { class: 'off', d: off.join('') }),
    svg('path', { class: 'limit', d: `M0 ${short(limit)}H${WIDE}` }),
    svg('path', { class: 'line', d: line }),
  );
}
