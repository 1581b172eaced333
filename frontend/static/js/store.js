/**
 * One immutable object, those who watch it, and what undo needs.
 *
 * `subscribe` is told at once, inside the event that changed something: the live connection uses it, so that a
 * slider's event reaches the socket before anything is drawn. `watch` is told once a frame: all drawing uses it.
 * `hold` lets a picture that is about to come be drawn first.
 */

import { UNDOABLE } from './state.js';

/** @typedef {import('./state.js').State} State */
/** @typedef {import('./uploads.js').Upload} Upload */
/** @typedef {Partial<State>} Snapshot */
/** @typedef {{top: Snapshot|undefined, future: Snapshot[]}} Mark */

const KEPT = 200;

export class Store {
  /** @param {State} state */
  constructor(state) {
    /** @type {Readonly<State>} */
    this.state = Object.freeze(state);
    /** @type {Set<(state: Readonly<State>, before: Readonly<State>) => void>} */
    this.listeners = new Set();
    /** @type {Set<() => void>} */
    this.watchers = new Set();
    /** @type {Snapshot[]} */
    this.past = [];
    /** @type {Snapshot[]} */
    this.future = [];
    /** @type {string|null} */
    this.gesture = null;
    this.frame = 0;
    this.held = 0;
    this.stale = false;
    /** @type {(upload: Upload|null) => void} told after undo and redo, with the visitor's picture from before */
    this.ontravel = () => {};
  }

  /**
   * Change something.
   * @param {Partial<State>} patch
   * @param {{gesture?: string, amend?: boolean}} [how] changes of one gesture are one step of undo; `amend` adds to
   *   the last step without starting one (an answer that arrives after the click that asked for it)
   */
  set(patch, how = {}) {
    const before = this.state;
    const keys = /** @type {(keyof State)[]} */ (Object.keys(patch)).filter((key) => patch[key] !== before[key]);
    if (keys.length === 0) return;
    const undoable = !how.amend && keys.some((key) => UNDOABLE.includes(/** @type {any} */ (key)));
    if (undoable && (how.gesture === undefined || how.gesture !== this.gesture)) {
      this.past.push(snapshot(before));
      if (this.past.length > KEPT) this.past.shift();
      this.future = [];
    }
    if (undoable) this.gesture = how.gesture ?? null;
    this.replace(patch);
  }

  /** The hand has let go: the next change is a new step of undo, whatever gesture it names. */
  end() {
    this.gesture = null;
  }

  /** @returns {Mark} where the steps stand now, for `cancel` */
  mark() {
    return { top: this.past.at(-1), future: this.future };
  }

  /** @param {Mark} mark all steps since then are taken back, and leave no trace */
  cancel({ top, future }) {
    const first = top ? this.past.lastIndexOf(top) + 1 : 0;
    const step = this.past[first];
    if (!step || (top && first === 0)) return;
    this.past.length = first;
    this.future = future;
    this.gesture = null;
    this.replace(step);
  }

  /** @returns {boolean} whether there was something to undo */
  undo() {
    return this.travel(this.past, this.future);
  }

  /** @returns {boolean} whether there was something to redo */
  redo() {
    return this.travel(this.future, this.past);
  }

  /** Forget all steps: what they hold belongs to a page that is gone. */
  forgetSteps() {
    this.past = [];
    this.future = [];
    this.gesture = null;
  }

  /** @param {Snapshot[]} from @param {Snapshot[]} to */
  travel(from, to) {
    const step = from.pop();
    if (!step) return false;
    const { upload } = this.state;
    to.push(snapshot(this.state));
    this.gesture = null;
    this.replace({ ...step, upload: uploadOf(step.upload ?? null, upload) });
    this.ontravel(upload);
    return true;
  }

  /** @param {File} [file] the steps forget it; without one, every picture of the visitor's */
  forgetUploads(file) {
    const without = (/** @type {Snapshot} */ step) =>
      !step.upload || (file && step.upload.file !== file)
        ? step
        : { ...step, upload: null, origin: step.origin === 'upload' ? '' : step.origin };
    this.past = this.past.map(without);
    this.future = this.future.map(without);
  }

  /** @param {Partial<State>} patch */
  replace(patch) {
    const before = this.state;
    this.state = Object.freeze({ ...before, ...patch });
    for (const listener of [...this.listeners]) listener(this.state, before);
    this.stale = true;
    this.request();
  }

  request() {
    if (this.stale && this.frame === 0 && this.held === 0) this.frame = requestAnimationFrame(() => this.draw());
  }

  /**
   * Ask for no frame before `release`, or before so much time has passed. A browser that has been asked for one by a
   * key or a click puts off everything else until it is drawn, the answer from the server among it.
   * @param {number} ms
   */
  hold(ms) {
    if (this.held === 0) this.held = setTimeout(() => this.release(), ms);
  }

  release() {
    clearTimeout(this.held);
    this.held = 0;
    this.request();
  }

  draw() {
    this.frame = 0;
    this.stale = false;
    for (const watcher of [...this.watchers]) watcher();
  }

  /**
   * @param {(state: Readonly<State>, before: Readonly<State>) => void} listener
   * @returns {() => void} ends it
   */
  subscribe(listener) {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /**
   * Call `draw` now and, once a frame, whenever one of the selected values is another one.
   * @param {(state: Readonly<State>) => unknown[]} select
   * @param {(state: Readonly<State>) => void} draw
   * @returns {() => void} ends it
   */
  watch(select, draw) {
    let seen = select(this.state);
    const watcher = () => {
      const now = select(this.state);
      if (now.every((value, index) => value === seen[index])) return;
      seen = now;
      draw(this.state);
    };
    this.watchers.add(watcher);
    draw(this.state);
    return () => this.watchers.delete(watcher);
  }
}

/**
 * @param {State} state @returns {Snapshot} what undo brings back; with it the visitor's picture, so that panel and
 *   point tell the same. A picture that no model has placed yet led nowhere.
 */
function snapshot(state) {
  const { upload } = state;
  return { ...Object.fromEntries(UNDOABLE.map((key) => [key, state[key]])), upload: upload?.latent ? upload : null };
}

/**
 * @param {Upload|null} kept as the step has it @param {Upload|null} now
 * @returns {Upload|null} what is under way, or waits for the server, is not undone
 */
function uploadOf(kept, now) {
  if (!now) return kept && { ...kept, busy: false, failure: '', waiting: null };
  const { busy, waiting } = now;
  if (!now.latent || (kept?.file === now.file && kept.latent === now.latent)) return now;
  const failure = waiting ? now.failure : '';
  if (kept) return { ...kept, busy, failure, waiting };
  return waiting && { ...waiting.upload, failure, waiting };
}
