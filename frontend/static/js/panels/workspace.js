/**
 * The tabs of the workspace (WAI-ARIA tabs), and on a narrow page the sheet they are in.
 */

import { lifetime } from '../dom.js';

/** @param {HTMLElement} root @param {import('../store.js').Store} store @returns {() => void} */
export function mount(root, store) {
  const life = lifetime();
  const { signal } = life;
  const tabs = /** @type {HTMLElement[]} */ ([...root.querySelectorAll('[role=tab]')]);
  const handle = /** @type {HTMLElement} */ (root.querySelector('.sheet-handle'));
  const lift = (/** @type {boolean} */ open) => {
    root.classList.toggle('lifted', open);
    handle.setAttribute('aria-expanded', String(open));
    handle.textContent = open ? 'Close' : 'Open';
  };
  const choose = (/** @type {HTMLElement} */ tab) => store.set({ tab: tab.dataset.tab });

  for (const tab of tabs) {
    tab.addEventListener('click', () => {
      choose(tab);
      lift(true);
    }, { signal });
    tab.addEventListener('keydown', (event) => {
      const at = tabs.indexOf(tab);
      const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: -1 }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      const next = /** @type {HTMLElement} */ (tabs.at(to % tabs.length));
      next.focus();
      choose(next);
    }, { signal });
  }
  handle.addEventListener('click', () => lift(!root.classList.contains('lifted')), { signal });
  root.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && root.classList.contains('lifted')) {
      lift(false);
      handle.focus();
    }
  }, { signal });
  life.add(store.watch((state) => [state.tab], (state) => {
    for (const tab of tabs) {
      const open = tab.dataset.tab === state.tab;
      tab.setAttribute('aria-selected', String(open));
      tab.tabIndex = open ? 0 : -1;
      const panel = document.getElementById(tab.getAttribute('aria-controls') ?? '');
      if (panel) panel.hidden = !open;
    }
  }));
  return life.end;
}
