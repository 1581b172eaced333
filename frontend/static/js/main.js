/**
 * The page: one store, one way to the server, and a panel for each part of the skeleton.
 */

import { Api, sentence } from './api.js';
import { Live } from './live.js';
import { loadModels, open, refusedLive } from './models.js';
import * as about from './panels/about.js';
import * as banner from './panels/banner.js';
import * as bookmarks from './panels/bookmarks.js';
import * as classLink from './panels/class_link.js';
import * as drop from './panels/drop.js';
import * as hint from './panels/hint.js';
import * as keys from './panels/keys.js';
import * as map from './panels/map.js';
import * as ownSets from './panels/own_sets.js';
import * as picker from './panels/picker.js';
import * as sliders from './panels/sliders.js';
import * as slots from './panels/slots.js';
import * as stage from './panels/stage.js';
import * as status from './panels/status.js';
import * as tools from './panels/tools.js';
import * as upload from './panels/upload.js';
import * as workspace from './panels/workspace.js';
import { followAddress, readAddress } from './permalink.js';
import { loadPoints } from './points.js';
import { initialState } from './state.js';
import { Store } from './store.js';
import { broughtBack, place, placeWaiting, restore } from './uploads.js';

const PANELS = {
  picker,
  status,
  tools,
  banner,
  stage,
  upload,
  slots,
  sliders,
  workspace,
  map,
  hint,
  about,
  'class-link': classLink,
  bookmarks,
  keys,
  'own-sets': ownSets,
  room: drop,
};

/** @param {Store} store @param {Api} api the live connection's news, told to the store */
function followLive(store, api) {
  const { live } = api;
  live.addEventListener('mode', (event) => {
    const mode = /** @type {CustomEvent} */ (event).detail;
    store.set({ connection: { ...store.state.connection, mode } });
    if (mode !== 'lost' && !store.state.models && store.state.failure) regain(store, api);
  });
  live.addEventListener('back', () => regain(store, api));
  live.addEventListener('refused', (event) => refusedLive(store, api, /** @type {CustomEvent} */ (event).detail));
  api.onoffline = () => {
    if (live.mode === 'http') live.become('lost');
  };
}

/** @param {Store} store @param {Api} api the server is back: ask again for what was missing */
async function regain(store, api) {
  const { models, detail, model, points, upload: picture } = store.state;
  document.dispatchEvent(new CustomEvent('server-back'));
  if (points?.failure) {
    store.set({ points: null });
    loadPoints(store, api);
  }
  if (!models) await start(store, api);
  else if (detail?.id !== model) await open(store, api);
  else if (picture?.waiting) await placeWaiting(store, api);
  else if (picture && !picture.busy && picture.model !== model) await place(store, api, { move: false });
}

/** @param {Store} store @param {Api} api */
async function start(store, api) {
  try {
    await loadModels(store, api);
    const { device, runtime } = await api.about();
    store.set({ machine: { device, runtime } });
  } catch (error) {
    store.set({ failure: sentence(error) });
  }
}

async function main() {
  const api = new Api(document.documentElement.dataset.root ?? '');
  api.live = new Live(api);
  const { view, warning } = readAddress();
  const store = new Store({ ...initialState(), ...view, warning });
  followLive(store, api);
  for (const [id, panel] of Object.entries(PANELS)) {
    const element = document.getElementById(id);
    if (element) panel.mount(element, store, api);
  }
  followAddress(store);
  store.subscribe((state, before) => {
    if (state.model !== before.model) open(store, api);
  });
  store.ontravel = (before) => broughtBack(store, api, before);
  api.live.open();
  await restore(store);
  await start(store, api);
  store.forgetSteps();
}

main();
