/**
 * All visible state of the page in one typed table, and its way into the address's fragment and back.
 *
 * The fragment is `#v=1&model=...&z=...`: it never reaches a server's log. Latents travel by value, as float32 in
 * base64url, so that a link shows the same picture wherever the model has the same hash.
 */

import { PLAIN_MAP, readMap, writeMap } from './map_choice.js';

/**
 * @typedef {Object} View What the person made: kept in the address.
 * @property {string} model id of the model; '' before one is open
 * @property {string} hash version of the model, 16 hex digits
 * @property {string} space space of the latents; '' for the model's default
 * @property {Float32Array|null} latent the current point (D,)
 * @property {string} origin where the point came from: '', 'seed:7', 'row:data:1204', 'upload', 'path', 'mean', 'map', 'bookmark', 'sum', 'refined', 'draw:3'
 * @property {Float32Array|null} a slot A (D,)
 * @property {Float32Array|null} b slot B (D,)
 * @property {number} position place of the scrubber between A and B, in [0, 1]
 * @property {Float32Array[]} via keyframes between A and B, each (D,)
 * @property {string} method 'lerp', 'slerp', 'geodesic' or '' for what the model recommends
 * @property {number} weight lambda of the geodesic: what unusual points cost it
 * @property {number[]} locks dimensions that no random draw moves
 * @property {import('./hand.js').Hand|null} hand the posterior of the visitor's picture, changed by hand
 * @property {''|'draw'|'loss'} lens what the slider column shows beside the sliders: draws from the posterior, or the loss
 * @property {boolean} still whether the decoder's noise inputs are zero instead of drawn
 * @property {string} reach how far a traversal goes: '' (the data's quantiles), 'prior', or a number to both sides
 * @property {number[]} axes the two dimensions of the grid; none: the two with the most effect
 * @property {string} traversal '' for two dimensions at once, 'strips' for one at a time
 * @property {number[]} chosen dimensions of the strips; none: those that are open in the slider column
 * @property {boolean} bare whether the data over the whole space are hidden
 * @property {(Float32Array|null)[]} terms A, B and C of the sum A - B + C, each (D,)
 * @property {number} sheet seed of the first sample of the sheet
 * @property {string} ranked known pictures are ranked by '' (their error) or 'unusual'
 * @property {Record<string, number>} conditions class index by the condition's id
 * @property {number} psi truncation psi
 * @property {number} noiseSeed seed of the decoder's noise inputs
 * @property {string} sampler what random points are drawn from; '' for the model's default
 * @property {number[]} classes classes picked out on the map; none means all
 * @property {Readonly<import('./map_choice.js').MapChoice>} map which map is wanted; what is shown is `mapped`
 * @property {string} colour what colours its points: '' (class, or density), 'error', 'unusual', 'distance', 'dim:3', 'factor:yaw'
 * @property {number[]} parts categories picked out where a factor colours the points; none means all
 * @property {string} filter which points are shown, as a person writes it: 'coat', 'smile > 0.5'
 * @property {Uint32Array|null} selection rows of `mapped` in ascending order, chosen by lasso, box or keys; never changed in place
 * @property {string} below the open section under the map; '' for none
 * @property {string} tab open tab of the workspace
 * @property {number[]|null} extent the map's visible range: x from, x to, y from, y to
 * @property {number[]|null} turn how a map in three dimensions is turned: yaw and pitch in radians, and how near
 * @property {boolean} unfolded whether the folded sliders are shown
 * @property {boolean} crisp whether the large picture shows its pixels, instead of being scaled smoothly
 */

/**
 * @typedef {Object} Session What is only true in this tab: never in the address; undone at most with a step of the view.
 * @property {import('./api.js').ModelEntry[]|null} models null until the list has arrived
 * @property {import('./api.js').ModelDetail|null} detail the open model; null while it loads
 * @property {import('./points.js').Points|null} points the reference set
 * @property {import('./points.js').Mapped|null} mapped the map that is shown, and its set
 * @property {{of: import('./points.js').Mapped, trust: import('./points.js').Trust|null}|null} judged how far to trust a map that
 *   came without: it is looked into while the map is shown
 * @property {import('./row_facts.js').RowFacts|null} rowFacts error and unusualness of each row of `mapped`, once they were asked for
 * @property {{a: import('./sections/direction.js').Kept|null, b: import('./sections/direction.js').Kept|null}} kept two selections, between which a direction leads
 * @property {''|'lasso'|'box'} tool what a drag on the map does: pan, or choose
 * @property {import('./uploads.js').Upload|null} upload the visitor's own picture
 * @property {import('./gathered.js').Gathered[]} gathered several pictures that were given at once, to pick from
 * @property {import('./walk.js').Road|null} road the geodesic through the keyframes: on its way, or found
 * @property {{mode: 'connecting'|'live'|'http'|'lost', ms: number|null, unusual: number|null}} connection
 * @property {{device: string, runtime: string}|null} machine what serves
 * @property {string} failure sentence about what went wrong with the open model; '' when nothing did
 * @property {string} warning sentence about the link this page was opened with
 * @property {{text: string, at: number}|null} notice something to be said once, in passing
 */

/** @typedef {View & Session} State */

/**
 * @template T
 * @typedef {Object} Field
 * @property {T} initial
 * @property {boolean} undo whether undo brings it back
 * @property {string} [key] its name in the fragment; none: it stays in this tab
 * @property {(value: T) => string} [write] '' leaves it out
 * @property {(text: string) => T} [read] raises RangeError for what it cannot be
 */

export const VERSION = '1';
export const LONGEST_LINK = 8192;

/** @param {Float32Array} values @returns {string} float32 little-endian, base64url without padding */
export function packFloats(values) {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

/** @param {string} text @returns {Float32Array} @throws {RangeError} when it is no list of finite float32 */
export function unpackFloats(text) {
  if (!/^[A-Za-z0-9_-]+$/.test(text)) throw new RangeError('not base64url');
  const raw = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  if (raw.length === 0 || raw.length % 4 !== 0) throw new RangeError('not whole floats');
  const values = new Float32Array(Uint8Array.from(raw, (letter) => letter.charCodeAt(0)).buffer);
  if (!values.every((value) => Number.isFinite(value) && Math.abs(value) <= 1e4)) throw new RangeError('out of bounds');
  return values;
}

/** @param {RegExp} pattern @returns {(text: string) => string} */
const matching = (pattern) => (text) => {
  if (!pattern.test(text)) throw new RangeError(`${text} is not allowed here`);
  return text;
};

/** @param {number} low @param {number} high @returns {(text: string) => number} */
const between = (low, high) => (text) => {
  const value = Number(text);
  if (text === '' || !(value >= low && value <= high)) throw new RangeError(`${text} is not in ${low} to ${high}`);
  return value;
};

/** @param {string} text @returns {number[]} */
const numbers = (text) => text.split('_').map(between(-1e9, 1e9));
const flag = {
  write: (/** @type {boolean} */ on) => (on ? '1' : ''),
  read: (/** @type {string} */ text) => text === '1',
};
const floats = {
  write: (/** @type {Float32Array|null} */ values) => (values ? packFloats(values) : ''),
  read: unpackFloats,
};
const manyFloats = {
  write: (/** @type {Float32Array[]} */ rows) => rows.map(packFloats).join('.'),
  read: (/** @type {string} */ text) => text.split('.').map(unpackFloats),
};
const name = matching(/^[A-Za-z0-9][A-Za-z0-9._+-]{0,63}$/);

/** @param {string} text `class.3_age.1` @returns {Record<string, number>} */
function readConditions(text) {
  return Object.fromEntries(
    text.split('_').map((pair) => {
      const cut = pair.lastIndexOf('.');
      return [name(pair.slice(0, cut)), between(0, 1e6)(pair.slice(cut + 1))];
    }),
  );
}

/** @type {{[K in keyof View]: Field<View[K]>}} */
export const VIEW = {
  model: { initial: '', undo: true, key: 'model', write: String, read: name },
  hash: { initial: '', undo: true, key: 'hash', write: String, read: matching(/^[0-9a-f]{16}$/) },
  space: { initial: '', undo: true, key: 'space', write: String, read: name },
  latent: { initial: null, undo: true, key: 'z', ...floats },
  origin: {
    initial: '',
    undo: true,
    key: 'from',
    write: String,
    read: matching(/^(upload|path|mean|map|bookmark|sum|refined|(seed|draw):\d{1,10}|row:[A-Za-z0-9][\w.+-]{0,63}:\d{1,9})$/),
  },
  a: { initial: null, undo: true, key: 'a', ...floats },
  b: { initial: null, undo: true, key: 'b', ...floats },
  position: {
    initial: 0.5,
    undo: true,
    key: 't',
    write: (value) => (value === 0.5 ? '' : String(Math.round(value * 1e4) / 1e4)),
    read: between(0, 1),
  },
  via: { initial: [], undo: true, key: 'via', ...manyFloats },
  method: { initial: '', undo: true, key: 'method', write: String, read: matching(/^(lerp|slerp|geodesic)$/) },
  weight: { initial: 1, undo: true, key: 'lambda', write: (value) => (value === 1 ? '' : String(value)), read: between(0, 1e4) },
  locks: { initial: [], undo: true, key: 'locks', write: (value) => value.join('_'), read: numbers },
  hand: { initial: null, undo: true },
  lens: { initial: '', undo: false, key: 'lens', write: String, read: /** @type {any} */ (matching(/^(draw|loss)$/)) },
  still: { initial: false, undo: true, key: 'still', ...flag },
  reach: { initial: '', undo: true, key: 'reach', write: String, read: matching(/^(prior|\d{1,3}(\.\d{1,2})?)$/) },
  axes: {
    initial: [],
    undo: true,
    key: 'axes',
    write: (value) => value.join('_'),
    read: (text) => {
      const two = numbers(text);
      if (two.length !== 2 || two[0] === two[1]) throw new RangeError('two different dimensions are needed');
      return two;
    },
  },
  traversal: { initial: '', undo: false, key: 'traversal', write: String, read: matching(/^strips$/) },
  chosen: { initial: [], undo: true, key: 'chosen', write: (value) => value.join('_'), read: numbers },
  bare: { initial: false, undo: false, key: 'bare', ...flag },
  terms: {
    initial: [null, null, null],
    undo: true,
    key: 'terms',
    write: (value) => (value.some(Boolean) ? value.map((one) => (one ? packFloats(one) : '')).join('.') : ''),
    read: (text) => {
      const three = text.split('.').map((part) => (part === '' ? null : unpackFloats(part)));
      if (three.length !== 3) throw new RangeError('three terms are needed');
      return three;
    },
  },
  sheet: {
    initial: 1,
    undo: true,
    key: 'sheet',
    write: (value) => (value === 1 ? '' : String(value)),
    read: between(0, 2 ** 32 - 1),
  },
  ranked: { initial: '', undo: false, key: 'ranked', write: String, read: matching(/^unusual$/) },
  conditions: {
    initial: {},
    undo: true,
    key: 'given',
    write: (value) =>
      Object.entries(value)
        .map(([id, index]) => `${id}.${index}`)
        .join('_'),
    read: readConditions,
  },
  psi: {
    initial: 1,
    undo: true,
    key: 'psi',
    write: (value) => (value === 1 ? '' : String(value)),
    read: between(0, 2),
  },
  noiseSeed: {
    initial: 0,
    undo: true,
    key: 'noise',
    write: (value) => (value === 0 ? '' : String(value)),
    read: between(0, 2 ** 32 - 1),
  },
  sampler: { initial: '', undo: true, key: 'sampler', write: String, read: name },
  classes: { initial: [], undo: true, key: 'classes', write: (value) => value.join('_'), read: numbers },
  map: { initial: PLAIN_MAP, undo: true, key: 'map', write: writeMap, read: readMap },
  colour: {
    initial: '',
    undo: false,
    key: 'colour',
    write: String,
    read: matching(/^(error|unusual|distance|dim:\d{1,4}|factor:[A-Za-z0-9][\w .+-]{0,63})$/),
  },
  parts: { initial: [], undo: false, key: 'parts', write: (value) => value.join('_'), read: numbers },
  filter: { initial: '', undo: false, key: 'filter', write: (value) => value.trim(), read: matching(/^[^\p{C}]{1,200}$/u) },
  selection: { initial: null, undo: true },
  below: { initial: '', undo: false, key: 'below', write: String, read: matching(/^[a-z][a-z-]{0,31}$/) },
  tab: {
    initial: 'map',
    undo: false,
    key: 'tab',
    write: (value) => (value === 'map' ? '' : value),
    read: matching(/^(map|traverse|path|upload|samples)$/),
  },
  extent: {
    initial: null,
    undo: false,
    key: 'extent',
    write: (value) => (value ? value.map((edge) => Number(edge.toPrecision(5))).join('_') : ''),
    read: (text) => {
      const edges = numbers(text);
      if (edges.length !== 4) throw new RangeError('four edges are needed');
      return edges;
    },
  },
  turn: {
    initial: null,
    undo: false,
    key: 'turn',
    write: (value) => (value ? value.join('_') : ''),
    read: (text) => {
      const three = numbers(text);
      if (three.length !== 3 || !(three[2] > 0)) throw new RangeError('two angles and a distance are needed');
      return three;
    },
  },
  unfolded: { initial: false, undo: false, key: 'all', ...flag },
  crisp: { initial: false, undo: false, key: 'crisp', ...flag },
};

/** @type {Session} */
const SESSION = {
  models: null,
  detail: null,
  points: null,
  mapped: null,
  judged: null,
  rowFacts: null,
  kept: { a: null, b: null },
  tool: '',
  upload: null,
  gathered: [],
  road: null,
  connection: { mode: 'connecting', ms: null, unusual: null },
  machine: null,
  failure: '',
  warning: '',
  notice: null,
};

const FIELDS = /** @type {[keyof View, Field<any>][]} */ (Object.entries(VIEW));

/** Names of what undo brings back. */
export const UNDOABLE = FIELDS.filter(([, field]) => field.undo).map(([key]) => key);

/** @returns {State} the state of a page nobody has touched */
export function initialState() {
  const view = Object.fromEntries(FIELDS.map(([key, field]) => [key, field.initial]));
  return /** @type {State} */ ({ ...view, ...SESSION });
}

/** @param {View} state @returns {string} the fragment, with its `#` */
export function encode(state) {
  const parts = [`v=${VERSION}`];
  for (const [key, field] of FIELDS) {
    const text = state[key] === null || !field.write || !field.key ? '' : field.write(state[key]);
    if (text !== '') parts.push(`${field.key}=${encodeURIComponent(text)}`);
  }
  return `#${parts.join('&')}`;
}

/**
 * Read a fragment. What is missing keeps its first value; what is wrong is left out and named.
 * @param {string} fragment with or without its `#`
 * @returns {{view: View, wrong: string[], newer: boolean}} `newer`: it was written by a later version of the page
 */
export function decode(fragment) {
  const given = new URLSearchParams(fragment.replace(/^#/, '').replaceAll('+', '%2B'));
  const view = /** @type {any} */ (Object.fromEntries(FIELDS.map(([key, field]) => [key, field.initial])));
  if (given.has('v') && given.get('v') !== VERSION) return { view, wrong: [], newer: true };
  const wrong = [];
  for (const [key, field] of FIELDS) {
    const text = field.key ? given.get(field.key) : null;
    if (!text || !field.read) continue;
    try {
      view[key] = field.read(text);
    } catch {
      wrong.push(String(field.key));
    }
  }
  return { view, wrong, newer: false };
}

/**
 * Everything that decides how latents become pictures: the one request schema of HTTP and the live connection.
 * @param {State} state
 * @returns {Record<string, unknown>} without the latents
 */
export function pictureRequest(state) {
  const { detail, model, space, conditions, psi, noiseSeed, still } = state;
  /** @type {Record<string, unknown>} */
  const request = { model };
  if (detail?.hash) request.hash = detail.hash;
  if (space) request.space = space;
  if (Object.keys(conditions).length > 0) request.conditions = conditions;
  if (psi !== 1) request.psi = psi;
  if (still) request.noise = false;
  else if (noiseSeed !== 0) request.noise_seed = noiseSeed;
  return request;
}
