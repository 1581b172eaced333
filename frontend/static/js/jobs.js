/**
 * Long work on the server: started, followed by its events (by asking again where they do not come through), stopped.
 */

import { ApiError } from './api.js';

/**
 * @typedef {Object} Job
 * @property {string} id
 * @property {string} kind
 * @property {string} model
 * @property {'queued'|'running'|'done'|'failed'|'cancelled'} state
 * @property {number|null} progress 0 to 1; null where nobody knows
 * @property {string} message a sentence
 * @property {Record<string, any>|null} partial what is found so far
 * @property {{code: string, message: string, field: string|null}|null} error
 * @property {string|null} result where its result is
 */

/** @typedef {import('./api.js').Api} Api */

const REST = 600; // ms between two questions
const PATIENCE = 60_000; // ms for which a server may be silent
const STAYING = ['set']; // kinds whose work is kept on the way: they go on when the page is left

const cancelled = () => new DOMException('The job was cancelled.', 'AbortError');

/** @param {Job} job @returns {boolean} whether nothing will change about it any more */
const over = ({ state }) => state === 'done' || state === 'failed' || state === 'cancelled';

/** @param {string} id */
const at = (id) => `/api/jobs/${encodeURIComponent(id)}`;

/**
 * Send a request that starts a job, follow it, and answer its result. An aborted signal stops the job and throws an
 * AbortError; so does a job that was stopped from elsewhere. What goes wrong is an ApiError with its sentence.
 *
 * @param {Api} api
 * @param {string} path
 * @param {RequestInit} init as for fetch
 * @param {{signal?: AbortSignal, onjob?: (job: Job) => void}} [how] `onjob` is told of all news
 * @returns {Promise<Response>}
 */
export async function runJob(api, path, init, { signal, onjob = () => {} } = {}) {
  for (let again = 1; ; again -= 1) {
    const job = await begun(api, path, init, signal);
    try {
      await followJob(api, job, { signal, onjob });
      return await api.fetch(`${at(job.id)}/result`, { signal });
    } catch (error) {
      // A server that was started anew knows nothing of the job, but may know its result.
      const lost = error instanceof ApiError && error.status === 404;
      if (!lost || again === 0 || signal?.aborted) throw error;
    }
  }
}

/**
 * Follow a job that was begun elsewhere, to its good end. Anything else is thrown, as `runJob` does.
 * @param {Api} api @param {Job} job @param {{signal?: AbortSignal, onjob?: (job: Job) => void}} [how]
 */
export async function followJob(api, job, { signal, onjob = () => {} } = {}) {
  onjob(job);
  const last = over(job) ? job : await followed(api, job, onjob, signal);
  if (last.state === 'cancelled') throw cancelled();
  if (last.error) throw new ApiError(last.error.code, last.error.message, last.error.field, 500);
}

/**
 * The request goes through even when the signal is aborted meanwhile: only its answer says which job to stop.
 * @param {Api} api @param {string} path @param {RequestInit} init @param {AbortSignal} [signal] @returns {Promise<Job>}
 */
async function begun(api, path, init, signal) {
  signal?.throwIfAborted();
  /** @type {Job} */
  const job = await (await api.fetch(path, init)).json();
  if (signal?.aborted) {
    stop(api, job);
    throw cancelled();
  }
  return job;
}

/** @param {Api} api @param {Job} job */
function stop(api, job) {
  // It may be over already, or the server gone: then nothing is left to stop.
  api.fetch(at(job.id), { method: 'DELETE', keepalive: true }).catch(() => {});
}

/**
 * @param {Api} api
 * @param {Job} job
 * @param {(job: Job) => void} onjob
 * @param {AbortSignal} [signal]
 * @returns {Promise<Job>} how it ended
 */
async function followed(api, job, onjob, signal) {
  const done = new AbortController();
  const leave = () => stop(api, job);
  signal?.addEventListener('abort', leave, { signal: done.signal });
  if (!STAYING.includes(job.kind)) addEventListener('pagehide', leave, { signal: done.signal });
  try {
    return (await byEvents(api, job, onjob, signal)) ?? (await byAsking(api, job, onjob, signal));
  } finally {
    done.abort();
  }
}

/**
 * @param {Api} api
 * @param {Job} job
 * @param {(job: Job) => void} onjob
 * @param {AbortSignal} [signal]
 * @returns {Promise<Job|null>} how it ended; null where the events broke off before
 */
function byEvents(api, job, onjob, signal) {
  const source = new EventSource(`${api.root}${at(job.id)}/events`);
  return new Promise((/** @type {(last: Job|null) => void} */ resolve, reject) => {
    source.onmessage = ({ data }) => {
      /** @type {Job} */
      const news = JSON.parse(data);
      onjob(news);
      if (over(news)) resolve(news);
    };
    source.onerror = () => resolve(null);
    signal?.addEventListener('abort', () => reject(cancelled()), { once: true });
  }).finally(() => source.close());
}

/**
 * @param {Api} api
 * @param {Job} job
 * @param {(job: Job) => void} onjob
 * @param {AbortSignal} [signal]
 * @returns {Promise<Job>} how it ended
 */
async function byAsking(api, job, onjob, signal) {
  let heard = performance.now();
  for (;;) {
    signal?.throwIfAborted();
    try {
      /** @type {Job} */
      const news = await api.json(at(job.id), signal);
      heard = performance.now();
      onjob(news);
      if (over(news)) return news;
    } catch (error) {
      const silent = error instanceof ApiError && error.status === 0;
      if (!silent || performance.now() - heard > PATIENCE) throw error;
    }
    await rest(signal);
  }
}

/** @param {AbortSignal} [signal] @returns {Promise<void>} */
function rest(signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, REST);
    signal?.addEventListener('abort', () => (clearTimeout(timer), reject(cancelled())), { once: true });
  });
}
