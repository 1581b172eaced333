/**
 * The visitor's picture, kept in this browser for one hour and nowhere else: the server keeps nothing of it.
 *
 * Where the browser refuses IndexedDB (some private windows), nothing is kept and every call still answers.
 */

/** @typedef {{file: File, time: number, skip: string[], force: string[], crop: import('./api.js').Crop|null}} Kept */

export const HOUR = 3_600_000;
const STORE = 'upload';

/** @returns {Promise<IDBDatabase>} */
function database() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open('latent-explorer', 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/**
 * @template T
 * @param {IDBTransactionMode} mode @param {(store: IDBObjectStore) => IDBRequest<T>} act @returns {Promise<T|null>}
 */
async function transact(mode, act) {
  try {
    const opened = await database();
    const request = act(opened.transaction(STORE, mode).objectStore(STORE));
    return await new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    }).finally(() => opened.close());
  } catch {
    return null;
  }
}

/** @param {Kept} kept @returns {Promise<boolean>} whether this browser keeps it */
export const save = async (kept) => (await transact('readwrite', (store) => store.put(kept, 'current'))) !== null;

/** @returns {Promise<unknown>} */
export const forget = () => transact('readwrite', (store) => store.delete('current'));

/** @returns {Promise<Kept|null>} null when nothing is kept, or its hour is over */
export async function load() {
  const kept = /** @type {Kept|null|undefined} */ (await transact('readonly', (store) => store.get('current')));
  if (!kept) return null;
  if (Date.now() - kept.time < HOUR) return kept;
  await forget();
  return null;
}
