/**
 * The Path tab: keyframes in a row, the walk through them, and three roads under one another, each with what it is like.
 */

import { el, lifetime } from '../dom.js';
import { keyframesOf, METHODS } from '../walk.js';
import { mixing } from './mixing.js';
import { exporter } from './path_export.js';
import { geodesicControls } from './path_lambda.js';
import { keyframes } from './path_keyframes.js';
import { measureRoads } from './path_measures.js';
import { player } from './path_play.js';
import { roadPart } from './path_road.js';

/** @typedef {import('../store.js').Store} Store */
/** @typedef {import('../api.js').Api} Api */

/** @param {HTMLElement} root @param {Store} store @param {Api} api @returns {() => void} */
export function mount(root, store, api) {
  const life = lifetime();
  const row = keyframes(store, api);
  const walk = player(store);
  const file = exporter(store, api, walk.play);
  const controls = geodesicControls(store, api);
  const empty = el(
    'p',
    { class: 'empty-words' },
    'Keep two points, and the path between them stands here, along three roads: find one with the sliders, an example or the map, press ',
    el('strong', { text: 'Add this point' }),
    ', find another, and press it again. More points may follow.',
  );
  const roads = METHODS.map((method) => roadPart(store, api, method, ...(method === 'geodesic' ? [controls.element] : [])));
  const whole = el('div', { class: 'roads' }, walk.element, ...roads.map((road) => road.element), file.element);
  const mix = mixing(store, api);
  root.append(row.element, empty, mix.element, whole);
  life.add(
    row.end,
    walk.end,
    file.end,
    controls.end,
    ...roads.map((road) => road.end),
    mix.end,
    measureRoads(store, api, (all) => {
      const most = Math.max(...Object.values(all).map(({ changes }) => Math.max(...changes)), 1e-6);
      for (const [index, method] of METHODS.entries()) roads[index].show(all[method], most);
    }),
    store.watch(
      (state) => [keyframesOf(state).length > 0],
      (state) => {
        const both = keyframesOf(state).length > 0;
        empty.hidden = both;
        whole.hidden = !both;
      },
    ),
    () => root.replaceChildren(),
  );
  return life.end;
}
