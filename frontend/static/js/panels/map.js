/**
 * The Map tab: a set of the model as a map; the current point, A, B, the path and the visitor's picture move over it.
 */

import { button, el, lifetime } from '../dom.js';
import { loadMap } from '../mapping.js';
import { loadPoints } from '../points.js';
import { loadRowFacts, wantsRowFacts } from '../row_facts.js';
import { jobLine } from './job_line.js';
import { mapBoard } from './map_board.js';
import { mapFacts } from './map_facts.js';
import { mapHead } from './map_head.js';
import { legend } from './map_legend.js';
import { mapSections } from './map_sections.js';

/** @typedef {import('../store.js').Store} Store */
/** @typedef {import('../api.js').Api} Api */

/** @param {HTMLElement} root @param {Store} store @param {Api} api @returns {() => void} */
export function mount(root, store, api) {
  const life = lifetime();
  const { element, board, end } = mapBoard(store, api);
  const keys = legend(store);
  const facts = mapFacts(store);
  const sections = mapSections(store, api);
  const line = jobLine({ name: 'Map', testid: 'map-job' });
  const measuring = jobLine({ name: 'Measuring the points', testid: 'map-measuring' });
  const head = mapHead(store, api, board);
  const zoom = el(
    'div',
    { class: 'segments map-zoom', role: 'group', 'aria-label': 'Zoom' },
    button({ label: 'Zoom in', icon: 'plus', press: () => board.view.zoom(1.5) }),
    button({ label: 'Zoom out', icon: 'minus', press: () => board.view.zoom(1 / 1.5) }),
    button({ label: 'Show the whole map', icon: 'fit', testid: 'map-fit', press: () => board.fit() }),
  );
  const tools = el('div', { class: 'map-tools' }, choosing(store, life), zoom);
  const frame = el('div', { class: 'map-frame' }, element, tools, el('div', { class: 'map-jobs' }, line.element, measuring.element));
  root.append(head.element, keys.element, frame, facts.element, sections.element);

  let wanted = false;
  const load = () => {
    if (!wanted || !store.state.detail || !store.state.latent || root.offsetParent === null) return;
    loadMap(store, api, (job) => line.follow(api, job));
    loadPoints(store, api);
  };
  const observer = new ResizeObserver(() => load());
  observer.observe(root);
  const begin = () => {
    wanted = true;
    load();
  };
  document.addEventListener('picture-drawn', () => afterwards(begin), { once: true, signal: life.signal });
  document.addEventListener('server-back', load, { signal: life.signal });
  const patience = setTimeout(begin, 4000);
  life.add(
    keys.end,
    head.end,
    facts.end,
    sections.end,
    end,
    line.stop,
    measuring.stop,
    store.watch((state) => [state.map, state.model], () => line.stop()), // nobody waits for what was wanted before
    store.watch((state) => [state.detail, state.latent === null, state.tab, state.map, state.connection.mode], load),
    store.watch(
      (state) => [wantsRowFacts(state), state.mapped?.set, state.detail],
      (state) => wantsRowFacts(state) && loadRowFacts(store, api, measuring),
    ),
    () => clearTimeout(patience),
    () => observer.disconnect(),
    () => root.replaceChildren(),
  );
  return life.end;
}

/** @param {Store} store @param {import('../dom.js').Lifetime} life @returns {HTMLElement} the tools that choose points */
function choosing(store, life) {
  const make = (/** @type {'lasso'|'box'} */ tool, /** @type {string} */ label) =>
    button({ label, icon: tool, testid: `map-${tool}`, press: () => store.set({ tool: store.state.tool === tool ? '' : tool }) });
  const [lasso, box] = [make('lasso', 'Select with a lasso'), make('box', 'Select with a box')];
  life.add(
    store.watch(
      (state) => [state.tool, state.mapped?.dims],
      ({ tool, mapped }) => {
        lasso.setAttribute('aria-pressed', String(tool === 'lasso'));
        box.setAttribute('aria-pressed', String(tool === 'box'));
        for (const one of [lasso, box]) one.disabled = mapped?.dims === 3;
      },
    ),
  );
  return el('div', { class: 'segments', role: 'group', 'aria-label': 'Select points' }, lasso, box);
}

/** @param {() => void} act when the browser has nothing better to do: the sliders come first */
function afterwards(act) {
  if ('requestIdleCallback' in globalThis) requestIdleCallback(act, { timeout: 1500 });
  else setTimeout(act, 200);
}
