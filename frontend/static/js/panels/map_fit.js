/**
 * A map of one's own: the method's parameters, each explained, and a seed. What it starts is a job; the old map stays.
 */

import { button, el, lifetime } from '../dom.js';
import { chosen } from '../map_choice.js';
import { methodsOf } from '../map_methods.js';
import { setOf } from '../mapping.js';

/** @typedef {import('../store.js').Store} Store */
/** @typedef {import('../api.js').Api} Api */
/** @typedef {import('../api.js').MapParameter} MapParameter */
/** @typedef {{parameter: MapParameter, input: HTMLInputElement, element: HTMLElement}} Row */

const QUIET = 60_000; // ms without a hand on the page, after which the server may get ready
const MOST_SEED = 2 ** 32 - 1;

/** @param {Store} store @param {Api} api @returns {{element: HTMLDialogElement, open: () => void, end: () => void}} */
export function fitDialog(store, api) {
  const life = lifetime();
  const title = el('h2', { id: 'map-fit-title' });
  const words = el('p', { class: 'second' });
  const list = el('div', { class: 'fit-list' });
  const seed = el('input', { type: 'number', class: 'field number', min: 0, max: MOST_SEED, step: 1, 'aria-label': 'Seed', placeholder: 'own', testid: 'fit-seed' });
  const close = button({ label: 'Close', icon: 'close', class: 'quiet', press: () => element.close() });
  const reset = button({ label: 'Back to standard', testid: 'fit-reset', press: () => (fill(rows, {}), (seed.value = '')) });
  const go = button({ label: 'Fit', class: 'primary', testid: 'fit-go', type: 'submit' });
  const form = el(
    'form',
    { class: 'fit-body', method: 'dialog' },
    words,
    list,
    el('label', { class: 'fit-row' }, el('span', { text: 'Seed' }), seed, el('span', { class: 'second fit-words', text: 'Another seed, another start: what both maps show can be trusted more.' })),
    el('div', { class: 'fit-buttons' }, reset, el('span', { class: 'push' }), go),
  );
  const element = el('dialog', { class: 'about map-fit', 'aria-labelledby': 'map-fit-title', testid: 'map-fit-dialog' }, el('header', {}, title, close), form);
  /** @type {Row[]} */
  let rows = [];

  form.addEventListener('submit', () => {
    const parameters = Object.fromEntries(
      rows.flatMap(({ parameter, input }) => (input.valueAsNumber === parameter.default ? [] : [[parameter.name, input.valueAsNumber]])),
    );
    const value = seed.value === '' ? null : Math.max(0, Math.min(MOST_SEED, Math.round(seed.valueAsNumber)));
    store.set({ map: chosen(store.state.map, { parameters: Object.freeze(parameters), seed: value }) });
  });
  element.addEventListener('click', (event) => {
    if (event.target === element) element.close();
  });
  life.add(warmWhenQuiet(store, api));

  async function open() {
    const { detail, map } = store.state;
    if (!detail) return;
    warm(store, api);
    const methods = await methodsOf(api, detail, setOf(detail, map));
    const method = methods.find(({ name }) => name === map.method);
    if (!method || store.state.detail !== detail) return;
    title.textContent = `Fit ${method.title}`;
    words.textContent = method.description;
    rows = method.parameters.map(rowOf);
    list.replaceChildren(...rows.map((one) => one.element));
    fill(rows, map.parameters);
    seed.value = map.seed === null ? '' : String(map.seed);
    element.showModal();
  }
  return { element, open, end: life.end };
}

/** @param {MapParameter} parameter @returns {Row} */
function rowOf(parameter) {
  const { name, low, high, step } = parameter;
  const output = el('output', { class: 'number' });
  const input = el('input', { type: 'range', min: low, max: high, step, 'aria-label': parameter.title, testid: `fit-${name}` });
  const show = () => {
    output.textContent = input.value;
    input.style.setProperty('--along', String((input.valueAsNumber - low) / (high - low)));
  };
  input.addEventListener('input', show);
  const element = el(
    'label',
    { class: 'fit-row' },
    el('span', { text: parameter.title }),
    el('span', { class: 'fit-range' }, input, output),
    el('span', { class: 'second fit-words', text: parameter.explanation }),
  );
  return { parameter, input, element };
}

/** @param {Row[]} rows @param {Readonly<Record<string, number>>} values those that are not the method's own */
function fill(rows, values) {
  for (const { parameter, input } of rows) {
    input.value = String(values[parameter.name] ?? parameter.default);
    input.dispatchEvent(new Event('input'));
  }
}

/** @type {WeakSet<object>} the stores whose server was told */
const warmed = new WeakSet();

/** @param {Store} store @param {Api} api once; nobody waits for it, and nothing is lost without */
function warm(store, api) {
  const { detail } = store.state;
  if (!detail || warmed.has(store)) return;
  warmed.add(store);
  api.warm(detail.id).catch((error) => console.debug('not warmed:', error));
}

/** @param {Store} store @param {Api} api @returns {() => void} ends it */
function warmWhenQuiet(store, api) {
  let timer = 0;
  const done = new AbortController();
  const quiet = () => {
    const { tab, mapped } = store.state;
    if (document.hidden || tab !== 'map' || !mapped) return;
    done.abort();
    warm(store, api);
  };
  const again = () => {
    clearTimeout(timer);
    timer = setTimeout(quiet, QUIET);
  };
  for (const type of ['pointermove', 'pointerdown', 'keydown', 'wheel'])
    addEventListener(type, again, { passive: true, signal: done.signal });
  again();
  return () => {
    clearTimeout(timer);
    done.abort();
  };
}
