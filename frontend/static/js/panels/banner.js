/**
 * What must be known now: a lost server, a link of another version, a model that cannot be opened; and what is
 * said in passing.
 */

import { button, el, lifetime } from '../dom.js';
import { say } from '../models.js';

/** @typedef {import('../store.js').Store} Store */

const NOTICE_MS = 5000;

const LOST = 'The server does not answer. This page tries again by itself; nothing is lost.';
const OVER_HTTP = 'No live connection here (a proxy may block WebSockets), so pictures come over HTTP, a little later.';

/** @param {HTMLElement} root @param {Store} store @returns {() => void} */
export function mount(root, store) {
  const life = lifetime();
  const lost = el('p', { class: 'banner banner-lost', role: 'alert', testid: 'banner', hidden: true });
  const failure = el('p', { class: 'banner banner-lost', role: 'alert', testid: 'banner-failure', hidden: true });
  root.append(lost, failure, warningOf(store, life));
  life.add(
    store.watch(
      (state) => [state.failure, state.connection.mode],
      ({ failure: text, connection: { mode } }) => {
        tell(lost, mode === 'lost' ? LOST : '');
        tell(failure, mode === 'lost' ? '' : text);
        document.getElementById('room')?.classList.toggle('lost', mode === 'lost');
      },
    ),
    store.watch(
      (state) => [state.connection.mode],
      ({ connection: { mode } }) => {
        if (mode === 'http') say(store, OVER_HTTP);
      },
    ),
    followNotices(store),
    () => root.replaceChildren(),
  );
  return life.end;
}

/** @param {Store} store @param {{add: (end: () => void) => void}} life about the link the page was opened with */
function warningOf(store, life) {
  const words = el('span');
  const dismiss = button({ label: 'Dismiss', icon: 'close', class: 'quiet', press: () => store.set({ warning: '' }) });
  const element = el('p', { class: 'banner', role: 'status', testid: 'banner-warning', hidden: true }, words, dismiss);
  life.add(
    store.watch(
      (state) => [state.warning],
      ({ warning }) => {
        words.textContent = warning;
        element.hidden = warning === '';
      },
    ),
  );
  return element;
}

/** @param {Store} store what is said in passing goes again by itself @returns {() => void} */
function followNotices(store) {
  const notice = /** @type {HTMLElement} */ (document.getElementById('notice'));
  let timer = 0;
  const hide = () => {
    notice.textContent = '';
  };
  return store.watch(
    (state) => [state.notice],
    ({ notice: said }) => {
      clearTimeout(timer);
      notice.textContent = said?.text ?? '';
      if (said) timer = setTimeout(hide, NOTICE_MS);
    },
  );
}

/** @param {HTMLElement} element @param {string} text '' hides it */
function tell(element, text) {
  element.textContent = text;
  element.hidden = text === '';
}
