/**
 * A small drawing of what every model here does: picture, encoder, latent numbers, decoder, picture.
 */

const SPACE = 'http://www.w3.org/2000/svg';
const PIXEL = 8;
const PICTURE = ['.##.##.', '#######', '#.###.#', '..###..', '..###..', '..###..', '..###..'];
const NUMBERS = ['0.8', '\u22121.2', '0.1', '0.5'];

/** @param {string} tag @param {Record<string, string|number>} attributes @param {...(SVGElement|string)} children */
function svg(tag, attributes, ...children) {
  const element = document.createElementNS(SPACE, tag);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  element.append(...children);
  return element;
}

/** @param {number} left @param {boolean} rebuilt whether the decoder drew it: softer than the original */
function picture(left, rebuilt) {
  const pixels = PICTURE.flatMap((line, y) =>
    [...line].map((mark, x) => {
      const near = line[x - 1] === '#' || line[x + 1] === '#' || PICTURE[y - 1]?.[x] === '#';
      const strength = rebuilt ? (mark === '#' ? 0.8 : near ? 0.3 : 0.08) : mark === '#' ? 1 : 0.08;
      const place = { x: left + x * PIXEL, y: 18 + y * PIXEL, width: PIXEL, height: PIXEL };
      return svg('rect', { ...place, class: 'drawn-pixel', 'fill-opacity': strength });
    }),
  );
  return svg('g', {}, ...pixels);
}

/** @param {number} left @param {number} from height at the left @param {number} to height at the right */
const network = (left, from, to) =>
  svg('path', {
    d: `M${left} ${46 - from / 2}L${left + 62} ${46 - to / 2}V${46 + to / 2}L${left} ${46 + from / 2}Z`,
    class: 'drawn-network',
  });

/** @param {number} left */
const arrow = (left) => svg('path', { d: `M${left} 46h16m-6 -5l6 5l-6 5`, class: 'drawn-arrow' });

/** @param {number} middle @param {number} base @param {string} text */
const words = (middle, base, text) => svg('text', { x: middle, y: base, 'text-anchor': 'middle' }, text);

/** @param {number} index @param {string} text */
const number = (text, index) =>
  svg(
    'g',
    { class: 'drawn-number' },
    svg('rect', { x: 186, y: 9 + 19 * index, width: 48, height: 17, rx: 4 }),
    words(210, 22 + 19 * index, text),
  );

/** @returns {SVGElement} */
export const autoencoder = () =>
  svg(
    'svg',
    {
      viewBox: '0 0 420 130',
      class: 'drawn-model',
      role: 'img',
      'aria-label': 'A picture goes through the encoder and becomes a few latent numbers; the decoder makes a picture of them again.',
    },
    picture(6, false),
    arrow(66),
    network(90, 76, 32),
    arrow(160),
    ...NUMBERS.map(number),
    arrow(242),
    network(266, 32, 76),
    arrow(336),
    picture(358, true),
    words(34, 104, 'picture'),
    words(121, 104, 'encoder'),
    words(210, 104, 'latent'),
    words(210, 123, 'numbers'),
    words(297, 104, 'decoder'),
    words(386, 104, 'picture'),
  );
