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
    return (detail?.samplers ?? []).map(({ name, title }, index) => ({
      label: title,
      checked: name === (sampler || detail?.samplers[0].name),
      act: () => choose(index === 0 ? '' : name),
    }));
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
    (state) => [state.detail, state.space],
    ({ detail, space }) => {
      element.hidden = space === 'z' || (detail?.samplers.length ?? 0) < 2;
    },
  );
  return { element, end };
}
