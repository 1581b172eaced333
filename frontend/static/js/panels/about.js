/**
 * What this is, what it stands on and under which licences; the way to the keys; and the open model's card.
 */

import { button, el, lifetime } from '../dom.js';
import { sentence } from '../api.js';
import { rangeOf, titled } from '../factors.js';
import { card } from '../figures/card.js';

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
      dialog.showModal();
      body.replaceChildren(el('p', { class: 'second', text: 'Loading\u2026' }));
      try {
        body.replaceChildren(...content(await api.about(), store.state));
      } catch (error) {
        body.replaceChildren(el('p', { class: 'bad', text: sentence(error) }));
      }
    },
    { signal: life.signal },
  );
  root.append(dialog);
  life.add(() => root.replaceChildren());
  return life.end;
}

/** @param {any} facts of /api/about @param {Readonly<import('../state.js').State>} state @returns {Node[]} */
function content(facts, { detail, points }) {
  /** @type {Node[]} */
  const parts = [
    el('p', {
      text: 'Move through the latent space of a trained autoencoder, VAE or GAN by hand.',
    }),
    el('p', {
      text: 'Your pictures stay in this browser: the server forgets each one with its answer.',
    }),
    el('p', { class: 'second', text: `Version ${facts.version} on ${facts.device}, ${facts.runtime}. Apache-2.0.` }),
    el('h3', { text: 'Keys' }),
    el('p', {}, 'Everything here can be done by keyboard. ', keysButton()),
    el('h3', { text: 'Models, data and libraries' }),
    table(
      'Licences',
      ['What', 'Licence', 'Source'],
      facts.licences.map((/** @type {any} */ one) => [one.what, one.licence, one.citation || one.source || '']),
    ),
    el('h3', { text: 'Installed packages' }),
    el('p', {
      class: 'second number',
      text: Object.entries(facts.packages ?? {})
        .map(([name, version]) => `${name} ${version}`)
        .join(', '),
    }),
  ];
  const set = points?.model === detail?.id ? detail?.sets.find((one) => one.name === points?.set) : undefined;
  if (set && points && points.factors.length > 0) {
    const words = (/** @type {string} */ name) => set.factors.find((one) => one.name === name)?.description ?? '';
    const rows = points.factors.map((factor) => [titled(factor.name), rangeOf(factor), words(factor.name)]);
    parts.push(
      el('h3', { text: 'What is known of each picture on the map' }),
      table('Factors', ['Factor', 'From, to', 'What it means'], rows),
    );
  }
  if (detail?.card)
    parts.push(el('h3', { text: `Model card: ${detail.title}` }), ...card(detail.card.replace(/^# .*\n/, '')));
  return parts;
}

const keysButton = () =>
  button({
    label: 'All keys',
    testid: 'open-keys',
    'aria-keyshortcuts': '?',
    press: () => document.dispatchEvent(new CustomEvent('toggle-keys')),
  });

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
