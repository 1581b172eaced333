/**
 * The classes' names on the map, each at the median of its points: small dots alone do not tell ten colours apart.
 */

/** @typedef {import('./points.js').Mapped} Mapped */
/** @typedef {import('./map_layers.js').Scene} Scene */
/** @typedef {{name: string, some: number[], count: number, at: number[]}} Middle some of its rows, and its place on the map */
/** @typedef {{left: number, top: number, right: number, bottom: number}} Box */

const MOST = 12;
const SIZE = 11.5;
const GAP = 2;
const SOME = 40; // of so many rows of a class, one that is shown is enough for its name

/** @type {WeakMap<Mapped, Middle[]>} */
const middles = new WeakMap();
/**
 * A name is left out when its class is not picked out, or when there is no room beside the names already there.
 * @param {CanvasRenderingContext2D} context one unit is a CSS pixel
 * @param {Scene} scene
 */
export function nameClasses(context, scene) {
  const { points, place, level, colours, font } = scene;
  if (points.categories.length < 2 || points.categories.length > MOST) return;
  context.font = `600 ${SIZE}px ${font}`;
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  context.lineJoin = 'round';
  context.lineWidth = 3.5;
  context.strokeStyle = colours.panel;
  context.fillStyle = colours.ink;
  /** @type {Box[]} */
  const taken = [];
  for (const middle of middlesOf(points)) {
    if (!middle.some.some((row) => level(row) > 0)) continue;
    const [x, y] = place(middle.at);
    const box = freeBox({ x, y, width: context.measureText(middle.name).width }, taken, scene);
    if (!box) continue;
    taken.push(box);
    const line = (box.top + box.bottom) / 2;
    context.strokeText(middle.name, x, line);
    context.fillText(middle.name, x, line);
  }
}

/**
 * @param {{x: number, y: number, width: number}} at @param {Box[]} taken @param {{width: number, height: number}} room
 * @returns {Box|null} at the median, or a line above or below it
 */
function freeBox({ x, y, width }, taken, room) {
  const half = SIZE / 2 + GAP;
  for (const lines of [0, -1, 1]) {
    const middle = y + 2 * half * lines;
    const box = { left: x - width / 2 - half, right: x + width / 2 + half, top: middle - half, bottom: middle + half };
    const inside = box.left >= 0 && box.top >= 0 && box.right <= room.width && box.bottom <= room.height;
    if (inside && !taken.some((other) => overlap(box, other))) return box;
  }
  return null;
}

/** @param {Box} a @param {Box} b */
const overlap = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom - 0.5 && b.top < a.bottom - 0.5;

/** @param {Mapped} points @returns {Middle[]} the largest class first */
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
            some: own.filter((_, at) => at % Math.ceil(own.length / SOME) === 0),
            count: own.length,
            at: Array.from({ length: points.dims }, (_, axis) => median(own.map((i) => points.positions[points.dims * i + axis]))),
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
