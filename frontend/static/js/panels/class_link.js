/**
 * The link for a class, large enough to be read from a wall, and how many have come. Only the owner of a server finds it.
 */

import { copyText } from '../clipboard.js';
import { button, el, lifetime } from '../dom.js';
import { sentence } from '../api.js';

/** Between two looks at how many are connected. */
const LOOK_MS = 3000;

/**
 * @param {HTMLElement} root
 * @param {import('../store.js').Store} store
 * @param {import('../api.js').Api} api
 * @returns {() => void}
 */
export function mount(root, store, api) {
  const life = lifetime();
  const body = el('div', { class: 'class-link-body' });
  const dialog = el(
    'dialog',
    { class: 'about class-link', 'aria-labelledby': 'class-link-title', testid: 'class-link' },
    el(
      'header',
      {},
      el('h2', { id: 'class-link-title', text: 'Class link' }),
      button({ label: 'Close', icon: 'close', class: 'quiet', press: () => dialog.close(), testid: 'class-link-close' }),
    ),
    body,
  );
  let timer = 0;
  /** @type {(() => void)|null} */
  let forget = null;
  const away = () => {
    clearTimeout(timer);
    forget?.();
    forget = null;
    body.replaceChildren();
  };
  dialog.addEventListener('close', away);
  dialog.addEventListener('click', (event) => {
    if (event.target === dialog) dialog.close();
  });

  /** @param {(visitors: number) => void} tell */
  const look = (tell) => {
    timer = setTimeout(async () => {
      try {
        tell((await api.classLink()).visitors);
      } catch {
        /* The connection's own mark says so; the next look may find it again. */
      }
      if (dialog.open) look(tell);
    }, LOOK_MS);
  };

  document.addEventListener(
    'open-class-link',
    async () => {
      body.replaceChildren(el('p', { class: 'second', text: 'Loading\u2026' }));
      dialog.showModal();
      try {
        const { address, svg, visitors } = await api.classLink();
        if (!dialog.open) return;
        const shown = content(address, svg, () => store.state.connection.mode === 'live');
        forget = shown.forget;
        body.replaceChildren(...shown.nodes);
        shown.tell(visitors);
        look(shown.tell);
      } catch (error) {
        body.replaceChildren(el('p', { class: 'bad', text: sentence(error) }));
      }
    },
    { signal: life.signal },
  );
  root.append(dialog);
  life.add(away, () => root.replaceChildren());
  return life.end;
}

/** @param {string} address @param {string} svg @param {() => boolean} among whether this page is one of those counted */
function content(address, svg, among) {
  const source = URL.createObjectURL(new Blob([svg], { type: 'image/svg+xml' }));
  const copied = el('span', { class: 'second', role: 'status' });
  const count = el('p', { class: 'class-link-count', role: 'status', testid: 'class-link-count' });
  const nodes = [
    el('img', { class: 'class-link-code', src: source, alt: 'QR code of the address below', testid: 'class-link-code' }),
    el('p', { class: 'class-link-address', text: address, testid: 'class-link-address' }),
    el(
      'p',
      { class: 'class-link-ways' },
      button({
        label: 'Copy the address',
        icon: 'share',
        text: 'Copy the address',
        press: async () => {
          copied.textContent = (await copyText(address)) ? 'Copied.' : 'Copying is not allowed here: select the address.';
        },
      }),
      copied,
    ),
    count,
    el('p', {
      class: 'second',
      text:
        'Whoever opens this address can look and explore, and cannot add or delete anything. Your own address holds ' +
        'another token: keep it to yourself.',
    }),
  ];
  const tell = (/** @type {number} */ visitors) => {
    const who = visitors === 1 ? '1 visitor' : `${visitors} visitors`;
    const text = `${who} connected now${among() ? ', you included' : ''}`;
    if (count.textContent !== text) count.textContent = text;
  };
  return { nodes, tell, forget: () => URL.revokeObjectURL(source) };
}
