/**
 * Bookmarks: points with their picture, kept in this browser until they are deleted, and nowhere else.
 *
 * Where the browser refuses IndexedDB (some private windows), they live as long as the page does.
 */

/**
 * @typedef {Object} Bookmark
 * @property {string} id
 * @property {string} name
 * @property {number} time when it was made, milliseconds
 * @property {string} model id of the model
 * @property {string} title of the model, for who does not have it
 * @property {string} hash version of the model, 16 hex digits
 * @property {string} space space of the latent; '' for the model's default
 * @property {Float32Array} latent (D,)
 * @property {Record<string, number>} conditions
 * @property {number} psi
 * @property {number} noiseSeed
 * @property {boolean} still whether the noise inputs are zero
 * @property {string} origin where the point came from
 * @property {Blob|null} picture PNG; null: to be drawn
 */

const STORE = 'bookmarks';
const CHANNEL = 'latent-explorer-bookmarks';
/** As many as a person may keep; a file cannot bring in more. */
export const MOST = 1000;

/** Events: `change`, when the list is another one. */
export class Bookmarks extends EventTarget {
  constructor() {
    super();
    /** @type {readonly Bookmark[]} the newest first */
    this.list = [];
    /** Whether this browser keeps them. */
    this.kept = true;
    this.channel = typeof BroadcastChannel === 'function' ? new BroadcastChannel(CHANNEL) : null;
    this.channel?.addEventListener('message', () => this.load());
    /** The first reading, for who must know what is there already. */
    this.ready = this.load();
  }

  /** Read what the browser has; another window may have changed it. */
  async load() {
    const found = await transact('readonly', (store) => store.getAll());
    if (found) this.become(/** @type {Bookmark[]} */ (found));
    else this.kept = false;
  }

  /** @param {readonly Bookmark[]} list */
  become(list) {
    this.list = [...list].sort((one, other) => other.time - one.time || (one.id < other.id ? -1 : 1));
    this.dispatchEvent(new Event('change'));
  }

  /**
   * Add bookmarks, or change those with the same id.
   * @param {...Bookmark} bookmarks
   * @returns {Promise<boolean>} whether this browser keeps them
   */
  async put(...bookmarks) {
    const ids = new Set(bookmarks.map(({ id }) => id));
    this.become([...bookmarks, ...this.list.filter(({ id }) => !ids.has(id))]);
    this.kept = await this.write((store) => bookmarks.map((one) => store.put(one)).at(-1));
    return this.kept;
  }

  /** @param {string} id */
  async remove(id) {
    this.become(this.list.filter((one) => one.id !== id));
    await this.write((store) => store.delete(id));
  }

  /** @param {(store: IDBObjectStore) => IDBRequest|undefined} act */
  async write(act) {
    const done = (await transact('readwrite', act)) !== null;
    this.channel?.postMessage(null);
    return done;
  }
}

/** @returns {Promise<IDBDatabase>} a database of their own: they outlive the uploads, which a visitor can forget */
function database() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open('latent-explorer-bookmarks', 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: 'id' });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/**
 * @param {IDBTransactionMode} mode @param {(store: IDBObjectStore) => IDBRequest|undefined} act
 * @returns {Promise<unknown|null>} what the request found, once it is written; null when the browser refuses
 */
async function transact(mode, act) {
  try {
    const opened = await database();
    const transaction = opened.transaction(STORE, mode);
    const request = act(transaction.objectStore(STORE));
    return await new Promise((resolve, reject) => {
      transaction.oncomplete = () => resolve(request?.result ?? true);
      transaction.onabort = () => reject(transaction.error);
    }).finally(() => opened.close());
  } catch (error) {
    console.debug('not kept:', error);
    return null;
  }
}

/** @type {WeakMap<object, Bookmarks>} */
const known = new WeakMap();

/** @param {import('./store.js').Store} store @returns {Bookmarks} one list a page, for all its panels */
export function bookmarksOf(store) {
  const bookmarks = known.get(store) ?? new Bookmarks();
  known.set(store, bookmarks);
  return bookmarks;
}

/** @returns {string} 16 hex digits; `crypto.randomUUID` is missing where the page is not served over https */
export const newId = () =>
  Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) => byte.toString(16).padStart(2, '0')).join('');

/**
 * @param {Bookmark} bookmark
 * @param {import('./api.js').ModelEntry[]|null} models
 * @returns {'fits'|'differs'|'missing'} whether this server has the model, and in the version it was made with
 */
export function fitOf({ model, hash }, models) {
  const entry = models?.find(({ id, status }) => id === model && status === 'ready');
  if (models && !entry) return 'missing';
  return entry && hash !== entry.hash ? 'differs' : 'fits';
}

/** @param {Bookmark} bookmark @returns {Record<string, unknown>} the picture it stands for; see state.js `pictureRequest` */
export function requestOf({ model, space, conditions, psi, noiseSeed, still }) {
  return {
    model,
    ...(space && { space }),
    ...(Object.keys(conditions).length > 0 && { conditions }),
    ...(psi !== 1 && { psi }),
    ...(still ? { noise: false } : noiseSeed !== 0 && { noise_seed: noiseSeed }),
  };
}
