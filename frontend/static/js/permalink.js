/**
 * The state in the address: replaced 200 ms after a gesture; another model is an entry of its own in the history.
 */

import { completed, sizeIn } from './given.js';
import { decode, encode, LONGEST_LINK, VIEW } from './state.js';

/** @typedef {import('./store.js').Store} Store */

const REST_MS = 200;

/** @param {Store} store @returns {() => void} ends it */
export function followAddress(store) {
  let timer = 0;
  let written = location.hash;
  let model = store.state.model;

  const write = () => {
    timer = 0;
    const { state } = store;
    const fragment = encode(state);
    if (!state.model || fragment === written || fragment.length > LONGEST_LINK) return;
    if (model && state.model !== model) history.pushState(null, '', fragment);
    else history.replaceState(null, '', fragment);
    written = fragment;
    model = state.model;
  };

  const travelled = () => {
    if (location.hash === written) return;
    clearTimeout(timer);
    written = location.hash;
    const { view, warning } = readAddress();
    if (!view.model) {
      location.reload();
      return;
    }
    const { models } = store.state;
    if (models && !models.some(({ id }) => id === view.model)) {
      stay(`${unknownModel(view.model)} The page shows what it showed.`);
      return;
    }
    model = view.model;
    store.set({ ...arrived(store.state, view), warning });
  };

  /** @param {string} warning what is wrong with the address that somebody has put there: ours takes its place */
  const stay = (warning) => {
    written = encode(store.state);
    history.replaceState(null, '', written);
    store.set({ warning });
  };

  const keys = /** @type {(keyof import('./state.js').View)[]} */ (Object.keys(VIEW));
  const end = store.subscribe((state, before) => {
    if (keys.every((key) => state[key] === before[key])) return;
    clearTimeout(timer);
    timer = setTimeout(write, REST_MS);
  });
  addEventListener('popstate', travelled);
  return () => {
    end();
    clearTimeout(timer);
    removeEventListener('popstate', travelled);
  };
}

/**
 * @param {Readonly<import('./state.js').State>} state
 * @param {import('./state.js').View} view another address of this page
 * @returns {Partial<import('./state.js').State>} within one model, what does not fit it is left as it is
 */
function arrived({ model, detail, latent, space, hash }, view) {
  if (view.model !== model || !detail) return view;
  const fits = view.latent?.length === sizeIn(detail, view.space);
  const conditions = completed(detail, view.conditions);
  return { ...view, hash, conditions, ...(!fits && { latent, space }) };
}

/** @returns {{view: import('./state.js').View, warning: string}} what the address says, and what is wrong with it */
export function readAddress() {
  const { view, wrong, newer } = decode(location.hash);
  if (newer)
    return { view, warning: 'This link was made by a newer version of Latent Explorer and cannot be read here.' };
  if (wrong.length > 0)
    return { view, warning: `Parts of this link could not be read and were left out: ${wrong.join(', ')}.` };
  return { view, warning: '' };
}

/** @param {string} model that a link names @returns {string} a sentence */
export const unknownModel = (model) => `This link names the model ${model}, which this server does not have.`;

/** @param {Store} store @returns {string} the address of what is shown now; '' when it would be too long for one */
export function currentLink(store) {
  const fragment = encode(store.state);
  return fragment.length > LONGEST_LINK ? '' : new URL(fragment, location.href).href;
}
