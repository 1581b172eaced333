/**
 * The map's base points: a canvas under a transparent Plotly, filled through ImageData, following Plotly's axes.
 */

import { nameClasses } from './class_names.js';

/** @typedef {import('./points.js').Points} Points */
/** @typedef {import('./plot.js').Axes} Axes */
/** @typedef {[number, number, number]} Rgb */
/** @typedef {{data: Uint8ClampedArray, width: number, height: number}} Target */
/** @typedef {{classes: Rgb[], faint: Rgb, line: Rgb, sparse: Rgb, dense: Rgb}} Palette */

const SHADES = 16;

/**
 * @param {HTMLCanvasElement} canvas covers the plot's element @param {Points} points @param {Axes} axes
 * @param {Palette} palette @param {(index: number) => boolean} picked points that are not stay as faint dots
 */
export function paint(canvas, points, axes, palette, picked) {
  const ratio = devicePixelRatio || 1;
  const width = Math.round(canvas.clientWidth * ratio);
  const height = Math.round(canvas.clientHeight * ratio);
  const context = canvas.getContext('2d');
  if (!context || width === 0 || height === 0) return;
  if (canvas.width !== width || canvas.height !== height) {
    canvas.width = width;
    canvas.height = height;
  }
  const image = new ImageData(width, height);
  const place = placer(axes, ratio);
  const radius = radiusFor(points, axes) * ratio;
  const colour = colouring(points, palette);
  const target = { data: image.data, width, height };
  cross(target, place.x(0), place.y(0), palette.line);
  const strong = disc(radius, 0.85);
  const weak = disc(radius * 0.8, 0.5);
  for (const pass of [false, true]) {
    for (let i = 0; i < points.count; i++) {
      if (picked(i) !== pass) continue;
      stamp(
        target,
        place.x(points.positions[2 * i]),
        place.y(points.positions[2 * i + 1]),
        pass ? strong : weak,
        pass ? colour(i) : palette.faint,
      );
    }
  }
  context.putImageData(image, 0, 0);
  nameClasses(context, points, place, ratio, palette, picked);
}

/**
 * @param {Target} target
 * @param {number} x
 * @param {number} y
 * @param {Rgb} colour hairlines through the mean of the set
 */
function cross({ data, width, height }, x, y, [red, green, blue]) {
  const [column, row] = [Math.round(x), Math.round(y)];
  const words = new Uint32Array(data.buffer);
  const word = 0xff000000 | (blue << 16) | (green << 8) | red;
  if (column >= 0 && column < width) for (let line = 0; line < height; line++) words[line * width + column] = word;
  if (row >= 0 && row < height) words.fill(word, row * width, (row + 1) * width);
}

/**
 * @param {Axes} axes
 * @param {number} [ratio] device pixels a CSS pixel
 * @returns {{x: (x: number) => number, y: (y: number) => number}} data to pixels
 */
export function placer(
  {
    left,
    top,
    width,
    height,
    ranges: {
      x: [x0, x1],
      y: [y0, y1],
    },
  },
  ratio = 1,
) {
  return {
    x: (x) => ratio * (left + ((x - x0) / (x1 - x0)) * width),
    y: (y) => ratio * (top + ((y1 - y) / (y1 - y0)) * height),
  };
}

/** @param {Points} points @param {Axes} axes @returns {number} CSS pixels: smaller for many points, larger from near */
function radiusFor({ count, grid }, { width, height, ranges: { x, y } }) {
  const whole = grid.columns * grid.cell * grid.rows * grid.cell;
  const share = Math.min(1, ((x[1] - x[0]) * (y[1] - y[0])) / whole);
  const room = Math.sqrt((width * height) / Math.max(1, count * share));
  return Math.max(1.1, Math.min(4, 0.24 * room));
}

/**
 * @param {Points} points
 * @param {Palette} palette
 * @returns {(index: number) => Rgb} by class; by density where there are none
 */
function colouring({ labels, categories, grid, positions }, { classes, sparse, dense }) {
  if (categories.length > 0) return (index) => classes[labels[index] % classes.length] ?? sparse;
  let most = 1;
  for (let cell = 0; cell + 1 < grid.starts.length; cell++)
    most = Math.max(most, grid.starts[cell + 1] - grid.starts[cell]);
  const shades = Array.from(
    { length: SHADES },
    (_, step) => /** @type {Rgb} */ (sparse.map((from, i) => from + ((dense[i] - from) * step) / (SHADES - 1))),
  );
  return (index) => {
    const cell = grid.row(positions[2 * index + 1]) * grid.columns + grid.column(positions[2 * index]);
    return shades[
      Math.min(SHADES - 1, Math.floor((SHADES * (grid.starts[cell + 1] - grid.starts[cell])) / (most + 1)))
    ];
  };
}

/**
 * @param {number} radius device pixels
 * @param {number} alpha
 * @returns {{dx: number, dy: number, alpha: number}[]} a soft-edged disc
 */
function disc(radius, alpha) {
  const pixels = [];
  const reach = Math.ceil(radius);
  for (let dy = -reach; dy <= reach; dy++) {
    for (let dx = -reach; dx <= reach; dx++) {
      const cover = Math.max(0, Math.min(1, radius + 0.5 - Math.hypot(dx, dy)));
      if (cover > 0) pixels.push({ dx, dy, alpha: alpha * cover });
    }
  }
  return pixels;
}

/**
 * Lay a disc over what is there ("over" of Porter and Duff, 1984; the colours are not premultiplied).
 * @param {Target} target @param {number} x @param {number} y
 * @param {{dx: number, dy: number, alpha: number}[]} pixels @param {Rgb} colour
 */
function stamp({ data, width, height }, x, y, pixels, colour) {
  const column = Math.round(x);
  const row = Math.round(y);
  if (column < -8 || row < -8 || column > width + 8 || row > height + 8) return;
  for (const { dx, dy, alpha } of pixels) {
    const [px, py] = [column + dx, row + dy];
    if (px < 0 || py < 0 || px >= width || py >= height) continue;
    const at = 4 * (py * width + px);
    const below = (data[at + 3] / 255) * (1 - alpha);
    const sum = alpha + below;
    for (let i = 0; i < 3; i++) data[at + i] = (colour[i] * alpha + data[at + i] * below) / sum;
    data[at + 3] = 255 * sum;
  }
}
