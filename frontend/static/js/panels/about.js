/**
 * What one looks at here, in a drawing and in words; the way to the hints and the keys; and, folded, what it all stands
 * on and the open model's card.
 */

import { button, el, icon, lifetime } from '../dom.js';
import { sentence } from '../api.js';
import { rangeOf, titled } from '../factors.js';
import { card } from '../figures/card.js';
import { glossary, whatThisIs } from './about_words.js';

/**
 * @param {HTMLElement} root
 * @param {import('../store.js').Store} store
 * @param {import('../api.js').Api} api
 * @returns {() => void}
 */
export function mount(root, store, api) {
  const life = lifetime();
  const body = el('div', { class: 'about-body' });
  const dialog = el(
    'dialog',
    { class: 'about', 'aria-labelledby': 'about-title', testid: 'about-dialog' },
    el(
      'header',
      {},
      el('h2', { id: 'about-title', text: 'Latent Explorer' }),
      button({ label: 'Close', icon: 'close', class: 'quiet', press: () => dialog.close(), testid: 'about-close' }),
    ),
    body,
  );
  dialog.addEventListener('click', (event) => {
    if (event.target === dialog) dialog.close();
  });
  document.addEventListener(
    'open-about',
    async () => {
      const more = el('div', { class: 'about-more' }, el('p', { class: 'second', text: 'Loading\u2026' }));
      body.replaceChildren(...whatThisIs(), ...glossary(), ways(() => dialog.close()), more);
      dialog.showModal();
      dialog.scrollTop = 0;
      try {
        const facts = await api.about();
        if (facts.class_link) body.querySelector('.about-ways')?.prepend(classLink(() => dialog.close()));
        more.replaceChildren(...content(facts, store.state));
      } catch (error) {
        more.replaceChildren(el('p', { class: 'bad', text: sentence(error) }));
      }
    },
    { signal: life.signal },
  );
  root.append(dialog);
  life.add(() => root.replaceChildren());
  return life.end;
}

/** @param {() => void} close @returns {HTMLElement} for the owner of a server that has viewers */
const classLink = (close) =>
  button({
    label: 'Class link',
    testid: 'open-class-link',
    press: () => {
      close();
      document.dispatchEvent(new CustomEvent('open-class-link'));
    },
  });

/** @param {() => void} close @returns {HTMLElement} what else helps: the first steps and the keys */
const ways = (close) =>
  el(
    'p',
    { class: 'about-ways' },
    button({
      label: 'Show the hints again',
      testid: 'show-hint',
      press: () => {
        close();
        document.dispatchEvent(new CustomEvent('show-hint'));
      },
    }),
    button({
      label: 'All keys',
      testid: 'open-keys',
      'aria-keyshortcuts': '?',
      press: () => document.dispatchEvent(new CustomEvent('toggle-keys')),
    }),
    el('span', { class: 'second', text: 'Everything here can be done by keyboard.' }),
  );

/** @param {import('../api.js').ModelDetail} detail @returns {string} how the graphs of the open model are run */
function runs(detail) {
  const graphs = Object.entries(detail.running).map(([file, { runtime, device, precision, note }]) => {
    const how = `${file.replace(/\.onnx$/, '')} in ${precision} on ${device}, ${runtime}`;
    return note ? `${how} (${note})` : how;
  });
  return `${detail.title}: ${graphs.join('; ')}.`;
}

/** @param {any} facts of /api/about @param {Readonly<import('../state.js').State>} state @returns {Node[]} */
function content(facts, { detail, points }) {
  const packages = Object.entries(facts.packages ?? {}).map(([name, version]) => `${name} ${version}`);
  const licences = facts.licences.map((/** @type {any} */ one) => [one.what, one.licence, one.citation || one.source || '']);
  /** @type {Node[]} */
  const parts = [
    el('p', { text: 'Your pictures stay in this browser: the server forgets each one with its answer.' }),
    el('p', { class: 'second', text: `Version ${facts.version} on ${facts.device}, ${facts.runtime}. Apache-2.0.` }),
  ];
  if (detail) parts.push(el('p', { class: 'second', testid: 'about-running', text: runs(detail) }));
  if (detail?.card) parts.push(fold(`Model card: ${detail.title}`, ...card(detail.card.replace(/^# .*\n/, ''))));
  const set = points?.model === detail?.id ? detail?.sets.find((one) => one.name === points?.set) : undefined;
  if (set && points && points.factors.length > 0) {
    const words = (/** @type {string} */ name) => set.factors.find((one) => one.name === name)?.description ?? '';
    const rows = points.factors.map((factor) => [titled(factor.name), rangeOf(factor), words(factor.name)]);
    const known = table('Factors', ['Factor', 'From, to', 'What it means'], rows);
    parts.push(fold('What is known of each picture on the map', known));
  }
  parts.push(
    fold('Models, data and libraries', table('Licences', ['What', 'Licence', 'Source'], licences)),
    fold('Installed packages', el('p', { class: 'second number', text: packages.join(', ') })),
  );
  return parts;
}

/** @param {string} title @param {...Node} inside */
const fold = (title, ...inside) =>
  el('details', { class: 'fold' }, el('summary', {}, icon('chevron'), title), el('div', { class: 'about-fold' }, ...inside));

/** @param {string} label @param {string[]} head @param {string[][]} rows */
function table(label, head, rows) {
  return el(
    'div',
    { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': label },
    el(
      'table',
      {},
      el('thead', {}, el('tr', {}, ...head.map((text) => el('th', { scope: 'col', text })))),
      el('tbody', {}, ...rows.map((cells) => el('tr', {}, ...cells.map((text) => el('td', { text }))))),
    ),
  );
}
