/**
 * Sets of a person's own: listed, begun, brought to the server in parts, deleted. A part that has arrived stays there, so
 * that a break costs no more than the part it happened in.
 */

import { ApiError } from './api.js';

/** @typedef {import('./api.js').Api} Api */
/** @typedef {import('./api.js').SetEntry} SetEntry */

/**
 * @typedef {Object} Kept what is kept of an own set
 * @property {number} bytes
 * @property {string} made ISO 8601
 * @property {string} source name of the archive or folder
 * @property {number} skipped
 * @property {number} unlabelled
 * @property {Record<string, number>} preparation how many pictures each step changed
 */

/**
 * @typedef {Object} Unfinished
 * @property {string} name
 * @property {string} title
 * @property {'receiving'|'encoding'|'stale'} state
 * @property {'archive'|'files'|'place'} kind
 * @property {string} source
 * @property {number} total bytes that were announced
 * @property {number} files
 * @property {number} received bytes of the archive, or batches of files
 * @property {number} encoded
 * @property {boolean} running
 * @property {string|null} job
 * @property {number} bytes
 */

/** @typedef {{used: number, bound: number, archive: number, batch: number, may_add: boolean}} Room */
/** @typedef {{sets: (SetEntry & {own: boolean, kept: Kept|null})[], unfinished: Unfinished[], room: Room}} Sets */
/** @typedef {{file: File, path: string}} Found a file with its path in the folder */

/**
 * @typedef {Object} Chosen what a person has picked
 * @property {'archive'|'files'} kind
 * @property {string} name of the archive or folder
 * @property {number} bytes
 * @property {File|null} archive
 * @property {Found[]} files in the order of their paths
 * @property {number} left files that are no pictures, or too large
 * @property {File|null} labels a CSV that lay in the folder
 */

const PART = 8 * 2 ** 20; // bytes of an archive in one request
const BATCH = 12 * 2 ** 20; // bytes of files in one request
const MOST_FILES = 200; // in one request
const OVERHEAD = 2 ** 16; // bytes of a form beside its files
const PICTURE = /\.(png|jpe?g|webp|avif|gif)$/i;

/** @param {string} id of the model */
export const setsOf = (id) => `/api/models/${encodeURIComponent(id)}/sets`;

/** @param {Api} api @param {string} model @param {AbortSignal} [signal] @returns {Promise<Sets>} */
export const listSets = (api, model, signal) => api.json(setsOf(model), signal);

/** @param {File[]} files @returns {Chosen|null} the first archive among them */
export function chooseArchive(files) {
  const archive = files.find(({ name }) => /\.zip$/i.test(name));
  return archive ? { kind: 'archive', name: archive.name, bytes: archive.size, archive, files: [], left: 0, labels: null } : null;
}

/** @param {Found[]} found @param {Room} room @returns {Chosen} the pictures among the files of a folder */
export function chooseFolder(found, room) {
  const shown = found.filter(({ path }) => !path.split('/').some((part) => part.startsWith('.')));
  const files = shown.filter(
    ({ file, path }) => (file.type.startsWith('image/') || PICTURE.test(path)) && file.size + OVERHEAD < room.batch,
  );
  files.sort((one, other) => (one.path < other.path ? -1 : 1));
  const tables = shown.filter(({ path }) => /\.csv$/i.test(path)).map(({ file }) => file);
  return {
    kind: 'files',
    name: found[0]?.path.split('/')[0] ?? '',
    bytes: files.reduce((sum, { file }) => sum + file.size, 0),
    archive: null,
    files,
    left: shown.length - files.length - (tables.length === 1 ? 1 : 0),
    labels: tables.length === 1 ? tables[0] : null,
  };
}

/** @param {FileList|File[]} list of an input with `webkitdirectory` @returns {Found[]} */
export const filesOfFolder = (list) => [...list].map((file) => ({ file, path: file.webkitRelativePath || file.name }));

/** @param {DataTransfer} transfer @returns {Promise<Found[]>} all files of what was dropped, folders walked through */
export async function filesOfDrop(transfer) {
  const entries = [...transfer.items].flatMap((item) => item.webkitGetAsEntry?.() ?? []);
  if (entries.length === 0) return filesOfFolder(transfer.files);
  return (await Promise.all(entries.map(walked))).flat();
}

/** @param {FileSystemEntry} entry @returns {Promise<Found[]>} */
async function walked(entry) {
  const path = entry.fullPath.replace(/^\//, '');
  if (entry.isFile) {
    const file = await new Promise((resolve, reject) => /** @type {FileSystemFileEntry} */ (entry).file(resolve, reject));
    return [{ file, path }];
  }
  const reader = /** @type {FileSystemDirectoryEntry} */ (entry).createReader();
  const found = [];
  for (;;) {
    /** @type {FileSystemEntry[]} */
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject)); // 100 at a time
    if (some.length === 0) return found;
    for (const one of some) found.push(...(await walked(one)));
  }
}

/** @param {Found[]} files @param {number} most bytes @returns {Found[][]} the same for the same files, always */
export function batchesOf(files, most = BATCH) {
  /** @type {Found[][]} */
  const batches = [];
  let room = 0;
  for (const found of files) {
    if (batches.length === 0 || found.file.size > room || batches[batches.length - 1].length === MOST_FILES) {
      batches.push([]);
      room = most;
    }
    batches[batches.length - 1].push(found);
    room -= found.file.size;
  }
  return batches;
}

/** @param {Unfinished} set @param {Chosen} chosen @returns {boolean} whether these are the pictures it was begun with */
export const fits = (set, chosen) =>
  set.kind === chosen.kind && set.total === chosen.bytes && (set.kind === 'archive' || set.files === chosen.files.length);

/**
 * @param {Api} api @param {string} model @param {string} title @param {Chosen} chosen @param {string} hash of the model
 * @returns {Promise<string>} the set's name
 */
export async function beginSet(api, model, title, { kind, name, bytes, files }, hash) {
  const body = { title, kind, source: name.slice(0, 300) || 'pictures', bytes, files: files.length, hash };
  return (await (await api.post(setsOf(model), body)).json()).name;
}

/** @param {Api} api @param {string} model @param {string} set @param {File} file */
export async function bringLabels(api, model, set, file) {
  const body = new FormData();
  body.append('file', file, file.name);
  await api.fetch(`${setsOf(model)}/${set}/labels`, { method: 'PUT', body });
}

/**
 * Bring what has not arrived yet.
 * @param {Api} api @param {string} model @param {string} set @param {Chosen} chosen @param {number} received
 * @param {{signal: AbortSignal, tell: (bytes: number) => void}} how `tell`: so many bytes are there
 */
export async function bring(api, model, set, chosen, received, { signal, tell }) {
  const place = `${setsOf(model)}/${set}`;
  if (chosen.archive) {
    for (let at = received; at < chosen.bytes; ) {
      tell(at);
      const body = chosen.archive.slice(at, at + PART);
      const headers = { 'content-type': 'application/zip' };
      const answer = await sent(api, `${place}/archive?offset=${at}`, { method: 'PUT', body, headers, signal });
      at = (await answer.json()).received;
    }
  }
  const batches = batchesOf(chosen.files);
  let bytes = 0;
  for (const [number, batch] of batches.entries()) {
    tell(bytes);
    bytes += batch.reduce((sum, { file }) => sum + file.size, 0);
    if (number < received) continue;
    const body = new FormData();
    for (const { file, path } of batch) body.append('files', file, path);
    await sent(api, `${place}/files?batch=${number}`, { method: 'PUT', body, signal });
  }
  tell(chosen.bytes);
}

/**
 * A file that was moved or changed since it was chosen can no longer be read, and fails as an unreachable server does.
 * @param {Api} api @param {string} path @param {RequestInit} init
 */
async function sent(api, path, init) {
  try {
    return await api.fetch(path, init);
  } catch (error) {
    if (error instanceof ApiError && error.status === 0 && (await api.alive()))
      throw new ApiError('unread', 'The browser could not read these files any more. Choose them again to go on.');
    throw error;
  }
}

/** @param {Api} api @param {string} model @param {string} set */
export async function deleteSet(api, model, set) {
  await api.fetch(`${setsOf(model)}/${encodeURIComponent(set)}`, { method: 'DELETE' });
}

/** @param {number} bytes @returns {string} like `8.3 MB` */
export function amount(bytes) {
  const units = ['KB', 'MB', 'GB', 'TB'];
  let value = bytes / 1024;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) [value, unit] = [value / 1024, unit + 1];
  return `${value >= 100 ? Math.round(value) : Number(value.toPrecision(2))} ${units[unit]}`;
}
