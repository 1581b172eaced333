/**
 * A model's row in the picker: family, title, one sentence, dimensions, and ten pictures of what it draws.
 */

import { el, grouped, kindName } from '../dom.js';

/** @typedef {import('../api.js').ModelEntry} ModelEntry */
/** @typedef {{entry: ModelEntry, element: HTMLElement, text: string}} Option `text`: what a search looks through */

/**
 * @param {ModelEntry} entry
 * @param {{common: string, strip: string, take: (option: Option) => void}} how `common`: the shelf's data set, which the
 *   row then need not name
 * @returns {Option}
 */
export function modelOption(entry, { common, strip, take }) {
  const broken = entry.status === 'broken';
  const family = broken ? '' : kindName(entry.kind);
  const dataset = broken || [common, entry.shelf].includes(entry.dataset) ? '' : entry.dataset;
  const element = el(
    'div',
    {
      class: 'picker-option',
      role: 'option',
      id: `option-${entry.id}`,
      'aria-selected': 'false',
      'aria-disabled': broken ? 'true' : null,
      testid: `model-${entry.id}`,
      on: { click: () => take(option) },
    },
    el('span', { class: 'option-family', text: family }),
    el(
      'span',
      { class: 'option-words' },
      el(
        'span',
        { class: 'option-line' },
        el('strong', { text: entry.title }),
        el('span', { class: 'option-facts second number', text: factsOf(entry, dataset) }),
      ),
      el('span', {
        class: broken ? 'option-reason bad' : 'option-description second',
        text: broken ? (entry.reason ?? 'Its folder is damaged.') : entry.description,
      }),
    ),
    broken ? null : el('span', { class: 'option-strip' }, strip && pictures(strip)),
  );
  const words = [entry.title, entry.description, family, entry.kind, entry.dataset, entry.shelf, entry.id];
  const text = [...words, `${entry.latent} dimensions`].join(' ').toLowerCase();
  const option = { entry, element, text };
  return option;
}

/**
 * @param {string} query
 * @returns {(option: Option) => boolean} whether a model has each of its words; `2 dimensions` and `2-D` mean just that
 */
export function finder(query) {
  /** @type {number|null} */
  let size = null;
  const rest = query.toLowerCase().replace(/(\d[\d,]*)[\s-]*(d[a-z]*)(?![^\s])/, (all, digits, word) => {
    if (!'dimensions'.startsWith(word)) return all;
    size = Number(digits.replaceAll(',', ''));
    return ' ';
  });
  const words = rest.split(/\s+/).filter(Boolean);
  return ({ entry, text }) => (size === null || entry.latent === size) && words.every((word) => text.includes(word));
}

/**
 * A family is named once, by the first of its rows that is shown; it is read out with each.
 * @param {Option[]} options of one shelf
 */
export function sayFamilies(options) {
  let last = '';
  for (const { entry, element } of options) {
    if (element.hidden) continue;
    element.classList.toggle('first', entry.kind !== last);
    last = entry.kind;
  }
}

/** @param {string} address fetched when the row comes into view, in a place that has its size already */
function pictures(address) {
  const image = el('img', { alt: '', loading: 'lazy', decoding: 'async', draggable: 'false' });
  image.addEventListener('load', () => image.classList.add('there'));
  image.src = address;
  return image;
}

/** @param {ModelEntry} entry @param {string} dataset '' where the shelf says it */
function factsOf({ status, latent }, dataset) {
  if (status === 'broken') return '';
  return [dataset, `${grouped(latent)}-D`].filter(Boolean).join(' \u00b7 ');
}
