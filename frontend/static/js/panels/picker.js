/**
 * The model picker: a button in the top line that names the open model, and the dialog of all models behind it.
 */

import { el, icon, kindName, lifetime } from '../dom.js';
import { pick } from '../models.js';

/** @typedef {import('../api.js').ModelEntry} ModelEntry */

/**
 * @param {HTMLElement} root
 * @param {import('../store.js').Store} store
 * @param {import('../api.js').Api} api
 * @returns {() => void}
 */
export function mount(root, store, api) {
  const life = lifetime();
  const title = el('strong', { text: 'Looking for models\u2026' });
  const facts = el('span', { class: 'second' });
  const opener = el(
    'button',
    {
      type: 'button',
      class: 'button picker-button',
      testid: 'model-picker',
      'aria-haspopup': 'dialog',
      on: { click: () => open() },
    },
    el('span', { class: 'picker-text' }, el('span', { class: 'hidden', text: 'Model:' }), title, facts),
    icon('chevron'),
  );
  /** @type {Promise<ReturnType<typeof import('./picker_dialog.js').modelDialog>>|null} made when it is first wanted */
  let made = null;
  const dialog = async () => {
    const { modelDialog } = await import('./picker_dialog.js');
    const one = modelDialog({
      strip: (entry) => api.stripAddress(entry),
      choose: (entry) => pick(store, entry.id),
    });
    root.append(one.element);
    one.fill(store.state.models ?? []);
    return one;
  };
  const open = async () => {
    made ??= dialog();
    (await made).open(store.state.model);
  };
  root.append(opener);
  life.add(
    store.watch(
      (state) => [state.models, state.model],
      ({ models, model }) => {
        const entry = models?.find((one) => one.id === model);
        if (models) title.textContent = entry?.title ?? (models.length === 0 ? 'No models' : 'Choose a model');
        facts.textContent = entry ? factsOf(entry) : '';
        opener.disabled = !models || models.length === 0;
      },
    ),
    store.watch(
      (state) => [state.models],
      async ({ models }) => (await made)?.fill(models ?? []),
    ),
    () => root.replaceChildren(),
  );
  return life.end;
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
