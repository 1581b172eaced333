/**
 * What the sheet is drawn from: a sampler of the model or one class of its data; for a conditional model, which class.
 */

import { el } from '../dom.js';
import { labelsOf, SNAPSHOT, spaceOf, titleOf } from '../given.js';

/** @typedef {import('../store.js').Store} Store */
/** @typedef {import('../api.js').ModelDetail} ModelDetail */

/** @param {Store} store @returns {{elements: HTMLElement[], end: () => void}} */
export function sources(store) {
  const from = el('select', { class: 'given-select', 'aria-label': 'Draw from', testid: 'sheet-sampler' });
  const given = el('span', { class: 'samples-given' });
  from.addEventListener('change', () => store.set({ sampler: from.value }));
  const ends = [
    store.watch(
      (state) => [state.detail, spaceOf(state)],
      (state) => {
        const { detail } = state;
        const known = detail?.status === 'ready' ? detail : null;
        const inZ = known !== null && spaceOf(state) === 'z' && known.default_space !== 'z';
        from.replaceChildren(...(inZ ? [el('option', { value: '', text: 'Prior of z' })] : known ? options(known) : []));
        from.disabled = inZ;
        from.hidden = from.options.length === 0;
        const classes = (known?.conditions ?? []).filter(({ id }) => id !== SNAPSHOT);
        given.replaceChildren(...classes.map((one) => chosen(one, store)));
      },
    ),
    store.watch(
      (state) => [state.sampler, state.detail, spaceOf(state)],
      ({ sampler }) => {
        from.value = sampler;
        if (from.selectedIndex < 0) from.selectedIndex = 0;
      },
    ),
    store.watch(
      (state) => [state.conditions, state.detail],
      ({ conditions }) => {
        for (const one of given.querySelectorAll('select')) one.value = String(conditions[one.dataset.condition ?? '']);
      },
    ),
  ];
  return { elements: [given, from], end: () => ends.forEach((end) => end()) };
}

/** @param {ModelDetail} detail @returns {HTMLElement[]} the first sampler is the default one, which the state calls '' */
function options(detail) {
  const plain = detail.samplers.map(({ name, title }, index) =>
    el('option', { value: index === 0 ? '' : name, text: title }),
  );
  const classes = classesOf(detail).map((name, index) => el('option', { value: `class.${index}`, text: name }));
  const group = el('optgroup', { label: 'One class: normal distribution' }, ...classes);
  return classes.length > 0 ? [...plain, group] : plain;
}

/**
 * @param {ModelDetail} detail
 * @returns {string[]} of the encoded pictures, where the model itself takes no such class
 */
function classesOf({ sets, conditions, default_space }) {
  const set = sets.find((one) => one.default);
  if (!set?.labelled || set.space !== default_space || set.classes.length < 2) return [];
  return conditions.some(({ id, classes }) => id !== SNAPSHOT && classes === set.classes.length) ? [] : set.classes;
}

/** @param {import('../api.js').Condition} condition @param {Store} store */
function chosen(condition, store) {
  const { id } = condition;
  const select = el(
    'select',
    { class: 'given-select', 'aria-label': titleOf(condition), 'data-condition': id, testid: `sheet-given-${id}` },
    ...labelsOf(condition).map((text, index) => el('option', { value: index, text: `${titleOf(condition)}: ${text}` })),
  );
  select.addEventListener('change', () =>
    store.set({ conditions: { ...store.state.conditions, [id]: Number(select.value) } }),
  );
  return select;
}
