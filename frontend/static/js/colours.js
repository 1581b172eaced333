/**
 * The colours of the map: the theme's tokens as words, and a scale for numbers.
 *
 * The scale is viridis, by Smith and van der Walt (2015; matplotlib, CC0): perceptually uniform, also for the colour-blind. Its end
 * that nears the ground is left out, else the points there could not be seen.
 */

/** @typedef {[number, number, number]} Rgb 0 to 255 */
/**
 * @typedef {Object} Palette words: 0xff, blue, green, red
 * @property {Uint32Array} classes
 * @property {Uint32Array} scale from low to high
 * @property {number} faint
 * @property {number} line
 * @property {number} panel
 */

const VIRIDIS = ['440154', '482878', '3e4a89', '31688e', '26828e', '1f9e89', '35b779', '6ece58', 'b5de2b', 'fde725'];
const SHADES = 256;
const SHARES = { light: [0, 0.9], dark: [0.2, 1] };

/** @param {Rgb} colour @returns {number} as it lies in an ImageData's memory, opaque */
export const wordOf = ([red, green, blue]) => (0xff000000 | (blue << 16) | (green << 8) | red) >>> 0;

/** @param {string} hex `#1b2430` or `1b2430` @returns {Rgb} */
export const rgbOf = (hex) => {
  const digits = hex.replace('#', '');
  return /** @type {Rgb} */ ([0, 2, 4].map((at) => parseInt(digits.slice(at, at + 2), 16)));
};

/** @param {number} share 0 to 1 of viridis @returns {Rgb} */
export function viridis(share) {
  const at = Math.max(0, Math.min(1, share)) * (VIRIDIS.length - 1);
  const first = Math.min(VIRIDIS.length - 2, Math.floor(at));
  const [low, high] = [rgbOf(VIRIDIS[first]), rgbOf(VIRIDIS[first + 1])];
  return /** @type {Rgb} */ (low.map((from, i) => Math.round(from + (high[i] - from) * (at - first))));
}

/** @param {boolean} dark @returns {Rgb[]} the scale, from low to high */
export function scaleOf(dark) {
  const [from, to] = dark ? SHARES.dark : SHARES.light;
  return Array.from({ length: SHADES }, (_, step) => viridis(from + ((to - from) * step) / (SHADES - 1)));
}

/** @param {HTMLElement} element @returns {Palette} the theme as it is now */
export function readPalette(element) {
  const style = getComputedStyle(element);
  const token = (/** @type {string} */ name) => rgbOf(style.getPropertyValue(`--${name}`).trim());
  const panel = token('panel');
  const words = (/** @type {Rgb[]} */ colours) => Uint32Array.from(colours, wordOf);
  return {
    classes: words(Array.from({ length: 10 }, (_, index) => token(`class-${index}`))),
    scale: words(scaleOf(panel[0] < 128)),
    faint: wordOf(token('faint')),
    line: wordOf(token('line')),
    panel: wordOf(panel),
  };
}
