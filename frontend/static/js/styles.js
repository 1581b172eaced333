/**
 * Styles of a StyleGAN: w is one style for all layers, w+ one for each (Karras et al. 2019; Abdal et al. 2019). Every
 * point of w is a point of w+ whose layers agree.
 */

/** @typedef {import('./api.js').ModelDetail} ModelDetail */
/** @typedef {'coarse'|'middle'|'fine'} Group */

export const PLUS = 'w+';

/** @param {ModelDetail|null} detail @returns {number} how many styles a picture takes; 0: this model mixes none */
export const layersOf = (detail) =>
  detail?.status === 'ready' && detail.spaces.includes(PLUS) ? (detail.manifest.spaces?.w?.layers ?? 0) : 0;

/** @param {Float32Array} w (D,) @param {number} layers @returns {Float32Array} (layers * D,) the same style in each */
export function tiled(w, layers) {
  const plus = new Float32Array(layers * w.length);
  for (let layer = 0; layer < layers; layer++) plus.set(w, layer * w.length);
  return plus;
}

/** @param {Float32Array} plus (layers * D,) @param {number} layers @returns {Float32Array} (D,) the mean of its styles */
export function meanStyle(plus, layers) {
  const size = plus.length / layers;
  return Float32Array.from({ length: size }, (_, i) => {
    let sum = 0;
    for (let layer = 0; layer < layers; layer++) sum += plus[layer * size + i];
    return sum / layers;
  });
}

/** @param {Float32Array} plus (layers * D,) @param {number} layers @returns {Float32Array|null} (D,) where all layers agree */
export function oneStyle(plus, layers) {
  const size = plus.length / layers;
  return plus.every((value, i) => value === plus[i % size]) ? plus.slice(0, size) : null;
}

/**
 * A point of w or w+ as one of the other: into w+ always, into w where its layers agree.
 * @param {Float32Array|null} latent @param {'w'|'w+'} space it is wanted in @param {number} layers
 * @returns {Float32Array|null}
 */
export const carried = (latent, space, layers) =>
  latent && (space === PLUS ? tiled(latent, layers) : oneStyle(latent, layers));

/**
 * Which layers are coarse, middle and fine: two layers a resolution, the first resolution with one where they are odd.
 * Coarse are the first two resolutions (4 and 8 pixels), middle the next two of many or one of few.
 * @param {number} layers @returns {Record<Group, [number, number]>} from, and up to but not with
 */
export function groupsOf(layers) {
  const resolutions = Math.ceil(layers / 2);
  if (resolutions < 4) {
    const [one, two] = [Math.ceil(layers / 3), Math.ceil((2 * layers) / 3)];
    return { coarse: [0, one], middle: [one, two], fine: [two, layers] };
  }
  const end = (/** @type {number} */ count) => 2 * count - (layers % 2);
  const middle = resolutions < 6 ? 3 : 4;
  return { coarse: [0, end(2)], middle: [end(2), end(middle)], fine: [end(middle), layers] };
}

/**
 * @param {Float32Array} keeps (layers * D,) @param {Float32Array} gives (layers * D,)
 * @param {[number, number]} range of the layers that are given @param {number} layers
 * @returns {Float32Array} (layers * D,)
 */
export function mixed(keeps, gives, [from, to], layers) {
  const size = keeps.length / layers;
  const row = keeps.slice();
  row.set(gives.subarray(from * size, to * size), from * size);
  return row;
}
