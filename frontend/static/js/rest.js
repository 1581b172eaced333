/**
 * The panels that come after the first picture: `main.js` loads them once a slider can move.
 */

import * as about from './panels/about.js';
import * as bookmarks from './panels/bookmarks.js';
import * as classLink from './panels/class_link.js';
import * as drop from './panels/drop.js';
import * as keys from './panels/keys.js';
import * as map from './panels/map.js';
import * as ownSets from './panels/own_sets.js';
import './panels/picker_dialog.js';
import * as slots from './panels/slots.js';
import * as upload from './panels/upload.js';
import * as workspace from './panels/workspace.js';

const PANELS = { upload, slots, workspace, map, about, 'class-link': classLink, bookmarks, keys, 'own-sets': ownSets, room: drop };

/** @param {import('./store.js').Store} store @param {import('./api.js').Api} api */
export function mountAll(store, api) {
  for (const [id, panel] of Object.entries(PANELS)) {
    const element = document.getElementById(id);
    if (element) panel.mount(element, store, api);
  }
}
