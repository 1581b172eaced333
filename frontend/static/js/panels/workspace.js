/**
 * The tabs of the workspace (WAI-ARIA tabs), and on a narrow page the sheet they are in.
 *
 * A tab whose panel names a `data-module` is a module of `js/tabs`, loaded and mounted when it is first opened: the
 * first slider does not wait for it.
 */

import { sentence } from '../api.js';
import { el, lifetime, on } from '../dom.js';

/** @param {HTMLElement} root @param {import('../store.js').Store} store @param {import('../api.js').Api} api @returns {() => void} */
export function mount(root, store, api) {
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
  const walk = (/** @type {KeyboardEvent} */ event) => {
    const at = tabs.indexOf(/** @type {HTMLElement} */ (event.currentTarget));
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: -1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const next = /** @type {HTMLElement} */ (tabs.at(to % tabs.length));
    next.focus();
    choose(next);
  };
  const lower = (/** @type {KeyboardEvent} */ event) => {
    if (event.key !== 'Escape' || !root.classList.contains('lifted')) return;
    lift(false);
    handle.focus();
  };
  const press = (/** @type {MouseEvent} */ event) => {
    choose(/** @type {HTMLElement} */ (event.currentTarget));
    lift(true);
  };

  for (const tab of tabs) on(tab, { click: press, keydown: walk }, { signal });
  on(handle, { click: () => lift(!root.classList.contains('lifted')) }, { signal });
  on(root, { keydown: lower }, { signal });
  life.add(
    store.watch(
      (state) => [state.tab],
      (state) => {
        for (const tab of tabs) {
          const open = tab.dataset.tab === state.tab;
          const panel = show(tab, open);
          if (panel && open) fill(panel, store, api, life);
        }
      },
    ),
  );
  return life.end;
}

/** @param {HTMLElement} tab @param {boolean} open @returns {HTMLElement|null} its panel */
function show(tab, open) {
  tab.setAttribute('aria-selected', String(open));
  tab.tabIndex = open ? 0 : -1;
  const panel = document.getElementById(tab.getAttribute('aria-controls') ?? '');
  if (panel) panel.hidden = !open;
  return panel;
}

/**
 * @param {HTMLElement} panel @param {import('../store.js').Store} store @param {import('../api.js').Api} api
 * @param {import('../dom.js').Lifetime} life
 */
async function fill(panel, store, api, life) {
  const { module } = panel.dataset;
  if (!module) return;
  delete panel.dataset.module;
  try {
    const { mount: mountTab } = await import(`../tabs/${module}.js`);
    if (!life.signal.aborted) life.add(mountTab(panel, store, api));
  } catch (error) {
    panel.dataset.module = module;
    panel.replaceChildren(el('p', { class: 'empty-words', text: sentence(error) }));
  }
}
