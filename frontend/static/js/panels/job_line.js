/**
 * A calm line for long work: what is going on, how far it is, and Cancel. Its height stays while its words fit a line.
 *
 *     const line = jobLine({ name: 'Video', idle: 'Takes a few seconds.' });
 *     part.append(line.element);
 *     const answer = await line.run(api, path, init, { onjob: (job) => draw(job.partial) }); // null: cancelled or failed
 */

import { sentence, superseded } from '../api.js';
import { button, el } from '../dom.js';
import { followJob, runJob } from '../jobs.js';

/** @typedef {import('../api.js').Api} Api */
/** @typedef {import('../jobs.js').Job} Job */
/**
 * @typedef {Object} JobLine
 * @property {HTMLElement} element
 * @property {(api: Api, path: string, init: RequestInit, how?: {onjob?: (job: Job) => void}) => Promise<Response|null>} run
 *   one at a time: a second run stops the first; null where it was cancelled or has failed, which the line then says
 * @property {(api: Api, job: Job) => Promise<boolean>} follow one that was begun elsewhere; whether it came to a good end
 * @property {() => void} stop whatever runs; call it when the panel is unmounted
 * @property {(text: string) => void} say something in place of the idle text
 * @property {() => boolean} busy
 */

/**
 * @param {{name: string, idle?: string, testid?: string, onchange?: (busy: boolean) => void}} facts `name`: what the bar
 *   measures, for who hears it; `idle`: what stands there while nothing goes on; `onchange`: a run begins or ends
 * @returns {JobLine}
 */
export function jobLine({ name, idle = '', testid = 'job', onchange = () => {} }) {
  const words = el('p', { class: 'job-words', role: 'status', testid: `${testid}-words`, text: idle });
  const bar = el('progress', { class: 'job-bar', max: 1, 'aria-label': name, testid: `${testid}-bar` });
  const cancel = button({ label: 'Cancel', class: 'job-cancel', testid: `${testid}-cancel`, press: () => stop() });
  const element = el('div', { class: 'job-line', testid, 'data-state': 'idle' }, words, bar, cancel);
  /** @type {AbortController|null} */
  let running = null;

  /** @param {'idle'|'busy'|'failed'} state @param {string} text */
  function put(state, text) {
    element.dataset.state = state;
    if (words.textContent !== text) words.textContent = text; // else it would be read out again
  }

  /** @param {Job} job */
  function show(job) {
    put('busy', job.message);
    if (job.progress === null) bar.removeAttribute('value');
    else bar.value = job.progress;
  }

  function stop() {
    running?.abort();
  }

  /**
   * @template T
   * @param {(signal: AbortSignal, told: (job: Job) => void) => Promise<T>} task @param {(job: Job) => void} onjob
   * @returns {Promise<T|null>} null: cancelled or failed
   */
  async function during(task, onjob) {
    stop();
    const own = new AbortController();
    running = own;
    bar.removeAttribute('value');
    put('busy', 'Starting.');
    onchange(true);
    const told = (/** @type {Job} */ job) => {
      if (running !== own) return;
      show(job);
      onjob(job);
    };
    let [state, text] = /** @type {['idle'|'failed', string]} */ (['idle', idle]);
    try {
      return await task(own.signal, told);
    } catch (error) {
      if (!superseded(error)) [state, text] = ['failed', sentence(error)];
      return null;
    } finally {
      if (running === own) {
        const held = element.contains(document.activeElement);
        running = null;
        put(state, text);
        onchange(false);
        if (held) words.focus();
      }
    }
  }

  /** @type {JobLine['run']} */
  const run = (api, path, init, { onjob = () => {} } = {}) =>
    during((signal, told) => runJob(api, path, init, { signal, onjob: told }), onjob);

  /** @type {JobLine['follow']} */
  const follow = async (api, job) =>
    (await during(async (signal, told) => {
      await followJob(api, job, { signal, onjob: told });
      return true;
    }, () => {})) ?? false;

  words.tabIndex = -1; // takes the focus when the button under it goes
  return { element, run, follow, stop, say: (text) => put('idle', text || idle), busy: () => running !== null };
}
