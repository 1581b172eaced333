/**
 * The page: one store, one way to the server, and a panel for each part of the skeleton.
 */

import { Api, sentence } from './api.js';
import { Live } from './live.js';
import { loadModels, open, refusedLive } from './models.js';
import * as banner from './panels/banner.js';
import * as hint from './panels/hint.js';
import * as picker from './panels/picker.js';
import * as sliders from './panels/sliders.js';
import * as stage from './panels/stage.js';
import * as status from './panels/status.js';
import * as tools from './panels/tools.js';
import { followAddress, readAddress } from './permalink.js';
import { loadPoints } from './points.js';
import { initialState } from './state.js';
import { Store } from './store.js';
import { broughtBack, place, placeWaiting, restore } from './uploads.js';

const PANELS = { picker, status, tools, banner, stage, sliders, hint };
/** So long the rest of the page waits for a first picture at most: where there is none, it is needed all the more. */
const PATIENCE_MS = 8000;

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
    hearOfMachine(store, api); // which may take until the runtime is loaded
  } catch (error) {
    store.set({ failure: sentence(error) });
  }
}

/** @param {Store} store @param {Api} api */
async function hearOfMachine(store, api) {
  try {
    const { device, runtime } = await api.about();
    store.set({ machine: { device, runtime } });
  } catch (error) {
    store.set({ failure: sentence(error) });
  }
}

/**
 * What the first slider does not need comes once it can move: its modules all at once, its styles before its panels.
 * @param {Store} store @param {Api} api
 */
async function mountRest(store, api) {
  await firstPicture(store, api.live);
  const later = /** @type {HTMLTemplateElement} */ (document.getElementById('later')).content;
  const styles = [...later.querySelectorAll('link[rel=stylesheet]')].map(
    (link) => new Promise((done) => ['load', 'error'].forEach((end) => link.addEventListener(end, done))),
  );
  document.head.append(later);
  const [{ mountAll }] = await Promise.all([import('./rest.js'), ...styles]);
  mountAll(store, api);
  document.documentElement.dataset.whole = '';
}

/**
 * The rest must not come between a hand that is quick and its picture, so it waits for an answer that is on its way.
 * @param {Store} store @param {Live} live
 * @returns {Promise<void>} when the picture is there and the page has time, or when none will come
 */
const firstPicture = (store, live) =>
  new Promise((done) => {
    let timer = 0;
    const over = () => {
      clearTimeout(timer);
      unwatch();
      document.removeEventListener('picture-drawn', drawn);
      done();
    };
    const drawn = () => {
      const act = () => {
        if (!live.busy) over();
      };
      if (globalThis.requestIdleCallback) requestIdleCallback(act, { timeout: 300 });
      else setTimeout(act);
    };
    const unwatch = store.subscribe((state) => {
      if (state.failure || state.connection.mode === 'lost') over();
    });
    document.addEventListener('picture-drawn', drawn);
    timer = setTimeout(over, PATIENCE_MS);
  });

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
  const rest = mountRest(store, api);
  followAddress(store);
  store.subscribe((state, before) => {
    if (state.model !== before.model) open(store, api);
  });
  store.ontravel = (before) => broughtBack(store, api, before);
  api.live.open();
  await restore(store);
  await start(store, api);
  store.forgetSteps();
  await rest;
}

main();
