/**
 * The server over HTTP. Every failure becomes an `ApiError` with the server's own sentence.
 */

/**
 * @typedef {Object} ModelEntry
 * @property {string} id
 * @property {string} title
 * @property {string} description
 * @property {string} kind pca, ae, vae, gan and so on
 * @property {string} dataset
 * @property {number} latent number of latent dimensions
 * @property {{height: number, width: number, channels: number, colour: string}|null} image
 * @property {'ready'|'broken'} status
 * @property {string|null} reason why a broken model is broken
 * @property {string} hash
 * @property {string} shelf heading it stands under
 * @property {string|null} strip names its ten pictures; null without any
 */

/**
 * @typedef {Object} Slider
 * @property {number} dim index into the latent
 * @property {number} low
 * @property {number} high
 * @property {number} mean
 * @property {number} std
 * @property {number|null} effect mean decoded change between the 5% and 95% quantile; null where nobody measured it
 * @property {number|null} kl nats; VAEs only
 * @property {boolean} active
 */

/** @typedef {{id: string, classes: number, labels: string[]}} Condition a class that the model takes beside the latent */

/**
 * @typedef {Object} SetEntry
 * @property {string} name
 * @property {string} title
 * @property {number} count
 * @property {string} space
 * @property {boolean} default
 * @property {string[]} classes
 * @property {boolean} labelled
 * @property {boolean} pictures
 * @property {{name: string, kind: string, description: string}[]} factors
 * @property {string} hash
 */

/**
 * @typedef {Object} ModelMore
 * @property {{encode: boolean, decode: boolean, posterior: boolean, sample: boolean, psi: boolean, noise: boolean}} can
 * @property {string[]} spaces
 * @property {Record<string, number>} sizes numbers a latent, by space
 * @property {string} default_space
 * @property {Condition[]} conditions
 * @property {Record<string, number>} default_conditions class index by the condition's id
 * @property {{name: string, kind: string, title: string}[]} samplers what can be drawn from, the default first
 * @property {Slider[]} sliders every dimension, in stored order
 * @property {Slider[]|null} z_sliders of z, where the default space is another one
 * @property {SetEntry[]} sets
 * @property {{set: string, rows: number[]}|null} examples
 * @property {'lerp'|'slerp'} interpolation
 * @property {Record<string, {runtime: string, device: string, precision: string, note: string}>} running its graphs, by file
 * @property {string} card
 * @property {Record<string, unknown>} metrics
 * @property {Record<string, any>} manifest
 */

/** @typedef {ModelEntry & ModelMore} ModelDetail */
/** @typedef {{data: Uint8Array, shape: number[], unusual?: number|null}} Raw uint8 pictures, (N, H, W, C) row-major; a percentile for one */
/**
 * @typedef {Object} Step one thing that was, or could be, done to a picture
 * @property {string} id
 * @property {string} title
 * @property {string} detail
 * @property {boolean} applied
 * @property {boolean} required the model could not take the picture without it
 */

/**
 * @typedef {Object} Encoded
 * @property {number[][]} latents one row
 * @property {number[][]|null} logvar
 * @property {Record<string, number>} conditions the class that was used, for conditional encoders
 * @property {Step[]} steps
 * @property {{mse: number, psnr: number|null}|null} error
 * @property {{percentile: number, distance: number}|null} unusual
 * @property {string} hash
 */

/**
 * @typedef {Object} How a picture is prepared and placed
 * @property {string[]} skip steps to leave out
 * @property {string[]} force steps to do although they seem unneeded
 * @property {Crop|null} [crop] the part to use; null: all of it, less an empty margin
 * @property {Record<string, number>} [given] conditions that are not to be found out
 */

/** @typedef {{x: number, y: number, w: number, h: number}} Crop a rectangle in shares of the upright picture */

/** @typedef {{positions: Float32Array, facts: Record<string, any>}} Projection (N, dims), y up; facts of X-Projection */

/**
 * @typedef {Object} MapParameter
 * @property {string} name
 * @property {string} title
 * @property {number} low
 * @property {number} high
 * @property {number} step
 * @property {number} default
 * @property {string} explanation
 */

/**
 * @typedef {Object} MapMethod
 * @property {string} name
 * @property {string} title
 * @property {string} description
 * @property {MapParameter[]} parameters
 * @property {number[]} dims
 * @property {boolean} ready whether its standard map in two dimensions is there at once
 * @property {boolean} ready_3d the same in three
 */

/** What the server refused, or that it could not be reached (`code` is then 'offline'). */
export class ApiError extends Error {
  /**
   * @param {string} code
   * @param {string} message a sentence
   * @param {string|null} field
   * @param {number} status 0 offline
   */
  constructor(code, message, field = null, status = 0) {
    super(message);
    this.name = 'ApiError';
    this.code = code;
    this.field = field;
    this.status = status;
  }
}

/** @param {unknown} error @returns {boolean} whether a newer request took its place */
export const superseded = (error) => error instanceof DOMException && error.name === 'AbortError';

/** @param {unknown} error @returns {string} what to tell the person */
export const sentence = (error) =>
  error instanceof ApiError ? error.message : 'Something in this page went wrong. Reload it, please.';

/** @param {Float32Array} latent @returns {number[]} */
const row = (latent) => Array.from(latent);

const BUSY_TRIES = 4;
/** Seconds that the page waits by itself; what takes longer, a job too many say, is told. */
const BUSY_S = 2;

export class Api {
  /** @param {string} root path under which the server is mounted, '' at the top */
  constructor(root) {
    this.root = root;
    /** @type {(error: ApiError) => void} told when the server cannot be reached */
    this.onoffline = () => {};
    /** @type {import('./live.js').Live} set by main.js: the live connection is the api's other half */
    this.live = /** @type {any} */ (null);
  }

  /**
   * @param {string} path @param {RequestInit} [options] @param {number} [tries] while the server has too much to do
   * @returns {Promise<Response>} a good answer
   */
  async fetch(path, options, tries = BUSY_TRIES) {
    let answer;
    try {
      answer = await fetch(this.root + path, options);
    } catch (failure) {
      if (superseded(failure)) throw failure;
      const error = new ApiError('offline', 'The server does not answer.');
      this.onoffline(error);
      throw error;
    }
    if (answer.ok) return answer;
    const wait = Number(answer.headers.get('retry-after'));
    if (answer.status === 429 && tries > 1 && wait <= BUSY_S) {
      await new Promise((done) => setTimeout(done, wait * 1000 * (0.5 + Math.random())));
      return this.fetch(path, options, tries - 1);
    }
    const body = await answer.json().catch(() => null);
    const { code, message, field } = body?.error ?? {};
    throw new ApiError(
      code ?? 'internal',
      message ?? `The server answered with status ${answer.status}.`,
      field ?? null,
      answer.status,
    );
  }

  /** @param {string} path @param {AbortSignal} [signal] @returns {Promise<any>} */
  async json(path, signal) {
    return (await this.fetch(path, { signal })).json();
  }

  /** @param {string} path @param {object} body @param {AbortSignal} [signal] @returns {Promise<Response>} */
  post(path, body, signal) {
    return this.fetch(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal,
    });
  }

  /** @param {string} path @param {object} body @param {AbortSignal} [signal] @returns {Promise<Raw>} */
  async pixels(path, body, signal) {
    return readRaw(await this.post(path, { ...body, output: 'raw' }, signal));
  }

  about() {
    return this.json('/api/about');
  }

  /** @returns {Promise<{address: string, svg: string, visitors: number}>} the link for a class; the owner's to ask for */
  classLink() {
    return this.json('/api/class-link');
  }

  /** @returns {Promise<{models: ModelEntry[], default: string|null}>} */
  models() {
    return this.json('/api/models');
  }

  /** @param {ModelEntry} entry @returns {string} where its ten pictures are, '' for a model without */
  stripAddress({ id, strip }) {
    return strip ? `${this.root}${at(id)}/strip?v=${strip}` : '';
  }

  /** @param {string} id @param {AbortSignal} [signal] @returns {Promise<ModelDetail>} */
  model(id, signal) {
    return this.json(at(id), signal);
  }

  /**
   * @param {string} id
   * @param {Blob} file
   * @param {How} how
   * @param {AbortSignal} [signal]
   * @returns {Promise<Encoded>}
   */
  async encode(id, file, how, signal) {
    return (await this.fetch(`${at(id)}/encode`, { method: 'POST', body: form(file, how), signal })).json();
  }

  /**
   * @param {string} id
   * @param {Blob} file
   * @param {How} how
   * @param {AbortSignal} [signal] what the model sees, as PNG
   */
  async prepare(id, file, how, signal) {
    return (await this.fetch(`${at(id)}/prepare`, { method: 'POST', body: form(file, how), signal })).blob();
  }

  /** @param {string} id @param {object} request @param {Float32Array[]} latents @param {AbortSignal} [signal] */
  decode(id, request, latents, signal) {
    return this.pixels(`${at(id)}/decode`, { ...request, latents: latents.map(row) }, signal);
  }

  /**
   * @param {string} id @param {object} request @param {Float32Array} latent @param {number[]} dims
   * @param {number} steps @param {AbortSignal} [signal] @returns {Promise<Raw>} (dims * steps, H, W, C)
   */
  traverse(id, request, latent, dims, steps, signal) {
    return this.pixels(`${at(id)}/traverse`, { ...request, latents: [row(latent)], dims, steps }, signal);
  }

  /**
   * @param {string} id @param {object} request @param {Float32Array} a @param {Float32Array} b
   * @param {{steps: number, method: string}} way @param {AbortSignal} [signal] @returns {Promise<Raw>} (steps, H, W, C)
   */
  interpolate(id, request, a, b, way, signal) {
    return this.pixels(`${at(id)}/interpolate`, { ...request, ...way, latents: [row(a), row(b)] }, signal);
  }

  /**
   * @param {string} id
   * @param {{seed?: number, sampler?: string, space?: string}} [how] the server chooses what is left out, or ''
   * @returns {Promise<{latents: number[][], seed: number}>}
   */
  sample(id, how = {}) {
    const given = Object.entries(how).filter(([, value]) => value !== undefined && value !== '');
    const query = given.map(([key, value]) => `&${key}=${encodeURIComponent(value)}`).join('');
    return this.json(`${at(id)}/sample?count=1${query}`);
  }

  /** @param {string} id @param {Float32Array} latent of z @returns {Promise<Float32Array>} where it lies in w */
  async mapToW(id, latent) {
    const { latents } = await (await this.post(`${at(id)}/map`, { latents: [row(latent)] })).json();
    return Float32Array.from(latents[0]);
  }

  /** @param {string} id @param {string} set @param {AbortSignal} [signal] an Arrow IPC stream */
  async columns(id, set, signal) {
    return (await this.fetch(`${at(id)}/sets/${encodeURIComponent(set)}/columns`, { signal })).arrayBuffer();
  }

  /**
   * @param {string} id
   * @param {string} set
   * @param {number[]} rows
   * @param {AbortSignal} [signal]
   * @returns {Promise<Raw>}
   */
  async pictures(id, set, rows, signal) {
    return readRaw(await this.fetch(picturesPath(id, set, rows, 'raw'), { signal }));
  }

  /** @param {string} id @param {string} set @param {number} index @param {AbortSignal} [signal] one picture as PNG */
  async picture(id, set, index, signal) {
    return (await this.fetch(picturesPath(id, set, [index], 'png'), { signal })).blob();
  }

  /**
   * @param {string} id @param {string} query which map (`mapQuery`) @param {AbortSignal} [signal]
   * @returns {Promise<{map: Projection|null, job: import('./jobs.js').Job|null}>} the map, or the job that makes it
   */
  async projection(id, query, signal) {
    const answer = await this.fetch(`${at(id)}/projection?${query}`, { signal });
    if (answer.status === 202) return { map: null, job: await answer.json() };
    const facts = JSON.parse(answer.headers.get('x-projection') ?? '{}');
    return { map: { positions: new Float32Array(await answer.arrayBuffer()), facts }, job: null };
  }

  /** @param {string} id @param {string} query which map @returns {Promise<Record<string, any>>} facts of X-Projection, its trust among them */
  projectionTrust(id, query) {
    return this.json(`${at(id)}/projection/trust?${query}`);
  }

  /** @param {string} id @param {string} set @param {AbortSignal} [signal] @returns {Promise<{methods: MapMethod[]}>} */
  projectionMethods(id, set, signal) {
    return this.json(`${at(id)}/projection/methods?set=${encodeURIComponent(set)}`, signal);
  }

  /**
   * @param {string} id @param {string} query which map @param {Float32Array[]} latents @param {AbortSignal} [signal]
   * @returns {Promise<Float32Array>} (N, dims)
   */
  async place(id, query, latents, signal) {
    const answer = await this.post(`${at(id)}/projection/place?${query}`, { latents: latents.map(row) }, signal);
    return new Float32Array(await answer.arrayBuffer());
  }

  /**
   * @param {string} id @param {string} query which map @param {number[][]} positions @param {AbortSignal} [signal]
   * @returns {Promise<Float32Array>} (N, D) the latents there
   */
  async unplace(id, query, positions, signal) {
    const answer = await this.post(`${at(id)}/projection/unplace?${query}`, { positions }, signal);
    return new Float32Array(await answer.arrayBuffer());
  }

  /** @param {string} id lets the process that fits maps start before it is needed */
  async warm(id) {
    await this.fetch(`${at(id)}/projection/warm`, { method: 'POST' });
  }

  /** @param {string} id @param {string} set @param {string} query which map @param {string} format @returns {string} an address */
  exportAddress(id, set, query, format) {
    return `${this.root}${at(id)}/sets/${encodeURIComponent(set)}/export?format=${format}&${query}`;
  }

  /** @returns {Promise<boolean>} whether the server answers at all */
  async alive() {
    try {
      return (await fetch(`${this.root}/health/live`, { cache: 'no-store', signal: AbortSignal.timeout(4000) })).ok;
    } catch {
      return false;
    }
  }
}

/** @param {string} id */
const at = (id) => `/api/models/${encodeURIComponent(id)}`;

/** @param {string} id @param {string} set @param {number[]} rows @param {string} output */
const picturesPath = (id, set, rows, output) =>
  `${at(id)}/sets/${encodeURIComponent(set)}/pictures?rows=${rows.join(',')}&output=${output}`;

/** @param {Blob} file @param {How} how @returns {FormData} what every address that takes a picture is sent */
export function form(file, how) {
  const body = new FormData();
  body.append('file', file, file instanceof File ? file.name : 'picture');
  if (how.skip.length > 0) body.append('skip', how.skip.join(','));
  if (how.force.length > 0) body.append('force', how.force.join(','));
  if (how.crop) body.append('crop', [how.crop.x, how.crop.y, how.crop.w, how.crop.h].map((at) => at.toFixed(6)).join());
  if (Object.keys(how.given ?? {}).length > 0) body.append('conditions', JSON.stringify(how.given));
  return body;
}

/** @param {Response} answer @returns {Promise<Raw>} */
async function readRaw(answer) {
  const shape = (answer.headers.get('x-shape') ?? '').split(',').map(Number);
  const data = new Uint8Array(await answer.arrayBuffer());
  if (shape.length !== 4 || shape.reduce((size, edge) => size * edge, 1) !== data.length) {
    throw new ApiError('internal', 'The server sent pictures of another size than it said.');
  }
  const unusual = answer.headers.get('x-unusual');
  return { data, shape, unusual: unusual === null ? null : Number(unusual) };
}
