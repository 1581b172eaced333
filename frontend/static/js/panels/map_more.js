/**
 * What else there is about the map: which set, two or three dimensions, a fit of one's own, the control map, the export.
 */

import { button, el, lifetime } from '../dom.js';
import { chosen } from '../map_choice.js';
import { setOf } from '../mapping.js';
import { selectShown } from '../selecting.js';
import { savePng, saveSvg } from './map_export.js';

/** @typedef {import('../store.js').Store} Store */
/** @typedef {import('../api.js').Api} Api */
/** @typedef {import('./map_board.js').Board} Board */

const FORMATS = { csv: 'CSV', parquet: 'Parquet', npy: '.npy' };

/**
 * @param {Store} store @param {Api} api @param {Board} board @param {() => void} fit opens the dialog
 * @returns {{element: HTMLElement, open: (from: HTMLElement) => void, end: () => void}}
 */
export function morePanel(store, api, board, fit) {
  const life = lifetime();
  const element = el('div', { class: 'menu map-more', role: 'dialog', 'aria-label': 'More about the map', popover: 'auto', testid: 'map-more-panel' });
  const close = () => element.hidePopover();
  const set = setChoice(store);
  const dims = dimsChoice(store);
  const own = button({
    label: 'Fit\u2026',
    testid: 'map-fit-open',
    title: 'Make this map with other parameters, or another seed',
    press: () => {
      close();
      fit();
    },
  });
  const control = controlSwitch(store);
  const all = button({ label: 'Select what is shown', testid: 'map-select-shown', title: 'Ctrl A on the map', press: () => selectShown(store) });
  const links = Object.entries(FORMATS).map(([format, text]) =>
    el('a', { class: 'button', download: true, text, 'data-format': format, testid: `map-export-${format}` }),
  );
  const pictures = [
    button({ label: 'PNG', testid: 'map-png', press: () => savePng(store, board) }),
    button({ label: 'SVG', testid: 'map-svg', press: () => saveSvg(store, board) }),
  ];
  element.append(
    row('Points of', set.element),
    row('Dimensions', dims.element, own),
    control.element,
    row('Selection', all),
    row('Save the map', ...pictures),
    row('Save the points', ...links),
  );
  life.add(
    set.end,
    dims.end,
    control.end,
    store.watch(
      (state) => [state.mapped, state.detail, state.map],
      ({ mapped, detail, map }) => {
        own.disabled = !mapped || map.method === 'pca'; // a PCA has nothing to set
        for (const link of links) {
          if (mapped && detail && mapped.count > 0)
            link.setAttribute('href', api.exportAddress(detail.id, mapped.set, mapped.query, link.dataset.format ?? ''));
          else link.removeAttribute('href');
        }
      },
    ),
  );
  return {
    element,
    end: life.end,
    open(from) {
      element.addEventListener(
        'toggle',
        (event) => from.setAttribute('aria-expanded', String(/** @type {ToggleEvent} */ (event).newState === 'open')),
        { signal: life.signal },
      );
      element.showPopover();
      const { right, bottom } = from.getBoundingClientRect();
      const { width, height } = element.getBoundingClientRect();
      element.style.left = `${Math.max(8, Math.min(right - width, innerWidth - width - 8))}px`;
      element.style.top = `${Math.max(8, Math.min(bottom + 4, innerHeight - height - 8))}px`;
      /** @type {HTMLElement|null} */ (element.querySelector('select:not(:disabled), button:not(:disabled)'))?.focus();
    },
  };
}

/** @param {string} title @param {...HTMLElement} controls */
function row(title, ...controls) {
  return el('div', { class: 'map-more-row' }, el('span', { class: 'second', text: title }), el('div', { class: 'map-more-controls' }, ...controls));
}

/** @param {Store} store */
function setChoice(store) {
  const element = el('select', { class: 'given-select', 'aria-label': 'Points of', testid: 'map-set' });
  element.addEventListener('change', () => {
    const { map, detail } = store.state;
    const set = detail?.sets.find((one) => one.name === element.value);
    store.set({ map: chosen(map, { set: set?.default ? '' : element.value }), selection: null, filter: '', parts: [], classes: [] });
  });
  const end = store.watch(
    (state) => [state.detail, state.map],
    ({ detail, map }) => {
      const sets = detail?.sets ?? [];
      element.replaceChildren(...sets.map(({ name, title }) => el('option', { value: name, text: title || name })));
      element.value = detail && sets.length > 0 ? setOf(detail, map) : '';
      element.disabled = sets.length < 2;
    },
  );
  return { element, end };
}

/** @param {Store} store */
function dimsChoice(store) {
  const make = (/** @type {2|3} */ dims) =>
    button({
      label: `${dims}-D`,
      testid: `map-dims-${dims}`,
      press: () => store.set({ map: chosen(store.state.map, { dims }), tool: '' }),
    });
  const buttons = [make(2), make(3)];
  const element = el('div', { class: 'segments', role: 'group', 'aria-label': 'Dimensions of the map' }, ...buttons);
  const end = store.watch(
    (state) => [state.map, state.mapped],
    ({ map, mapped }) => {
      buttons.forEach((one, index) => one.setAttribute('aria-pressed', String(map.dims === index + 2)));
      buttons[1].disabled = (mapped?.size ?? 3) < 3;
      buttons[1].title = buttons[1].disabled ? 'Latents of two numbers have no third direction' : '';
    },
  );
  return { element, end };
}

/** @param {Store} store */
function controlSwitch(store) {
  const input = el('input', {
    type: 'checkbox',
    testid: 'map-control',
    on: { change: () => store.set({ map: chosen(store.state.map, { control: input.checked }) }) },
  });
  const words = 'The same method on latents whose dimensions were shuffled: whatever it shows, the data did not put there.';
  const element = el(
    'label',
    { class: 'map-more-check' },
    input,
    el('span', {}, 'Shuffled control map', el('span', { class: 'second', text: words })),
  );
  const end = store.watch(
    (state) => [state.map],
    ({ map }) => {
      input.checked = map.control;
    },
  );
  return { element, end };
}
