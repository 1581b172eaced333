/**
 * The one line over the map: how it is made, what colours it, which points are shown; the rest is behind one button.
 */

import { button, el, lifetime } from '../dom.js';
import { choicesOf } from '../colouring.js';
import { chosen, PLAIN_MAP } from '../map_choice.js';
import { filterOf } from '../map_filter.js';
import { methodsOf, TITLES } from '../map_methods.js';
import { setOf } from '../mapping.js';
import { fitDialog } from './map_fit.js';
import { morePanel } from './map_more.js';

/** @typedef {import('../store.js').Store} Store */
/** @typedef {import('../api.js').Api} Api */
/** @typedef {import('../map_methods.js').MapMethod} MapMethod */
/** @typedef {{element: HTMLElement, end: () => void}} Part */

const REST = 160; // ms after a key before the filter is read
const UNFINISHED = 1200; // ms after a key before somebody who still writes is told that nothing is called so

/** @param {Store} store @param {Api} api @param {import('./map_board.js').Board} board @returns {Part} */
export function mapHead(store, api, board) {
  const life = lifetime();
  const fit = fitDialog(store, api);
  const more = morePanel(store, api, board, () => fit.open());
  const method = methodChoice(store, api);
  const colour = colourChoice(store);
  const filter = filterField(store);
  const open = button({
    label: 'More about the map',
    icon: 'more',
    class: 'map-more-button',
    'aria-haspopup': 'dialog',
    'aria-expanded': 'false',
    testid: 'map-more',
    press: () => more.open(open),
  });
  const line = el('div', { class: 'map-line' }, method.element, colour.element, filter.element, open);
  const element = el('div', { class: 'map-head' }, line, filter.failure, more.element, fit.element);
  life.add(method.end, colour.end, filter.end, more.end, fit.end);
  return { element, end: life.end };
}

/** @param {Store} store @param {Api} api @returns {Part} */
function methodChoice(store, api) {
  const element = el('select', { class: 'given-select map-method', 'aria-label': 'Map by', testid: 'map-method' });
  const options = Object.entries(TITLES).map(([name, title]) => el('option', { value: name, text: title }));
  element.append(...options);
  element.addEventListener('change', () => {
    const { map } = store.state;
    // A method has parameters of its own, and the standard map of each is there at once.
    store.set({ map: chosen(PLAIN_MAP, { method: element.value, set: map.set, dims: map.dims }) });
  });
  // The server looks for the standard map of each method: it is asked when somebody is about to choose.
  const learn = async () => {
    const { detail, map } = store.state;
    const set = detail ? setOf(detail, map) : '';
    if (!detail || set === '') return;
    const methods = await methodsOf(api, detail, set);
    if (store.state.detail === detail) for (const option of options) describe(option, methods, map.dims);
  };
  for (const type of ['focus', 'pointerenter']) element.addEventListener(type, learn);
  const end = store.watch(
    (state) => [state.map, state.detail],
    ({ map, detail }) => {
      element.value = map.method;
      element.disabled = !detail || detail.sets?.length === 0;
      for (const option of options) Object.assign(option, { disabled: false, textContent: TITLES[option.value], title: '' });
    },
  );
  return { element, end };
}

/** @param {HTMLOptionElement} option @param {MapMethod[]} methods @param {2|3} dims */
function describe(option, methods, dims) {
  const found = methods.find(({ name }) => name === option.value);
  const ready = found && (dims === 3 ? found.ready_3d : found.ready);
  const possible = found?.dims.includes(dims) ?? false;
  option.disabled = !possible;
  const more = !found || ready ? '' : possible ? ' (to be fitted)' : found.dims.length === 0 ? ' (too few points)' : '';
  option.textContent = TITLES[option.value] + more;
  option.title = found ? found.description : 'This server does not make it.';
}

/** @param {Store} store @returns {Part} */
function colourChoice(store) {
  const element = el('select', { class: 'given-select map-colour', 'aria-label': 'Colour by', testid: 'map-colour' });
  element.addEventListener('change', () => store.set({ colour: element.value, parts: [] }));
  const end = store.watch(
    (state) => [state.mapped, state.rowFacts, state.colour, state.detail, state.latent?.length],
    (state) => {
      const choices = choicesOf(state);
      const dims = choices.filter(({ id }) => id.startsWith('dim:'));
      const rest = choices.filter(({ id }) => !id.startsWith('dim:'));
      element.replaceChildren(...rest.map(optionOf), el('optgroup', { label: 'A dimension' }, ...dims.map(optionOf)));
      element.disabled = choices.length === 0;
      element.value = choices.some(({ id, known }) => known && id === state.colour) ? state.colour : '';
    },
  );
  return { element, end };
}

/** @param {{id: string, title: string, known: boolean}} choice */
const optionOf = ({ id, title, known }) => el('option', { value: id, text: title, disabled: !known });

/** @param {Store} store @returns {Part & {failure: HTMLElement}} */
function filterField(store) {
  const failure = el('p', { class: 'map-failure bad', id: 'map-filter-failure', role: 'status', hidden: true, testid: 'map-filter-failure' });
  const element = el('input', {
    type: 'search',
    class: 'field map-filter',
    'aria-label': 'Show only: a class, or a comparison like smile > 0.5',
    'aria-describedby': 'map-filter-failure',
    placeholder: 'Show only\u2026',
    title: 'A class or category, or a comparison: coat, glasses = round, z03 > 1, unusual > 95, number < 100; join them with \u201cand\u201d.',
    autocomplete: 'off',
    spellcheck: 'false',
    maxlength: 200,
    testid: 'map-filter',
  });
  let timer = 0;
  let scold = 0;
  const take = () => {
    clearTimeout(timer);
    store.set({ filter: element.value.trim() });
  };
  const say = (/** @type {string} */ wrong) => {
    clearTimeout(scold);
    failure.textContent = wrong;
    failure.hidden = wrong === '';
    element.toggleAttribute('aria-invalid', wrong !== '');
  };
  const wrongNow = () => {
    const { filter, mapped, rowFacts } = store.state;
    return mapped && mapped.count > 0 ? filterOf(filter, mapped, rowFacts).failure : '';
  };
  element.addEventListener('input', () => {
    clearTimeout(timer);
    timer = setTimeout(take, REST);
  });
  element.addEventListener('change', () => {
    take();
    say(wrongNow());
  });
  const end = store.watch(
    (state) => [state.filter, state.mapped, state.rowFacts],
    ({ filter }) => {
      const writing = document.activeElement === element;
      if (!writing) element.value = filter;
      const wrong = wrongNow();
      if (wrong === '' || !writing) {
        say(wrong);
        return;
      }
      say('');
      scold = setTimeout(() => say(wrong), UNFINISHED);
    },
  );
  return {
    element,
    failure,
    end: () => {
      clearTimeout(timer);
      clearTimeout(scold);
      end();
    },
  };
}
