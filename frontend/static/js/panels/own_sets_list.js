/**
 * The lower part of "Your pictures": what was added to the open model, what is on its way, and the way to delete it.
 */

import { sentence } from '../api.js';
import { button, el, grouped } from '../dom.js';
import { chosen } from '../map_choice.js';
import { amount, deleteSet, setsOf } from '../own_sets.js';

/** @typedef {import('../store.js').Store} Store */
/** @typedef {import('../api.js').Api} Api */
/** @typedef {import('../own_sets.js').Sets} Sets */
/** @typedef {import('../own_sets.js').Unfinished} Unfinished */

/**
 * @param {Store} store @param {Api} api
 * @param {{refresh: () => Promise<void>, goOn: (set: Unfinished) => void, busy: (name: string) => boolean, show: () => void}} how
 */
export function listOfSets(store, api, { refresh, goOn, busy, show }) {
  const list = el('ul', { class: 'own-list', testid: 'own-list' });
  const heading = el('h3', { text: 'Added to this model', tabindex: '-1' });
  const element = el('section', { class: 'own-sets', hidden: true }, heading, list);

  /** @param {string} name @param {string} title @param {boolean} may */
  const removal = (name, title, may) => (may ? confirmed(title, async () => {
    const { detail } = store.state;
    if (!detail) return;
    // The map leaves it first, and asks for nothing of it any more.
    if (store.state.map.set === name) store.set({ ...NOTHING_CHOSEN, map: chosen(store.state.map, { set: '' }) });
    await deleteSet(api, detail.id, name);
    await refresh();
    heading.focus();
  }) : null);

  return {
    element,
    /** @param {Sets} found */
    show({ sets, unfinished, room }) {
      const model = store.state.detail?.id ?? '';
      const rows = sets.flatMap((set) => {
        if (!set.own || !set.kept) return [];
        const { kept, name, title, count } = set;
        const facts = [`${grouped(count)} ${count === 1 ? 'picture' : 'pictures'}`, amount(kept.bytes), day(kept.made)];
        if (set.classes.length > 0) facts.push(`${grouped(set.classes.length)} classes`);
        if (kept.unlabelled > 0) facts.push(`${grouped(kept.unlabelled)} without a label`);
        const controls = [shown(store, name, show), removal(name, title, room.may_add)];
        return [row(title, facts.join(' \u00b7 '), controls, kept.skipped > 0 ? skipped(api, model, name, kept.skipped) : null)];
      });
      for (const set of unfinished) {
        const now = busy(set.name);
        const open = room.may_add && !set.running && !now && set.state !== 'stale' && set.kind !== 'place';
        const label = set.state === 'receiving' ? `Choose ${set.source} again\u2026` : 'Go on';
        const on = open ? button({ label, testid: 'own-go-on', press: () => goOn(set) }) : null;
        rows.push(row(set.title, `${now ? 'On its way' : state(set)} \u00b7 ${amount(set.bytes)}`, [on, removal(set.name, set.title, room.may_add)], null));
      }
      list.replaceChildren(...rows);
      element.hidden = rows.length === 0;
    },
  };
}

/** @param {string} title @param {string} facts @param {(HTMLElement|null)[]} controls @param {HTMLElement|null} more */
function row(title, facts, controls, more) {
  return el(
    'li',
    { class: 'own-set', testid: 'own-set' },
    el('div', { class: 'own-words' }, el('strong', { text: title }), el('span', { class: 'second number', text: facts })),
    el('div', { class: 'own-buttons' }, ...controls),
    more,
  );
}

/** Of another set neither the rows nor the classes are those that were picked out. */
export const NOTHING_CHOSEN = Object.freeze({ selection: null, filter: '', parts: [], classes: [] });

/** @param {Store} store @param {string} set @param {() => void} after */
function shown(store, set, after) {
  const press = () => {
    store.set({ ...NOTHING_CHOSEN, map: chosen(store.state.map, { set }), tab: 'map' });
    after();
  };
  return button({ label: 'Show on the map', testid: 'own-show', press });
}

/** @param {Unfinished} set */
function state({ state, kind, received, total, source, encoded, running }) {
  if (state === 'stale') return 'Made with another version of this model: it can only be deleted';
  if (kind === 'place') return `${grouped(encoded)} encoded; run the command of the server again to go on`;
  if (running) return `Being encoded: ${grouped(encoded)} so far`;
  if (state === 'encoding') return encoded > 0 ? `Stopped: ${grouped(encoded)} pictures are encoded` : 'All has arrived; nothing is encoded yet';
  if (kind === 'files') return received === 0 ? 'Nothing has arrived yet' : `Stopped: a part of ${source} has arrived`;
  return `Stopped: ${Math.floor((100 * received) / total)}% of ${source} has arrived`;
}

/** @param {string} title @param {() => Promise<void>} act @returns {HTMLElement} a button that asks once more */
function confirmed(title, act) {
  const ask = button({ label: `Delete ${title}`, text: 'Delete', class: 'quiet', testid: 'own-delete', press: () => turn(true) });
  const yes = button({ label: `Delete ${title} for good`, text: 'Delete for good', class: 'own-yes', testid: 'own-delete-yes', press: go });
  const no = button({ label: `Keep ${title}`, text: 'Keep', testid: 'own-delete-no', press: () => turn(false) });
  const wrong = el('span', { class: 'bad', role: 'alert' });
  const element = el('span', { class: 'own-confirm' }, ask, yes, no, wrong);
  /** @param {boolean} asking */
  function turn(asking) {
    ask.hidden = asking;
    yes.hidden = no.hidden = !asking;
    if (element.isConnected) (asking ? no : ask).focus();
  }
  async function go() {
    yes.disabled = true;
    try {
      await act();
    } catch (error) {
      wrong.textContent = sentence(error);
      yes.disabled = false;
    }
  }
  turn(false);
  return element;
}

/** @param {Api} api @param {string} model @param {string} set @param {number} count @returns {HTMLElement} names come when it is unfolded */
function skipped(api, model, set, count) {
  const body = el('ul', { class: 'own-skipped', tabindex: '0', 'aria-label': 'Skipped files', testid: 'own-skipped' });
  const element = el(
    'details',
    { class: 'own-report' },
    el('summary', { text: `${grouped(count)} ${count === 1 ? 'file was' : 'files were'} skipped` }),
    body,
  );
  element.addEventListener(
    'toggle',
    async () => {
      try {
        /** @type {{named: {file: string, reason: string}[]}} */
        const { named } = await api.json(`${setsOf(model)}/${encodeURIComponent(set)}/report`);
        const rows = named.map(({ file, reason }) => el('li', {}, el('span', { text: file }), el('span', { class: 'second', text: reason })));
        if (named.length < count) rows.push(el('li', { class: 'second', text: `and ${grouped(count - named.length)} more` }));
        body.replaceChildren(...rows);
      } catch (error) {
        body.replaceChildren(el('li', { class: 'bad', text: sentence(error) }));
      }
    },
    { once: true },
  );
  return element;
}

/** @param {string} iso */
const day = (iso) => new Date(iso).toLocaleDateString([], { day: 'numeric', month: 'short', year: 'numeric' });
