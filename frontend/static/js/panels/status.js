/**
 * What serves, how it is connected, and how long the last picture took to decode.
 */

import { el, lifetime } from '../dom.js';

const WORDS = {
  connecting: 'connecting',
  live: 'live',
  http: 'no live connection, over HTTP',
  lost: 'no answer',
};

/** @param {HTMLElement} root @param {import('../store.js').Store} store @returns {() => void} */
export function mount(root, store) {
  const life = lifetime();
  const dot = el('span', { class: 'dot' });
  const words = el('span', { class: 'status-words' });
  const machine = el('span', { class: 'status-machine' });
  const time = el('span', { class: 'pill number status-time', title: 'Time to decode the last picture' });
  const pill = el('p', { class: 'pill', testid: 'connection' }, dot, words, machine);
  root.dataset.testid = 'status';
  root.append(pill, time);
  life.add(
    store.watch(
      (state) => [state.connection.mode, state.machine],
      ({ connection, machine: facts }) => {
        root.dataset.mode = connection.mode;
        words.textContent = WORDS[connection.mode];
        machine.hidden = connection.mode !== 'live';
        machine.textContent = facts ? `${facts.device} \u00b7 ${facts.runtime.split(' ')[0]}` : '';
        pill.title = facts ? `${facts.device}, ${facts.runtime}: ${WORDS[connection.mode]}` : WORDS[connection.mode];
      },
    ),
    store.watch(
      (state) => [state.connection.ms, state.connection.mode],
      ({ connection: { ms, mode } }) => {
        time.hidden = ms === null || mode === 'lost' || mode === 'connecting';
        time.textContent = ms === null ? '' : ms < 0.05 ? '< 0.1 ms' : `${ms.toFixed(1)} ms`;
      },
    ),
    () => root.replaceChildren(),
  );
  return life.end;
}
