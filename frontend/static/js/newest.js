/**
 * One run at a time, the newest wins: what arrives while a run goes on replaces what waits.
 */

/** @type {Set<() => void>} those whose last run came to nothing */
const failed = new Set();

/** The server is back: what came to nothing is asked for again. */
export function askAgain() {
  const all = [...failed];
  failed.clear();
  for (const again of all) again();
}

/**
 * @template T
 * @param {(task: T, signal: AbortSignal) => Promise<void>} run
 * @param {{wait?: number}} [how] `wait`: milliseconds of rest before a run starts
 * @returns {{ask: (task: T) => void, stop: () => void}}
 */
export function newest(run, { wait = 0 } = {}) {
  /** @type {{task: T}|null} */
  let waiting = null;
  /** @type {{task: T}|null} */
  let lost = null;
  let busy = false;
  let timer = 0;
  const controller = new AbortController();

  async function next() {
    timer = 0;
    if (busy || !waiting || controller.signal.aborted) return;
    const { task } = waiting;
    waiting = null;
    failed.delete(again);
    busy = true;
    try {
      await run(task, controller.signal);
    } catch (error) {
      if (!controller.signal.aborted) {
        console.debug('given up:', error);
        lost = { task };
        failed.add(again);
      }
    }
    busy = false;
    next();
  }

  /** What came to nothing, unless something newer waits. */
  function again() {
    if (lost) waiting ??= lost;
    next();
  }

  return {
    ask(task) {
      waiting = { task };
      if (wait === 0) {
        next();
        return;
      }
      clearTimeout(timer);
      timer = setTimeout(next, wait);
    },
    stop() {
      controller.abort();
      failed.delete(again);
      clearTimeout(timer);
    },
  };
}
