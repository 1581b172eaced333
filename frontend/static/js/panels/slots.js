/**
 * Between A and B, on the stage: two kept points, a scrubber and a strip between them.
 */

import { button, el, lifetime } from '../dom.js';
import { sentence } from '../api.js';
import { fileOf } from '../uploads.js';
import { methodOf, say } from '../models.js';
import { keepPoint, keyframesOf } from '../walk.js';
import { methodToggle, scrubber, slotPicture, strip } from './strip.js';

/** @typedef {import('../store.js').Store} Store */
/** @typedef {import('../api.js').Api} Api */

/** @param {HTMLElement} root @param {Store} store @param {Api} api @returns {() => void} */
export function mount(root, store, api) {
  const life = lifetime();
  const [a, b] = [slotPicture(store, api, 'a', 'slot-a'), slotPicture(store, api, 'b', 'slot-b')];
  const between = scrubber(store, 'scrubber');
  const method = methodToggle(store, '');
  const steps = strip(store, api, { testid: 'strip' });
  accept(a.element, 'a', store, api);
  accept(b.element, 'b', store, api);
  const keeps = el(
    'div',
    { class: 'keeps' },
    button({
      label: 'Keep A',
      text: 'Keep A',
      title: 'Keep this point in slot A',
      testid: 'keep-a',
      press: () => keepPoint(store, 'a'),
    }),
    button({
      label: 'Keep B',
      text: 'Keep B',
      title: 'Keep this point in slot B',
      testid: 'keep-b',
      press: () => keepPoint(store, 'b'),
    }),
  );
  root.append(
    el(
      'header',
      { class: 'part-head slots-head' },
      el('h2', { text: 'Between A and B' }),
      el('span', { class: 'push' }),
      method.element,
    ),
    el('div', { class: 'ab' }, a.element, el('div', { class: 'ab-middle' }, between.element, keeps), b.element),
    steps.element,
  );
  life.add(lookForRoad(store, api));
  life.add(a.end, b.end, between.end, method.end, steps.end, () => root.replaceChildren());
  return life.end;
}

/** @param {Store} store @param {Api} api what finds a geodesic is loaded when one is first wanted @returns {() => void} */
function lookForRoad(store, api) {
  let asked = false;
  return store.watch(
    (state) => [/** @type {string} */ (methodOf(state)) === 'geodesic' && keyframesOf(state).length > 0],
    async (state) => {
      if (asked || /** @type {string} */ (methodOf(state)) !== 'geodesic' || keyframesOf(state).length === 0) return;
      asked = true;
      const { searchOf } = await import('../tabs/path_geodesic.js');
      searchOf(store, api);
    },
  );
}

/**
 * @param {HTMLElement} element
 * @param {'a'|'b'} slot
 * @param {Store} store
 * @param {Api} api a picture dropped on a slot is kept there
 */
function accept(element, slot, store, api) {
  element.addEventListener('dragover', (event) => event.preventDefault());
  element.addEventListener('drop', async (event) => {
    const file = fileOf(event.dataTransfer);
    const { detail } = store.state;
    if (!file || !detail?.can.encode) return;
    event.preventDefault();
    event.stopPropagation();
    window.dispatchEvent(new DragEvent('drop'));
    try {
      const { latents } = await api.encode(detail.id, file, { skip: [], force: [] });
      if (store.state.detail === detail) store.set({ [slot]: Float32Array.from(latents[0]) });
    } catch (error) {
      say(store, sentence(error));
    }
  });
}
