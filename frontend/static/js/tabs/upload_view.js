/**
 * The part of a picture that shows in a frame of the model's proportions: pure geometry.
 *
 * The frame is measured in the model's own pixels, so that nothing here depends on the size on the screen.
 */

/** @typedef {import('../api.js').Crop} Crop */
/** @typedef {{width: number, height: number}} Size */
/** @typedef {{scale: number, x: number, y: number}} View frame pixels a picture pixel; the picture's pixel in the middle */

/** So much nearer than filling the frame. */
const NEAREST = 16;
/** Shares of a picture are told to a millionth. */
const DIGITS = 1e6;

/** @type {Crop} */
export const WHOLE = Object.freeze({ x: 0, y: 0, w: 1, h: 1 });

/** @param {Size} picture @param {Size} frame @returns {number} the scale at which all of the picture shows */
const fitScale = (picture, frame) => Math.min(frame.width / picture.width, frame.height / picture.height);

/** @param {Size} picture @param {Size} frame @returns {number} the scale at which no edge of the frame is empty */
const fillScale = (picture, frame) => Math.max(frame.width / picture.width, frame.height / picture.height);

/** @param {View} view @param {Size} picture @param {Size} frame @returns {View} no edge empty that need not be */
function bounded({ scale, x, y }, picture, frame) {
  const near = Math.min(
    Math.max(scale, fitScale(picture, frame)),
    Math.max(NEAREST * fillScale(picture, frame), fitScale(picture, frame)),
  );
  const along = (/** @type {number} */ at, /** @type {number} */ all, /** @type {number} */ seen) =>
    seen >= all ? all / 2 : Math.min(Math.max(at, seen / 2), all - seen / 2);
  return {
    scale: near,
    x: along(x, picture.width, frame.width / near),
    y: along(y, picture.height, frame.height / near),
  };
}

/** @param {Crop|null} crop @param {Size} picture @param {Size} frame @returns {View} that shows just this part */
export function viewOf(crop, picture, frame) {
  const { x, y, w, h } = crop ?? WHOLE;
  const scale = Math.min(frame.width / (w * picture.width), frame.height / (h * picture.height));
  return bounded({ scale, x: (x + w / 2) * picture.width, y: (y + h / 2) * picture.height }, picture, frame);
}

/** @param {View} view @param {Size} picture @param {Size} frame @returns {Crop} the part that shows */
export function cropOf({ scale, x, y }, picture, frame) {
  const along = (/** @type {number} */ at, /** @type {number} */ all, /** @type {number} */ seen) => {
    const from = Math.round((Math.max(0, at - seen / 2) / all) * DIGITS) / DIGITS;
    const to = Math.round((Math.min(all, at + seen / 2) / all) * DIGITS) / DIGITS;
    return [from, Math.round((to - from) * DIGITS) / DIGITS];
  };
  const [left, width] = along(x, picture.width, frame.width / scale);
  const [top, height] = along(y, picture.height, frame.height / scale);
  return { x: left, y: top, w: width, h: height };
}

/** @param {Size} picture @param {Size} frame @returns {Crop} the middle of the picture, so large that the frame is full */
export const filling = (picture, frame) =>
  cropOf({ scale: fillScale(picture, frame), x: picture.width / 2, y: picture.height / 2 }, picture, frame);

/**
 * @param {View} view @param {number} dx to the right, as shares of the frame @param {number} dy
 * @param {Size} picture @param {Size} frame @returns {View} the picture has gone that way under the frame
 */
export const moved = (view, dx, dy, picture, frame) =>
  bounded(
    { ...view, x: view.x - (dx * frame.width) / view.scale, y: view.y - (dy * frame.height) / view.scale },
    picture,
    frame,
  );

/**
 * @param {View} view @param {number} factor above 1 comes nearer
 * @param {{x: number, y: number}} at what stays where it is, as shares of the frame from its middle
 * @param {Size} picture @param {Size} frame @returns {View}
 */
export function zoomed(view, factor, at, picture, frame) {
  const { scale } = bounded({ ...view, scale: view.scale * factor }, picture, frame);
  const shift = 1 / view.scale - 1 / scale;
  const x = view.x + at.x * frame.width * shift;
  const y = view.y + at.y * frame.height * shift;
  return bounded({ scale, x, y }, picture, frame);
}

/** @param {View} view @param {Size} picture @param {Size} frame @returns {number} 0: all shows, 1: as near as it goes */
export function nearness({ scale }, picture, frame) {
  const fit = fitScale(picture, frame);
  return Math.log(scale / fit) / Math.log(Math.max(1.0001, (NEAREST * fillScale(picture, frame)) / fit));
}

/** @param {View} view @param {number} share as `nearness` says it @param {Size} picture @param {Size} frame @returns {View} */
export function at(view, share, picture, frame) {
  const fit = fitScale(picture, frame);
  const scale = fit * ((NEAREST * fillScale(picture, frame)) / fit) ** share;
  return bounded({ ...view, scale }, picture, frame);
}

/** @param {Crop|null} one @param {Crop|null} other @returns {boolean} */
export const same = (one, other) =>
  one === other ||
  (one !== null &&
    other !== null &&
    Math.max(...[one.x - other.x, one.y - other.y, one.w - other.w, one.h - other.h].map(Math.abs)) < 2e-6);

/**
 * @param {View} view @param {Size} picture @param {Size} frame
 * @returns {{left: string, top: string, width: string, height: string}} where the picture lies, in shares of the frame
 */
export function placeOf({ scale, x, y }, picture, frame) {
  const share = (/** @type {number} */ value) => `${(100 * value).toFixed(4)}%`;
  return {
    left: share(0.5 - (x * scale) / frame.width),
    top: share(0.5 - (y * scale) / frame.height),
    width: share((picture.width * scale) / frame.width),
    height: share((picture.height * scale) / frame.height),
  };
}
