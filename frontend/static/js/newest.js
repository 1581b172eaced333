/**
 * One run at a time, the newest wins: what arrives while a run goes on replaces what waits. What came to nothing is
 * tried again at the document's event `server-back`.
 */

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
    lost = null;
    busy = true;
    try {
      await run(task, controller.signal);
    } catch (error) {
      if (!controller.signal.aborted) {
        console.debug('given up:', error);
        lost = { task };
      }
    }
    busy = false;
    next();
  }

  const again = () => {
    waiting ??= lost;
    next();
  };
  document.addEventListener('server-back', again, { signal: controller.signal });

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
      clearTimeout(timer);
    },
  };
}
