/**
 * Several pictures that were given at once, each with what the model makes of it: a row to pick from.
 */

import { el, lifetime } from '../dom.js';
import { placeGathered } from '../gathered.js';
import { newest } from '../newest.js';
import { draw } from '../picture.js';
import { takeFile } from '../uploads.js';

/** @typedef {import('../store.js').Store} Store */
/** @typedef {import('../api.js').Api} Api */
/** @typedef {import('../gathered.js').Gathered} Gathered */

/** @param {Store} store @param {Api} api @returns {{element: HTMLElement, end: () => void}} */
export function gatheredRow(store, api) {
  const life = lifetime();
  const list = el('ul', { class: 'gathered-list', testid: 'gathered' });
  const head = el('h2', {});
  const element = el('section', { class: 'gathered', 'aria-label': 'Your pictures' }, head, list);
  const placer = newest(async (/** @type {null} */ _, signal) => placeGathered(store, api, signal));
  /** @type {Map<File, {item: HTMLElement, show: (one: Gathered, chosen: boolean) => void}>} */
  let cells = new Map();
  const show = () => {
    const { gathered, upload } = store.state;
    element.hidden = gathered.length === 0;
    head.textContent = `Your ${gathered.length} pictures`;
    const files = gathered.map(({ file }) => file);
    if (files.length !== cells.size || files.some((file) => !cells.has(file))) {
      cells = new Map(gathered.map((one) => [one.file, cell(one, () => takeFile(store, api, one.file))]));
      list.replaceChildren(...[...cells.values()].map(({ item }) => item));
    }
    for (const one of gathered) cells.get(one.file)?.show(one, upload?.file === one.file);
  };
  life.add(
    placer.stop,
    store.watch(
      (state) => [state.gathered, state.upload?.file],
      () => show(),
    ),
    store.watch(
      (state) => [state.gathered.length > 0 && state.gathered[0].file, state.detail],
      ({ gathered }) => gathered.length > 0 && placer.ask(null),
    ),
  );
  return { element, end: life.end };
}

/** @param {Gathered} one @param {() => void} take */
function cell({ file, url }, take) {
  const picture = el('img', { class: 'thumb', src: url, alt: '' });
  picture.addEventListener('error', () => {
    picture.style.visibility = 'hidden'; // the browser's sign for a broken picture says less than the words below it
  });
  const drawn = el('canvas', { class: 'thumb crisp', width: 1, height: 1, 'aria-hidden': 'true' });
  const [left, right] = [el('span', { class: 'number', text: '\u2026' }), el('span', { class: 'number' })];
  const press = el(
    'button',
    { type: 'button', class: 'gathered-one', title: file.name, on: { click: take } },
    el('span', { class: 'gathered-pair' }, picture, drawn, left, right),
  );
  return {
    item: el('li', {}, press),
    /** @param {Gathered} now @param {boolean} chosen */
    show({ reconstruction, error, unusual, failure, model }, chosen) {
      press.setAttribute('aria-pressed', String(chosen));
      press.disabled = failure !== '';
      if (reconstruction) draw(drawn, reconstruction);
      const facts = [
        error === null ? '' : `error ${error.toFixed(3)}`,
        unusual === null ? '' : `unusual ${Math.round(unusual)}%`,
      ].filter(Boolean);
      left.textContent = failure ? 'not read' : model ? (facts[0] ?? '') : '\u2026';
      right.textContent = failure || !model ? '' : (facts[1] ?? '');
      right.classList.toggle('far', (unusual ?? 0) > 95);
      press.title = failure ? `${file.name}: ${failure}` : file.name;
      press.setAttribute('aria-label', `${file.name}: ${failure || facts.join(', ') || 'on its way'}`);
    },
  };
}
