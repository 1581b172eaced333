/**
 * "Your pictures": a dialog that adds a folder or a zip of pictures to the open model, and lists what was added.
 *
 * It works on while it is closed. What has arrived or is encoded stays on the server, so that everything here can be gone
 * on with after a reload.
 */

import { button, el, lifetime } from '../dom.js';
import { listSets } from '../own_sets.js';
import { sentence, superseded } from '../api.js';
import { chosen } from '../map_choice.js';
import { adding } from './own_sets_adding.js';
import { listOfSets, NOTHING_CHOSEN } from './own_sets_list.js';

/** @typedef {import('../store.js').Store} Store */
/** @typedef {import('../api.js').Api} Api */
/** @typedef {import('../own_sets.js').Sets} Sets */

/** @returns {HTMLButtonElement} what opens the dialog, for whoever shows a choice of sets */
export const addPictures = () =>
  button({
    label: 'Add your pictures\u2026',
    icon: 'plus',
    text: 'Add your pictures\u2026',
    class: 'own-open',
    'aria-haspopup': 'dialog',
    testid: 'add-pictures',
    press: () => document.dispatchEvent(new CustomEvent('add-pictures')),
  });

/** @param {HTMLElement} root @param {Store} store @param {Api} api @returns {() => void} */
export function mount(root, store, api) {
  const life = lifetime();
  const failure = el('p', { class: 'bad', role: 'status', testid: 'own-failure', hidden: true });
  let asked = new AbortController();

  /** Ask again what there is, and tell the dialog and the page. */
  const refresh = async () => {
    const { detail } = store.state;
    asked.abort();
    if (!detail) return;
    asked = new AbortController();
    try {
      const found = await listSets(api, detail.id, asked.signal);
      if (store.state.detail?.id !== detail.id) return;
      failure.hidden = true;
      form.show(found, store.state.detail);
      list.show(found);
      tellPage(store, found);
    } catch (error) {
      if (superseded(error)) return;
      failure.textContent = sentence(error);
      failure.hidden = false;
    }
  };
  const form = adding(store, api, refresh);
  const list = listOfSets(store, api, {
    refresh,
    goOn: (set) => form.goOn(set),
    busy: (name) => form.busy(name),
    show: () => dialog.close(),
  });
  const close = button({ label: 'Close', icon: 'close', class: 'quiet', press: () => dialog.close(), testid: 'own-close' });
  const dialog = el(
    'dialog',
    { class: 'about own-dialog', 'aria-labelledby': 'own-title', testid: 'own-dialog' },
    el('header', {}, el('h2', { id: 'own-title', text: 'Your pictures' }), close),
    el('div', { class: 'own-body' }, failure, form.element, list.element),
  );
  dialog.addEventListener('click', (event) => {
    if (event.target === dialog) dialog.close();
  });
  form.takeDrops(dialog);
  const open = () => {
    dialog.showModal();
    dialog.scrollTop = 0;
    refresh();
  };
  document.addEventListener('add-pictures', open, { signal: life.signal });
  root.append(dialog);
  life.add(
    store.watch(
      (state) => [state.detail?.id],
      () => dialog.open && refresh(),
    ),
    form.end,
    () => asked.abort(),
    () => root.replaceChildren(),
  );
  return life.end;
}

/** @param {Store} store @param {Sets} found the sets of the open model are other ones now */
function tellPage(store, { sets }) {
  const { detail } = store.state;
  const names = (/** @type {{name: string, hash: string}[]} */ list) => list.map(({ name, hash }) => `${name} ${hash}`).join();
  if (!detail || names(detail.sets) === names(sets)) return;
  const { map } = store.state;
  const gone = map.set !== '' && !sets.some(({ name }) => name === map.set);
  const other = gone ? { ...NOTHING_CHOSEN, map: chosen(map, { set: '' }) } : {};
  store.set({ detail: { ...detail, sets }, ...other });
}
