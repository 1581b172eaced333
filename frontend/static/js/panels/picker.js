/**
 * The model picker: a button and a listbox, after the WAI-ARIA listbox pattern. Broken models stand in it with the
 * reason.
 */

import { el, icon, kindName, lifetime } from '../dom.js';
import { pick } from '../models.js';

/** @typedef {import('../api.js').ModelEntry} ModelEntry */

/** @param {HTMLElement} root @param {import('../store.js').Store} store @returns {() => void} */
export function mount(root, store) {
  const life = lifetime();
  const { opener, list, title, facts } = parts();
  root.append(opener, list);

  opener.addEventListener('click', () => open(opener, list));
  list.addEventListener('toggle', (event) => {
    const closed = /** @type {ToggleEvent} */ (event).newState === 'closed';
    opener.setAttribute('aria-expanded', String(!closed));
    if (closed && list.contains(document.activeElement)) opener.focus();
  });
  list.addEventListener('keydown', (event) => walk(event, list));
  const choose = (/** @type {ModelEntry} */ entry) => {
    list.hidePopover();
    opener.focus();
    pick(store, entry.id);
  };
  life.add(
    store.watch(
      (state) => [state.models, state.model],
      ({ models, model }) => {
        const entry = models?.find((one) => one.id === model);
        if (models) title.textContent = entry?.title ?? (models.length === 0 ? 'No models' : 'Choose a model');
        facts.textContent = entry ? factsOf(entry) : '';
        opener.disabled = !models || models.length === 0;
        list.replaceChildren(...(models ?? []).map((one) => option(one, one.id === model, choose)));
      },
    ),
    () => root.replaceChildren(),
  );
  return life.end;
}

function parts() {
  const title = el('strong', { text: 'Looking for models\u2026' });
  const facts = el('span', { class: 'second' });
  const words = el('span', { class: 'picker-text' }, el('span', { class: 'hidden', text: 'Model:' }), title, facts);
  const opener = el(
    'button',
    {
      type: 'button',
      class: 'button picker-button',
      testid: 'model-picker',
      'aria-haspopup': 'listbox',
      'aria-expanded': 'false',
      'aria-controls': 'models',
    },
    words,
    icon('chevron'),
  );
  const list = el('div', {
    id: 'models',
    class: 'picker-list',
    role: 'listbox',
    'aria-label': 'Model',
    popover: 'auto',
    tabindex: '-1',
    testid: 'models',
  });
  return { opener, list, title, facts };
}

/**
 * @param {ModelEntry} entry
 * @returns {string} `VAE · Fashion-MNIST 28×28 · 16 dimensions`, without what the title says already
 */
function factsOf({ title, kind, dataset, image, latent, status }) {
  if (status === 'broken') return 'cannot be used';
  const size = image ? ` ${image.width}\u00d7${image.height}` : '';
  const dimensions = `${latent} dimensions`;
  const facts = [kindName(kind), `${dataset}${size}`, dimensions];
  return facts.filter((fact) => !title.includes(fact)).join(' \u00b7 ');
}

/** @param {ModelEntry} entry @param {boolean} selected @param {(entry: ModelEntry) => void} choose */
function option(entry, selected, choose) {
  const broken = entry.status === 'broken';
  return el(
    'div',
    {
      class: 'picker-option',
      role: 'option',
      tabindex: '-1',
      'aria-selected': String(selected),
      'aria-disabled': broken ? 'true' : null,
      testid: `model-${entry.id}`,
      on: {
        click: () => {
          if (!broken) choose(entry);
        },
      },
    },
    el(
      'p',
      { class: 'picker-line' },
      el('strong', { text: entry.title }),
      el('span', { class: 'second', text: factsOf(entry) }),
    ),
    el('p', {
      class: broken ? 'bad' : 'second',
      text: broken ? (entry.reason ?? 'Its folder is damaged.') : entry.description,
    }),
  );
}

/** @param {HTMLElement} opener @param {HTMLElement} list */
function open(opener, list) {
  const { left, bottom, width } = opener.getBoundingClientRect();
  list.style.left = `${left}px`;
  list.style.width = `${width}px`;
  list.style.top = `${bottom + 6}px`;
  list.togglePopover();
  const selected = /** @type {HTMLElement|null} */ (
    list.querySelector('[aria-selected="true"]') ?? list.firstElementChild
  );
  if (list.matches(':popover-open')) selected?.focus();
}

/** @param {KeyboardEvent} event @param {HTMLElement} list */
function walk(event, list) {
  const options = /** @type {HTMLElement[]} */ ([...list.children]);
  const at = options.indexOf(/** @type {HTMLElement} */ (document.activeElement));
  const to = {
    ArrowDown: Math.min(at + 1, options.length - 1),
    ArrowUp: Math.max(at - 1, 0),
    Home: 0,
    End: options.length - 1,
  }[event.key];
  if (to !== undefined) {
    event.preventDefault();
    options[to]?.focus();
  } else if (event.key === 'Enter' || event.key === ' ') {
    event.preventDefault();
    options[at]?.click();
  } else if (event.key.length === 1) {
    const wanted = event.key.toLowerCase();
    [...options.slice(at + 1), ...options.slice(0, at + 1)]
      .find((one) => one.textContent?.toLowerCase().startsWith(wanted))
      ?.focus();
  }
}
