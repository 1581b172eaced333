/**
 * The classes' names on the map, each at the median of its points: small dots alone do not tell ten colours apart.
 */

/** @typedef {import('./points.js').Points} Points */
/** @typedef {import('./layer.js').Palette} Palette */
/** @typedef {{name: string, first: number, count: number, x: number, y: number}} Middle in the map's units */
/** @typedef {{left: number, top: number, right: number, bottom: number}} Box */

const MOST = 12;
const SIZE = 11.5;
const GAP = 2;

/** @type {WeakMap<Points, Middle[]>} */
const middles = new WeakMap();
/** @type {WeakMap<Palette, {font: string, ink: string, halo: string}>} a new theme brings a new palette */
const looks = new WeakMap();

/**
 * A name is left out when its class is not picked out, or when there is no room beside the names already there.
 * @param {CanvasRenderingContext2D} context
 * @param {Points} points
 * @param {{x: (x: number) => number, y: (y: number) => number}} place data to device pixels
 * @param {number} ratio device pixels a CSS pixel
 * @param {Palette} palette
 * @param {(index: number) => boolean} picked
 */
export function nameClasses(context, points, place, ratio, palette, picked) {
  if (points.categories.length < 2 || points.categories.length > MOST) return;
  const { font, ink, halo } = lookOf(context.canvas, palette);
  context.font = `600 ${SIZE * ratio}px ${font}`;
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  context.lineJoin = 'round';
  context.lineWidth = 3.5 * ratio;
  context.strokeStyle = halo;
  context.fillStyle = ink;
  /** @type {Box[]} */
  const taken = [];
  for (const middle of middlesOf(points)) {
    if (!picked(middle.first)) continue;
    const at = { x: place.x(middle.x), y: place.y(middle.y), width: context.measureText(middle.name).width };
    const box = freeBox(at, ratio, taken, context.canvas);
    if (!box) continue;
    taken.push(box);
    const y = (box.top + box.bottom) / 2;
    context.strokeText(middle.name, at.x, y);
    context.fillText(middle.name, at.x, y);
  }
}

/**
 * @param {{x: number, y: number, width: number}} at @param {number} ratio @param {Box[]} taken
 * @param {{width: number, height: number}} canvas
 * @returns {Box|null} at the median, or a line above or below it
 */
function freeBox({ x, y, width }, ratio, taken, canvas) {
  const half = (SIZE / 2 + GAP) * ratio;
  for (const lines of [0, -1, 1]) {
    const middle = y + 2 * half * lines;
    const box = { left: x - width / 2 - half, right: x + width / 2 + half, top: middle - half, bottom: middle + half };
    const inside = box.left >= 0 && box.top >= 0 && box.right <= canvas.width && box.bottom <= canvas.height;
    if (inside && !taken.some((other) => overlap(box, other))) return box;
  }
  return null;
}

/** @param {Box} a @param {Box} b */
const overlap = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom - 0.5 && b.top < a.bottom - 0.5;

/** @param {Points} points @returns {Middle[]} the largest class first */
function middlesOf(points) {
  const known = middles.get(points);
  if (known) return known;
  /** @type {number[][]} */
  const rows = points.categories.map(() => []);
  for (let i = 0; i < points.count; i++) rows[points.labels[i]]?.push(i);
  const found = rows.flatMap((own, index) =>
    own.length === 0
      ? []
      : [
          {
            name: points.categories[index],
            first: own[0],
            count: own.length,
            x: median(own.map((i) => points.positions[2 * i])),
            y: median(own.map((i) => points.positions[2 * i + 1])),
          },
        ],
  );
  found.sort((a, b) => b.count - a.count);
  middles.set(points, found);
  return found;
}

/** @param {number[]} values at least one @returns {number} */
function median(values) {
  const sorted = Float64Array.from(values).sort();
  return sorted[sorted.length >> 1];
}

/** @param {HTMLCanvasElement} canvas @param {Palette} palette */
function lookOf(canvas, palette) {
  const known = looks.get(palette);
  if (known) return known;
  const style = getComputedStyle(canvas);
  const look = {
    font: style.fontFamily,
    ink: style.getPropertyValue('--ink').trim(),
    halo: style.getPropertyValue('--panel').trim(),
  };
  looks.set(palette, look);
  return look;
}
