/**
 * Which map is shown: how it is made, of which set, in how many dimensions; and its way into the address and back.
 */

/**
 * @typedef {Object} MapChoice frozen; another choice is another object
 * @property {string} method 'pca', 'umap', 'tsne', 'pacmap' or 'localmap'
 * @property {string} set name of the set; '' for the model's default one
 * @property {2|3} dims
 * @property {Readonly<Record<string, number>>} parameters only those that are not the method's own
 * @property {number|null} seed null for the method's own
 * @property {boolean} control whether it is the map of shuffled latents, which has nothing to show
 */

/** @type {Readonly<MapChoice>} */
export const PLAIN_MAP = Object.freeze({
  method: 'pca',
  set: '',
  dims: 2,
  parameters: Object.freeze({}),
  seed: null,
  control: false,
});

const NAME = /^[A-Za-z][A-Za-z0-9_]{0,31}$/;
const SET = /^([A-Za-z0-9][A-Za-z0-9._+-]{0,63})?$/;

/** @param {Readonly<MapChoice>} choice @param {Partial<MapChoice>} patch @returns {Readonly<MapChoice>} */
export const chosen = (choice, patch) => Object.freeze({ ...choice, ...patch });

/** @param {Readonly<MapChoice>} choice @returns {string} `umap~data~2~7~~n_neighbors~15`; '' for the plain one */
export function writeMap({ method, set, dims, parameters, seed, control }) {
  const parts = [method, set, dims === 2 ? '' : String(dims), seed === null ? '' : String(seed), control ? '1' : ''];
  for (const name of Object.keys(parameters).sort()) parts.push(name, String(parameters[name]));
  while (parts.at(-1) === '') parts.pop();
  return parts.length === 1 && method === PLAIN_MAP.method ? '' : parts.join('~');
}

/** @param {string} text @returns {Readonly<MapChoice>} @throws {RangeError} for what cannot be one */
export function readMap(text) {
  const [method, set = '', dims = '', seed = '', control = '', ...rest] = text.split('~');
  const fits =
    NAME.test(method) &&
    SET.test(set) &&
    /^[23]?$/.test(dims) &&
    /^\d{0,10}$/.test(seed) &&
    /^1?$/.test(control) &&
    rest.length % 2 === 0 &&
    rest.length <= 32;
  if (!fits) throw new RangeError('no choice of a map');
  /** @type {Record<string, number>} */
  const parameters = {};
  for (let at = 0; at < rest.length; at += 2) {
    const value = Number(rest[at + 1]);
    if (!NAME.test(rest[at]) || rest[at + 1] === '' || !Number.isFinite(value)) throw new RangeError('no parameter');
    parameters[rest[at]] = value;
  }
  return chosen(PLAIN_MAP, {
    method,
    set,
    dims: dims === '3' ? 3 : 2,
    seed: seed === '' ? null : Number(seed),
    control: control === '1',
    parameters: Object.freeze(parameters),
  });
}

/** @param {Readonly<MapChoice>} choice @param {string} set its set by name @returns {string} as every address of a map takes it */
export function mapQuery({ method, dims, parameters, seed, control }, set) {
  const query = new URLSearchParams({ set, method, dims: String(dims) });
  if (seed !== null) query.set('seed', String(seed));
  if (control) query.set('control', 'true');
  for (const name of Object.keys(parameters).sort()) query.set(name, String(parameters[name]));
  return query.toString();
}
