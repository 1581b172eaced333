/**
 * Where one picture differs from another: pure, from raw pictures to colours.
 */

/** @typedef {import('../api.js').Raw} Raw */

/** Lighter than it should be, darker, and different either way: seen on a light and on a dark ground. */
export const COLOURS = Object.freeze({ lighter: [222, 110, 12], darker: [52, 108, 235], apart: [196, 44, 104] });
/** Scales end at a multiple of this, so that they can be read and compared. */
const ROUND = 0.05;
const LEAST = 0.1;

/**
 * @param {Raw} seen what the model saw, (1, H, W, C) @param {Raw} drawn (N, H, W, C), the first of which counts
 * @param {boolean} sign whether lighter and darker are told apart
 * @returns {{values: Float32Array, mse: number}} (H * W) mean difference over the channels, from -1 to 1, or its size
 *   from 0 to 1; `mse` over pixels and channels
 */
export function differences(seen, drawn, sign) {
  const [, height, width, channels] = seen.shape;
  const values = new Float32Array(height * width);
  let squares = 0;
  for (let pixel = 0; pixel < values.length; pixel++) {
    let sum = 0;
    for (let at = pixel * channels; at < (pixel + 1) * channels; at++) {
      const off = (drawn.data[at] - seen.data[at]) / 255;
      squares += off * off;
      sum += sign ? off : Math.abs(off);
    }
    values[pixel] = sum / channels;
  }
  return { values, mse: squares / (values.length * channels) };
}

/** @param {Float32Array} values @returns {number} where a scale for them ends */
export function scaleEnd(values) {
  let most = LEAST;
  for (const value of values) most = Math.max(most, Math.abs(value));
  return Math.ceil(most / ROUND - 1e-6) * ROUND;
}

/**
 * @param {Float32Array} values @param {number} width @param {boolean} sign @param {number} end of the scale
 * @returns {ImageData} no difference is transparent, the end of the scale is the full colour
 */
export function coloured(values, width, sign, end) {
  const image = new ImageData(width, values.length / width);
  values.forEach((value, pixel) => {
    const [red, green, blue] = sign ? (value > 0 ? COLOURS.lighter : COLOURS.darker) : COLOURS.apart;
    image.data.set([red, green, blue, Math.round(255 * Math.min(1, Math.abs(value) / end))], 4 * pixel);
  });
  return image;
}

/**
 * @param {string} url of what the model saw, a PNG of this page's @param {number} channels of the model
 * @returns {Promise<Raw>}
 */
export async function readPicture(url, channels) {
  const image = new Image();
  image.src = url;
  await image.decode();
  const { naturalWidth: width, naturalHeight: height } = image;
  const canvas = new OffscreenCanvas(width, height);
  const context = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext('2d', { willReadFrequently: true }));
  context.drawImage(image, 0, 0);
  const { data } = context.getImageData(0, 0, width, height);
  const found = new Uint8Array(width * height * channels);
  for (let pixel = 0; pixel < width * height; pixel++)
    for (let channel = 0; channel < channels; channel++)
      found[pixel * channels + channel] = data[4 * pixel + channel];
  return { data: found, shape: [1, height, width, channels] };
}
