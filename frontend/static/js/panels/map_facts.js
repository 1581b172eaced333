/**
 * Under the map: how many points there are and are chosen, and in one line how far to trust what is seen.
 */

import { button, el, grouped } from '../dom.js';
import { filterOf } from '../map_filter.js';
import { clearSelection } from '../selecting.js';
import { shownRows } from '../map_levels.js';
import { addPictures } from './own_sets.js';

/** @typedef {import('../store.js').Store} Store */
/** @typedef {import('../state.js').State} State */

/** @param {Store} store @returns {{element: HTMLElement, end: () => void}} */
export function mapFacts(store) {
  const count = el('p', { class: 'second number map-facts', testid: 'map-facts' });
  const short = el('span', { testid: 'map-trust-short' });
  const whole = el('p', { class: 'second' });
  const trust = el('details', { class: 'second map-trust', testid: 'map-trust' }, el('summary', {}, short), whole);
  const clear = button({
    label: 'Clear the selection',
    text: 'Clear',
    title: 'Escape on the map does the same',
    class: 'quiet map-clear',
    testid: 'map-clear',
    press: () => clearSelection(store),
  });
  const element = el('div', { class: 'map-under' }, el('div', { class: 'map-counts' }, count, clear, addPictures()), trust);
  const end = store.watch(
    (state) => [state.mapped, state.judged, state.detail, state.failure, state.space, state.selection, state.filter, state.classes, state.parts, state.rowFacts],
    (state) => {
      count.textContent = countsOf(state);
      count.title = count.textContent;
      const { words, more } = trustOf(state);
      short.textContent = words;
      whole.textContent = more;
      trust.classList.toggle('bare', more === '');
      trust.style.visibility = words ? '' : 'hidden'; // its place stays
      if (more === '') trust.open = false;
      clear.hidden = state.selection === null;
    },
  );
  return { element, end };
}

/** @param {Readonly<State>} state @returns {string} */
function countsOf(state) {
  const { mapped, detail, failure, selection, classes, parts, filter } = state;
  if (failure && !detail) return '';
  if (detail && detail.sets?.length === 0) return 'This model came without a set of points, so there is no map of it.';
  if (!detail || mapped?.model !== detail.id) return 'The map is on its way\u2026';
  if (mapped.failure) return mapped.failure;
  const set = detail.sets.find(({ name }) => name === mapped.set);
  const which = set && !set.default ? ` \u00b7 ${set.title}` : '';
  const all = grouped(mapped.count);
  if (selection) return `${grouped(selection.length)} of ${all} points selected${which}`;
  const some = classes.length > 0 || parts.length > 0 || (filter && filterOf(filter, mapped, state.rowFacts).accept);
  return some ? `${grouped(shownRows(state, mapped).length)} of ${all} points shown${which}` : `All ${all} points shown${which}`;
}

/** @param {Readonly<State>} state @returns {{words: string, more: string}} in a line, and all there is to say */
function trustOf({ mapped, judged, detail, space }) {
  if (!mapped || mapped.model !== detail?.id || mapped.count === 0) return { words: '', more: '' };
  const shown = detail.sets.find((set) => set.name === mapped.set)?.space ?? '';
  if (space && space !== shown)
    return {
      words: `A map of ${shown.toUpperCase()}: your point of ${space.toUpperCase()} has no place on it. A click takes a point of ${shown.toUpperCase()}.`,
      more: '',
    };
  const trust = mapped.trust ?? (judged?.of === mapped ? judged.trust : null);
  const more = [axesOf(mapped), trust?.sentence].filter(Boolean).join(' ');
  if (mapped.choice.control)
    return { words: 'Control: these latents were shuffled. What looks like structure here is the method\u2019s own.', more };
  return trust ? { words: shortly(trust), more } : { words: more, more: '' };
}

/** @param {import('../points.js').Trust} trust @returns {string} */
function shortly({ kept, neighbour_accuracy: here, latent_accuracy: there, trustworthiness }) {
  const share = (/** @type {number} */ value) => `${Math.round(100 * value)}%`;
  const neighbours = `${share(kept)} of true neighbours are neighbours here`;
  if (here === null || there === null) return `${neighbours}; trustworthiness ${trustworthiness.toFixed(2)}.`;
  return `${neighbours}; these tell the class for ${share(here)}, the true ones for ${share(there)}.`;
}

/** @param {import('../points.js').Mapped} mapped @returns {string} */
function axesOf({ explained, dims }) {
  if (!explained) return '';
  const shares = explained.slice(0, dims).map((share) => `${Math.round(share * 100)}%`);
  const directions = dims === 2 ? `${shares[0]} (across) and ${shares[1]} (up)` : shares.join(', ');
  return `PCA axes hold ${directions} of the variance.`;
}
