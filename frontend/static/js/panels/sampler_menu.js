/**
 * What random points are drawn from, for a model that has more than its prior: a menu beside the button.
 */

import { button, el } from '../dom.js';
import { drawRandom } from '../models.js';
import { menu } from './menu.js';

/**
 * @param {import('../store.js').Store} store @param {import('../api.js').Api} api
 * @returns {{element: HTMLElement, end: () => void}}
 */
export function samplerMenu(store, api) {
  const choose = (/** @type {string} */ sampler) => {
    store.set({ sampler });
    drawRandom(store, api);
  };
  const items = () => {
    const { detail, sampler } = store.state;
    const known = (detail?.samplers ?? []).map(({ name, title }, index) => ({
      label: title,
      checked: name === (sampler || detail?.samplers[0].name),
      act: () => choose(index === 0 ? '' : name),
    }));
    const own = className(store.state);
    return own ? [...known, { label: `One class: ${own}`, checked: true, act: () => choose(sampler) }] : known;
  };
  const choices = menu({ label: 'Draw random points from', items, testid: 'sampler-menu' });
  const more = button({
    label: 'Draw random points from\u2026',
    icon: 'chevron',
    'aria-haspopup': 'menu',
    'aria-expanded': 'false',
    testid: 'sampler',
  });
  more.addEventListener('click', () => {
    const { left, bottom } = more.getBoundingClientRect();
    choices.open(left, bottom + 4, more);
  });
  const element = el('span', { hidden: true }, more, choices.element);
  const end = store.watch(
    (state) => [state.detail, state.space, state.sampler],
    (state) => {
      const several = (state.detail?.samplers.length ?? 0) > 1 || className(state) !== '';
      element.hidden = state.space === 'z' || !several;
    },
  );
  return { element, end };
}

/** @param {Readonly<import('../state.js').State>} state @returns {string} the class drawn from (Samples tab), '' for none */
function className({ detail, sampler }) {
  const index = /^class\.(\d+)$/.exec(sampler)?.[1];
  return detail?.sets.find((set) => set.default)?.classes[Number(index)] ?? '';
}
