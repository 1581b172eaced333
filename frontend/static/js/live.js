/**
 * The hand on the slider: one request in flight, the newest wins. Over a WebSocket, or over HTTP where there is none.
 *
 * Events: `frame` (detail: Frame), `unusual` (detail: {stamp, unusual}, after a frame, when the server has found it out), `mode` (detail: 'live' | 'http' | 'lost'), `refused` (detail: ApiError), `back`
 * (what failed meanwhile can be asked for again).
 */

import { ApiError, superseded } from './api.js';

/**
 * @typedef {Object} Frame
 * @property {number} stamp of the request it answers
 * @property {number[]} shape [n, h, w, c]
 * @property {Uint8Array} data uint8 (N, H, W, C)
 * @property {number|null} ms time of the decoding itself; null over HTTP
 * @property {number|null} [unusual] percentile, where it comes with the picture: over HTTP
 */

/** @typedef {{stamp: number, request: Record<string, unknown>, latent: Float32Array}} Asked */

/** `WebSocket.OPEN`, which is not there where WebSockets are switched off. */
const OPEN = 1;
const OPEN_MS = 4000;
const ANSWER_MS = 15_000;
const FIRST_WAIT_MS = 400;
const LONGEST_WAIT_MS = 8000;
const BUSY_MS = 400;

export class Live extends EventTarget {
  /** @param {import('./api.js').Api} api */
  constructor(api) {
    super();
    this.api = api;
    this.stamp = 0;
    /** @type {Asked|null} */
    this.waiting = null;
    /** @type {Asked|null} */
    this.flying = null;
    this.left = 0;
    /** Milliseconds until the last answer came; at first nobody knows. */
    this.took = Infinity;
    /** @type {WebSocket|null} */
    this.socket = null;
    this.mode = 'connecting';
    this.failures = 0;
    this.timer = 0;
    this.alarm = 0;
    this.ended = false;
  }

  /** Connect, and stay connected until `close`. */
  open() {
    this.connect();
    this.onwake = () => this.retry();
    addEventListener('online', this.onwake);
    document.addEventListener('visibilitychange', this.onwake);
  }

  close() {
    this.ended = true;
    clearTimeout(this.timer);
    clearTimeout(this.alarm);
    if (this.onwake) {
      removeEventListener('online', this.onwake);
      document.removeEventListener('visibilitychange', this.onwake);
    }
    this.socket?.close();
  }

  /**
   * Ask for a picture. It goes out at once when nothing is in flight; else it takes the place of what waits.
   * @param {Record<string, unknown>} request without the latents @param {Float32Array} latent (D,)
   * @returns {number} its stamp
   */
  send(request, latent) {
    this.stamp += 1;
    this.waiting = { stamp: this.stamp, request, latent };
    this.flush();
    return this.stamp;
  }

  /** Whether a picture that was asked for is still to come. */
  get busy() {
    return Boolean(this.waiting || this.flying);
  }

  flush() {
    if (!this.waiting || this.flying) return;
    if (this.socket?.readyState === OPEN) {
      this.socket.send(pack(this.take()));
      this.alarm = setTimeout(() => this.socket?.close(), ANSWER_MS);
    } else if (this.mode === 'http') {
      this.overHttp(this.take());
    }
  }

  /** @returns {Asked} what waited, now in flight */
  take() {
    const asked = /** @type {Asked} */ (this.waiting);
    this.flying = asked;
    this.waiting = null;
    this.left = performance.now();
    return asked;
  }

  /** Try now what would be tried later. */
  retry() {
    if (this.ended || document.hidden || this.socket || this.timer === 0) return;
    clearTimeout(this.timer);
    this.connect();
  }

  connect() {
    this.timer = 0;
    let socket;
    try {
      const address = new URL(`${this.api.root}/api/live`, location.href);
      address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
      socket = new WebSocket(address);
    } catch {
      this.lost();
      return;
    }
    this.socket = socket;
    socket.binaryType = 'arraybuffer';
    const patience = setTimeout(() => socket.close(), OPEN_MS);
    socket.onopen = () => {
      clearTimeout(patience);
      const again = this.failures > 0;
      this.failures = 0;
      this.become('live');
      this.flush();
      if (again) this.tell('back', null);
    };
    socket.onmessage = (event) => this.received(event.data);
    socket.onclose = () => {
      clearTimeout(patience);
      clearTimeout(this.alarm);
      this.socket = null;
      this.lost();
    };
  }

  /** @param {ArrayBuffer} buffer */
  received(buffer) {
    const answer = unpack(buffer);
    if (!answer.shape && !answer.error) {
      this.tell('unusual', answer);
      return;
    }
    clearTimeout(this.alarm);
    const asked = this.flying;
    if (this.flying && answer.stamp >= this.flying.stamp) this.flying = null;
    this.took = performance.now() - this.left;
    this.flush();
    if (answer.error?.code === 'busy' && asked) {
      this.postpone(asked);
    } else if (answer.error) {
      const { code, message, field } = answer.error;
      this.tell('refused', new ApiError(code, message, field ?? null));
    } else {
      this.tell('frame', answer);
    }
  }

  /** The socket is gone, or never came: ask again what was in flight, see whether HTTP answers, and try later. */
  async lost() {
    if (this.ended) return;
    this.waiting ??= this.flying;
    this.flying = null;
    this.failures += 1;
    const wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (this.failures - 1)) * (0.8 + 0.4 * Math.random());
    this.timer = setTimeout(() => this.connect(), wait);
    if (this.failures === 1 && this.mode === 'live') return;
    const alive = await this.api.alive();
    if (this.socket?.readyState === OPEN || this.ended) return;
    const again = alive && this.mode === 'lost';
    this.become(alive ? 'http' : 'lost');
    if (alive) this.flush();
    if (again) this.tell('back', null);
  }

  /** @param {Asked} asked */
  async overHttp(asked) {
    try {
      const { data, shape, unusual } = await this.api.decode(String(asked.request.model), asked.request, [asked.latent]);
      if (this.flying === asked) this.flying = null;
      this.tell('frame', { stamp: asked.stamp, shape, data, ms: null, unusual });
    } catch (error) {
      if (this.flying === asked) this.flying = null;
      // A server that is being restarted is as good as gone: what was asked is asked again when it is back.
      const gone = error instanceof ApiError && ['offline', 'ending'].includes(error.code);
      if (error instanceof ApiError && error.code === 'busy') this.postpone(asked);
      else if (error instanceof ApiError && !gone) this.tell('refused', error);
      else if (!superseded(error)) this.fallen(asked);
    }
    this.flush();
  }

  /**
   * The server has too much to do: ask again in a moment, unless something newer has been asked for since.
   * @param {Asked} asked
   */
  postpone(asked) {
    setTimeout(() => {
      if (this.ended || this.waiting || this.stamp !== asked.stamp) return;
      this.waiting = asked;
      this.flush();
    }, BUSY_MS * (0.5 + Math.random()));
  }

  /** @param {Asked} asked what HTTP could not get through either */
  fallen(asked) {
    this.waiting ??= asked;
    this.become('lost');
  }

  /** @param {string} mode */
  become(mode) {
    if (this.mode === mode) return;
    this.mode = mode;
    this.tell('mode', mode);
  }

  /** @param {string} type @param {unknown} detail */
  tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

/** @param {Asked} asked @returns {ArrayBuffer} u32 LE header length, JSON header, float32 LE latents */
function pack({ stamp, request, latent }) {
  const header = new TextEncoder().encode(JSON.stringify({ ...request, stamp, output: 'raw' }));
  const frame = new Uint8Array(4 + header.length + latent.byteLength);
  new DataView(frame.buffer).setUint32(0, header.length, true);
  frame.set(header, 4);
  frame.set(new Uint8Array(latent.buffer, latent.byteOffset, latent.byteLength), 4 + header.length);
  return frame.buffer;
}

/** @param {ArrayBuffer} buffer @returns {Frame & {error?: {code: string, message: string, field?: string}}} */
function unpack(buffer) {
  const length = new DataView(buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  return { ms: null, ...header, data: new Uint8Array(buffer, 4 + length) };
}
