/**
 * What must be known now: a lost server, a link of another version, a model that cannot be opened; and what is said in passing.
 */

import { button, el, lifetime } from '../dom.js';

const NOTICE_MS = 5000;

/** @param {HTMLElement} root @param {import('../store.js').Store} store @returns {() => void} */
export function mount(root, store) {
  const life = lifetime();
  const lost = el('p', { class: 'banner banner-lost', role: 'alert', testid: 'banner', hidden: true });
  const http = el('p', { class: 'banner', role: 'status', testid: 'banner-http', hidden: true });
  const failure = el('p', { class: 'banner banner-lost', role: 'alert', testid: 'banner-failure', hidden: true });
  const words = el('span');
  const dismiss = button({ label: 'Dismiss', icon: 'close', class: 'quiet', press: () => store.set({ warning: '' }) });
  const warning = el('p', { class: 'banner', role: 'status', testid: 'banner-warning', hidden: true }, words, dismiss);
  root.append(lost, failure, http, warning);
  const notice = /** @type {HTMLElement} */ (document.getElementById('notice'));
  let timer = 0;

  life.add(
    store.watch((state) => [state.connection.mode], ({ connection: { mode } }) => {
      tell(lost, mode === 'lost' ? 'The server does not answer. This page tries again by itself; nothing is lost.' : '');
      tell(http, mode === 'http' ? 'No live connection here (a proxy may block WebSockets), so pictures come over HTTP, a little later.' : '');
      document.getElementById('room')?.classList.toggle('lost', mode === 'lost');
    }),
    store.watch((state) => [state.failure, state.connection.mode], ({ failure: text, connection: { mode } }) => tell(failure, mode === 'lost' ? '' : text)),
    store.watch((state) => [state.warning], ({ warning: text }) => {
      words.textContent = text;
      warning.hidden = text === '';
    }),
    store.watch((state) => [state.notice], ({ notice: said }) => {
      clearTimeout(timer);
      notice.textContent = said?.text ?? '';
      if (said) timer = setTimeout(() => { notice.textContent = ''; }, NOTICE_MS);
    }),
    () => root.replaceChildren(),
  );
  return life.end;
}

/** @param {HTMLElement} element @param {string} text '' hides it */
function tell(element, text) {
  element.textContent = text;
  element.hidden = text === '';
}
