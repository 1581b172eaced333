/**
 * The Map tab: the reference set under a PCA, coloured by class; the current point, A, B and the path move over it.
 */

import { button, el, grouped, lifetime } from '../dom.js';
import { loadPoints } from '../points.js';
import { mapBoard } from './map_board.js';
import { legend } from './map_legend.js';
import { addPictures } from './own_sets.js';

/** @typedef {import('../store.js').Store} Store */
/** @typedef {import('../api.js').Api} Api */
/** @typedef {import('../state.js').State} State */

/** @param {HTMLElement} root @param {Store} store @param {Api} api @returns {() => void} */
export function mount(root, store, api) {
  const life = lifetime();
  const keys = legend(store);
  const board = mapBoard(store, api);
  const facts = el('p', { class: 'second map-facts', testid: 'map-facts' });
  const zoom = el(
    'div',
    { class: 'segments', role: 'group', 'aria-label': 'Zoom' },
    button({ label: 'Zoom in', icon: 'plus', press: () => board.zoom(1.5) }),
    button({ label: 'Zoom out', icon: 'minus', press: () => board.zoom(1 / 1.5) }),
    button({ label: 'Show the whole map', icon: 'fit', testid: 'map-fit', press: () => board.fit() }),
  );
  root.append(el('div', { class: 'map-head' }, keys.element, zoom), board.element, el('div', { class: 'map-foot' }, facts, addPictures()));

  let wanted = false;
  const load = () => {
    if (wanted && store.state.detail && store.state.latent && root.offsetParent !== null) loadPoints(store, api);
  };
  const observer = new ResizeObserver(() => load());
  observer.observe(root);
  const begin = () => {
    wanted = true;
    load();
  };
  document.addEventListener('picture-drawn', () => afterwards(begin), { once: true, signal: life.signal });
  const patience = setTimeout(begin, 4000);
  life.add(
    keys.end,
    board.end,
    store.watch((state) => [state.detail, state.latent === null, state.tab, state.connection.mode], load),
    store.watch(
      (state) => [state.points, state.detail, state.failure, state.space],
      (state) => {
        facts.textContent = factsOf(state);
      },
    ),
    () => clearTimeout(patience),
    () => observer.disconnect(),
    () => root.replaceChildren(),
  );
  return life.end;
}

/** @param {() => void} act when the browser has nothing better to do: the sliders come first */
function afterwards(act) {
  if ('requestIdleCallback' in globalThis) requestIdleCallback(act, { timeout: 1500 });
  else setTimeout(act, 200);
}

/** @param {Readonly<State>} state @returns {string} */
function factsOf({ points, detail, failure, space }) {
  if (failure && !detail) return '';
  if (!detail || points?.model !== detail.id) return 'The map is on its way\u2026';
  if (points.failure) return points.failure;
  const shown = detail.sets.find((set) => set.name === points.set)?.space ?? '';
  if (space && space !== shown)
    return `A map of ${shown.toUpperCase()}: your point of ${space.toUpperCase()} has no place on it. A click takes a point of ${shown.toUpperCase()}.`;
  const count = `All ${grouped(points.count)} points shown`;
  if (!points.explained) return count;
  const [first, second] = points.explained.map((share) => Math.round(share * 100));
  return `${count} \u00b7 PCA axes hold ${first}% (across) and ${second}% (up) of the variance`;
}
