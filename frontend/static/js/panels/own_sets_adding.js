/**
 * The upper part of "Your pictures": choose, name, add; then a line with how far it is.
 */

import { sentence, superseded } from '../api.js';
import { button, el, grouped } from '../dom.js';
import { say } from '../models.js';
import {
  amount,
  beginSet,
  bring,
  bringLabels,
  chooseArchive,
  chooseFolder,
  filesOfDrop,
  filesOfFolder,
  fits,
  setsOf,
} from '../own_sets.js';
import { jobLine } from './job_line.js';

/** @typedef {import('../store.js').Store} Store */
/** @typedef {import('../api.js').Api} Api */
/** @typedef {import('../api.js').ModelDetail} ModelDetail */
/** @typedef {import('../own_sets.js').Chosen} Chosen */
/** @typedef {import('../own_sets.js').Found} Found */
/** @typedef {import('../own_sets.js').Sets} Sets */
/** @typedef {import('../own_sets.js').Unfinished} Unfinished */

const NO_ENCODER = 'This model has no encoder, so it cannot place pictures in its space. Open another one.';
const VIEWER = 'Only the owner of this server adds and deletes sets. Open it with the owner\u2019s token.';

/** @param {Store} store @param {Api} api @param {() => Promise<void>} refresh */
export function adding(store, api, refresh) {
  const parts = skeleton();
  const { element, name, add, choice, labels, problem } = parts;
  const way = progress();
  element.append(way.element);
  /** @type {Sets|null} */
  let sets = null;
  /** @type {Chosen|null} */
  let chosen = null;
  /** @type {File|null} */
  let csv = null;
  /** @type {Unfinished|null} what is gone on with, once its files are chosen again */
  let waiting = null;
  let working = '';
  let from = '';
  /** @type {Set<string>} what this page has worked on: it takes up by itself only what another one has begun */
  const known = new Set();

  const wrong = (/** @type {string} */ text) => {
    parts.ready.textContent = '';
    problem.textContent = text;
    problem.hidden = text === '';
  };
  const fill = () => {
    const { detail } = store.state;
    const may = Boolean(sets?.room.may_add && detail?.can.encode);
    parts.form.disabled = !may || working !== '';
    parts.form.hidden = sets !== null && !may;
    parts.refusal.textContent = !sets || may ? '' : detail?.can.encode ? VIEWER : NO_ENCODER;
    parts.refusal.hidden = parts.refusal.textContent === '';
    choice.textContent = chosen ? words(chosen) : '';
    parts.drop.classList.toggle('chosen', chosen !== null);
    labels.textContent = csv ? csv.name : 'none';
    parts.without.hidden = csv === null;
    parts.kept.textContent = keptWords(sets, detail, chosen);
    add.disabled = !chosen || name.value.trim() === '';
  };
  /** @param {Chosen|null} found @param {string} why nothing was found */
  const take = (found, why) => {
    if (!found || (found.kind === 'files' && found.files.length === 0)) return wrong(why);
    if (sets && found.kind === 'archive' && found.bytes > sets.room.archive)
      return wrong(`This archive has ${amount(found.bytes)}; at most ${amount(sets.room.archive)} are taken. Choose its folder instead.`);
    if (waiting) return again(waiting, found);
    wrong('');
    chosen = found;
    csv = found.labels ?? csv;
    if (name.value.trim() === '' || name.value === from) name.value = from = plainName(found.name);
    fill();
    (name.value ? add : name).focus();
  };
  /** @param {Unfinished} set @param {Chosen} found */
  const again = (set, found) => {
    waiting = null;
    if (!fits(set, found)) return wrong(`\u201c${set.title}\u201d was begun with ${set.source} (${amount(set.total)}). Choose just that to go on.`);
    wrong('');
    carry(set.name, set.title, found, set.received);
  };

  /** @param {string} set @param {string} title @param {Chosen|null} found null: all has arrived @param {number} received */
  async function carry(set, title, found, received) {
    const { detail } = store.state;
    if (!detail || working) return;
    working = set;
    known.add(set);
    fill();
    try {
      if (found) {
        await way.bring(found, (how) => bring(api, detail.id, set, found, received, how));
        await refresh();
      }
      const answer = await way.encode(api, `${setsOf(detail.id)}/${set}/encode`);
      if (!answer) await stopped(set);
      else {
        const { count, skipped } = await answer.json();
        const rest = skipped > 0 ? ` ${grouped(skipped)} ${skipped === 1 ? 'file was' : 'files were'} skipped.` : '';
        const text = `\u201c${title}\u201d is ready: ${grouped(count)} ${count === 1 ? 'picture' : 'pictures'}.${rest}`;
        if (element.offsetParent === null) say(store, text); // the dialog is closed
        parts.ready.textContent = text;
        chosen = csv = null;
        name.value = from = '';
      }
    } catch (error) {
      if (!superseded(error)) wrong(sentence(error));
    } finally {
      working = '';
      await refresh();
      fill();
    }
  }

  /** @param {string} set its job ends a moment after it was cancelled, on a busy server some moments */
  async function stopped(set) {
    for (let again = 0; again < 60; again += 1) {
      await refresh();
      if (!sets?.unfinished.some(({ name: one, running }) => one === set && running)) return;
      await new Promise((resolve) => setTimeout(resolve, Math.min(2000, 200 + 50 * again)));
    }
  }

  async function begin() {
    const { detail } = store.state;
    if (!chosen || !detail || working) return;
    wrong('');
    const [title, found, table] = [name.value.trim(), chosen, csv];
    let set = '';
    try {
      working = title;
      fill();
      set = await beginSet(api, detail.id, title, found, detail.hash);
      if (table) await bringLabels(api, detail.id, set, table);
    } catch (error) {
      // A table that cannot be used leaves nothing behind: the next try begins with the same name.
      if (set) await api.fetch(`${setsOf(detail.id)}/${set}`, { method: 'DELETE' }).catch(() => {});
      wrong(sentence(error));
      set = '';
    } finally {
      working = '';
      fill();
    }
    if (set) await carry(set, title, found, 0);
  }

  parts.archive.addEventListener('change', () => {
    take(chooseArchive([...(parts.archive.files ?? [])]), 'This is not a zip archive.');
    parts.archive.value = '';
  });
  parts.folder.addEventListener('change', () => {
    const found = filesOfFolder(parts.folder.files ?? []);
    if (sets && found.length > 0) take(chooseFolder(found, sets.room), 'There is no picture in this folder.');
    parts.folder.value = '';
  });
  parts.table.addEventListener('change', () => {
    csv = parts.table.files?.[0] ?? csv;
    parts.table.value = '';
    fill();
  });
  parts.without.addEventListener('click', () => {
    csv = null;
    fill();
    parts.chooseTable.focus();
  });
  name.addEventListener('input', fill);
  element.addEventListener('submit', (event) => {
    event.preventDefault();
    begin();
  });
  fill();
  return {
    element,
    end: () => way.stop(),
    busy: (/** @type {string} */ set) => working === set,
    /** @param {Sets} found @param {ModelDetail} detail */
    show(found, detail) {
      sets = found;
      const mine = found.unfinished.find(({ job, name: set }) => job !== null && !known.has(set));
      if (mine && !working && detail.can.encode) carry(mine.name, mine.title, null, 0); // this page was reloaded meanwhile
      fill();
    },
    /** @param {Unfinished} set */
    goOn(set) {
      if (working) return;
      if (set.state === 'encoding') return void carry(set.name, set.title, null, 0);
      if (chosen && fits(set, chosen)) return again(set, chosen);
      waiting = set;
      (set.kind === 'archive' ? parts.archive : parts.folder).click();
    },
    /** @param {HTMLElement} dialog whatever is dropped on it is meant for it, and not for the model's stage */
    takeDrops(dialog) {
      for (const type of ['dragenter', 'dragover', 'dragleave', 'drop'])
        dialog.addEventListener(type, (event) => {
          event.stopPropagation();
          event.preventDefault();
          parts.drop.classList.toggle('over', type === 'dragover' || type === 'dragenter');
        });
      dialog.addEventListener('drop', async ({ dataTransfer }) => {
        if (!dataTransfer || !sets || parts.form.disabled) return;
        const found = await filesOfDrop(dataTransfer);
        const files = found.map(({ file }) => file);
        const table = files.length === 1 && /\.csv$/i.test(files[0].name);
        if (table) csv = files[0];
        if (table) fill();
        else take(chooseArchive(files) ?? chooseFolder(found, sets.room), 'There is neither a zip nor a picture in this.');
      });
    },
  };
}

/** One line for both: what is brought to the server, then what the server does with it. */
function progress() {
  const line = jobLine({ name: 'Your pictures', testid: 'own-job' });
  const words = el('p', { class: 'job-words', role: 'status', testid: 'own-upload-words' });
  const bar = el('progress', { class: 'job-bar', max: 1, 'aria-label': 'Sent to the server', testid: 'own-upload-bar' });
  const cancel = button({ label: 'Cancel', class: 'job-cancel', testid: 'own-upload-cancel', press: () => going?.abort() });
  const upload = el('div', { class: 'job-line', 'data-state': 'busy', hidden: true }, words, bar, cancel);
  /** @type {AbortController|null} */
  let going = null;
  return {
    element: el('div', { class: 'own-progress' }, upload, line.element),
    /** @param {Chosen} chosen @param {(how: {signal: AbortSignal, tell: (bytes: number) => void}) => Promise<void>} act */
    async bring({ bytes }, act) {
      going = new AbortController();
      upload.hidden = false;
      line.element.hidden = true;
      const tell = (/** @type {number} */ done) => {
        bar.value = done / bytes;
        words.textContent = `Sending: ${amount(done)} of ${amount(bytes)}.`;
      };
      try {
        await act({ signal: going.signal, tell });
      } finally {
        going = null;
        upload.hidden = true;
        line.element.hidden = false;
      }
    },
    /** @param {Api} api @param {string} path */
    encode: (api, path) => line.run(api, path, { method: 'POST' }),
    stop: () => going?.abort(),
  };
}

function skeleton() {
  const pick = (/** @type {Record<string, any>} */ props) => el('input', { type: 'file', class: 'hidden', tabindex: '-1', ...props });
  const archive = pick({ accept: '.zip,application/zip', 'aria-label': 'Zip archive', testid: 'own-zip-input' });
  const folder = pick({ webkitdirectory: true, multiple: true, 'aria-label': 'Folder', testid: 'own-folder-input' });
  const table = pick({ accept: '.csv,text/csv', 'aria-label': 'CSV of labels', testid: 'own-labels-input' });
  const choice = el('p', { class: 'own-choice', role: 'status', testid: 'own-choice' });
  const drop = el(
    'div',
    { class: 'own-drop' },
    el('p', { class: 'second', text: 'Drop a zip or a folder of pictures here, or' }),
    el(
      'div',
      { class: 'own-buttons' },
      button({ label: 'Choose a zip\u2026', testid: 'own-zip', press: () => archive.click() }),
      button({ label: 'Choose a folder\u2026', testid: 'own-folder', press: () => folder.click() }),
    ),
    choice,
  );
  const name = el('input', { class: 'own-field', id: 'own-name', maxlength: 80, autocomplete: 'off', testid: 'own-name' });
  const labels = el('span', { class: 'second own-file', testid: 'own-labels' });
  const without = button({ label: 'Without labels', icon: 'close', class: 'quiet', hidden: true });
  const chooseTable = button({ label: 'Choose a CSV\u2026', testid: 'own-csv', press: () => table.click() });
  const add = button({ label: 'Add pictures', class: 'primary', type: 'submit', testid: 'own-add' });
  const kept = el('p', { class: 'second own-kept', testid: 'own-kept' });
  const form = el(
    'fieldset',
    { class: 'own-form' },
    drop,
    el('label', { class: 'own-label', for: 'own-name', text: 'Name' }),
    name,
    el('span', { class: 'own-label', id: 'own-labels-label', text: 'Labels' }),
    el('div', { class: 'own-buttons', role: 'group', 'aria-labelledby': 'own-labels-label' }, chooseTable, labels, without),
    el('p', {
      class: 'second own-note',
      text: 'A CSV whose first line is file,label; further columns become factors. Without one, the folders that the pictures lie in are their classes.',
    }),
    kept,
    add,
    archive,
    folder,
    table,
  );
  const refusal = el('p', { class: 'second own-refusal', hidden: true, testid: 'own-refusal' });
  const problem = el('p', { class: 'bad', role: 'alert', hidden: true, testid: 'own-problem' });
  const ready = el('p', { class: 'own-ready', role: 'status', testid: 'own-ready' });
  const lead = el('p', {
    class: 'second',
    text: 'Each picture is prepared as an upload is and placed by the model\u2019s encoder. The set then stands beside the model\u2019s own, with every tool of the map.',
  });
  const element = el('form', { class: 'own-adding', 'aria-labelledby': 'own-title', novalidate: true }, lead, refusal, form, problem, ready);
  return { ready, element, form, drop, choice, name, labels, without, chooseTable, add, kept, archive, folder, table, refusal, problem };
}

/** @param {Chosen} chosen */
function words({ kind, name, bytes, files, left }) {
  if (kind === 'archive') return `${name} \u00b7 ${amount(bytes)}`;
  const rest = left > 0 ? ` \u00b7 ${grouped(left)} other ${left === 1 ? 'file' : 'files'} left out` : '';
  return `${name} \u00b7 ${grouped(files.length)} ${files.length === 1 ? 'picture' : 'pictures'} \u00b7 ${amount(bytes)}${rest}`;
}

/** @param {Sets|null} sets @param {ModelDetail|null} detail @param {Chosen|null} chosen what is kept, where, how long */
function keptWords(sets, detail, chosen) {
  const image = detail?.image;
  if (!sets || !image || !detail) return '';
  const each = image.height * image.width * image.channels + 4 * (detail.sizes[detail.default_space] ?? 0);
  const size = chosen && chosen.files.length > 0 ? `, about ${amount(each * chosen.files.length)}` : '';
  return (
    `Kept on the computer that runs this server until you delete it: each picture as the model sees it (${image.width} \u00d7 ${image.height}), ` +
    `its place, file name and label${size}. What you send is removed once it is encoded. ` +
    `${sets.room.used > 0 ? amount(sets.room.used) : 'Nothing'} of ${amount(sets.room.bound)} is used.`
  );
}

/** @param {string} file @returns {string} a name for people */
const plainName = (file) => file.replace(/\.zip$/i, '').replaceAll(/[_\s]+/g, ' ').trim().slice(0, 80);
