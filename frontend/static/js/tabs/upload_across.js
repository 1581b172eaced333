/**
 * The same picture in several models of its data set, side by side, all moved by one slider: on the way to a second
 * picture, or through the dimension that does most in each of them.
 */

import { superseded } from '../api.js';
import { button, el, lifetime } from '../dom.js';
import { pick } from '../models.js';
import { exampleFile } from '../panels/examples.js';
import { menu } from '../panels/menu.js';
import { draw } from '../picture.js';
import { column } from './across_column.js';
import { Asked, FRAMES } from './across_frames.js';
import { MOST, oneOfEach, siblings } from './across_models.js';
import { placedHere, segments } from './upload_fold.js';

/** @typedef {import('../store.js').Store} Store */
/** @typedef {import('../api.js').Api} Api */
/** @typedef {import('../state.js').State} State */
/** @typedef {import('./across_frames.js').Source} Source */
/** @typedef {'walk'|'slide'} Kind */

/** On the fold-out; it is mounted when that is first opened. */
export const title = 'The same picture across models';

/** @param {Readonly<State>} state @returns {boolean} whether the fold-out is there at all */
export const fits = (state) => siblings(state.models, state.model).length > 1;

const RANKS = ['strongest', 'second', 'third', 'fourth', 'fifth'];
const PLAIN = Object.freeze({ skip: [], force: [] });

/** @param {HTMLElement} root @param {Store} store @param {Api} api @returns {() => void} */
export function mount(root, store, api) {
  const life = lifetime();
  const asked = new Asked(api);
  /** @type {{kind: Kind, rank: number, to: Source|null, chosen: string[]|null}} `chosen`: null until somebody chooses */
  const choice = { kind: 'walk', rank: 0, to: null, chosen: null };
  /** @type {import('./across_column.js').Column[]} */
  let columns = [];

  const list = el('ul', { class: 'across', testid: 'across' });
  const slider = gestureSlider((place) => columns.forEach((one) => one.show(place)));
  const kinds = segments('Gesture', { walk: 'To another picture', slide: 'Through one dimension' }, 'across-kind', (kind) => {
    choice.kind = kind;
    gestured();
  });
  const ranks = rankSelect((rank) => {
    choice.rank = rank;
    ask();
  });
  const ends = endChooser(store, api, life.signal, (to) => {
    choice.to = to;
    ask();
  });
  const shown = () => choice.chosen ?? oneOfEach(siblings(store.state.models, store.state.model), store.state.model);
  const models = modelMenu(store, shown, (ids) => {
    choice.chosen = ids;
    arrange();
  });

  const ask = () => {
    const upload = placedHere(store.state);
    const gesture = choice.kind === 'slide' ? { kind: choice.kind, rank: choice.rank } : choice.to && { kind: choice.kind, to: choice.to };
    if (!upload || !gesture) return;
    const { file, skip, force, crop } = upload;
    for (const one of columns) one.ask({ file, how: { skip, force, crop } }, gesture);
  };
  const gestured = () => {
    const walking = choice.kind === 'walk';
    kinds.show(choice.kind);
    ranks.hidden = walking;
    ends.element.hidden = !walking;
    slider.become(choice.kind);
    ask();
  };
  const drawn = () => {
    const most = Math.max(...columns.map((one) => one.largest()));
    for (const one of columns) one.scale(most);
  };
  const arrange = () => {
    const { model } = store.state;
    for (const one of columns) one.end();
    columns = siblings(store.state.models, model)
      .filter(({ id }) => shown().includes(id))
      .map((entry) => column(entry, entry.id === model, { asked, go: () => pick(store, entry.id), drawn }));
    list.replaceChildren(...columns.map((one) => one.element));
    list.style.setProperty('--columns', String(Math.max(2, columns.length)));
    for (const one of columns) one.show(slider.place());
    ask();
  };

  root.append(
    el('div', { class: 'across-tools' }, kinds.element, ranks, el('span', { class: 'push' }), models),
    ends.element,
    slider.element,
    list,
    el('p', { class: 'second', text: 'One slider moves all of them. The bars show how far the picture moves at each step, in one scale for all models: high ones beside flat ones are jumps.' }),
  );
  life.add(
    store.watch((state) => [state.models, state.model], arrange),
    store.watch((state) => [placedHere(state)?.file, placedHere(state)?.latent], ask),
    ends.end,
    () => columns.forEach((one) => one.end()),
    () => root.replaceChildren(),
  );
  gestured();
  return life.end;
}

/** @param {(place: number) => void} move */
function gestureSlider(move) {
  const input = el('input', { type: 'range', min: 0, max: FRAMES - 1, step: 1, value: 0, class: 'across-slider', testid: 'across-slider' });
  /** @type {Kind} */
  let kind = 'walk';
  const told = () => {
    const share = input.valueAsNumber / (FRAMES - 1);
    input.style.setProperty('--along', String(share));
    const percent = `${Math.round(100 * share)}%`;
    input.setAttribute('aria-valuetext', kind === 'walk' ? `${percent} of the way` : `${percent} of each model\u2019s range`);
    move(input.valueAsNumber);
  };
  input.addEventListener('input', told);
  return {
    element: input,
    place: () => input.valueAsNumber,
    /** @param {Kind} next */
    become(next) {
      if (kind !== next) input.value = String(next === 'walk' ? 0 : (FRAMES - 1) / 2);
      kind = next;
      input.setAttribute('aria-label', kind === 'walk' ? 'From your picture to the other one' : 'Through the dimension, in each model from its low end to its high end');
      told();
    },
  };
}

/** @param {(rank: number) => void} choose */
function rankSelect(choose) {
  const select = el(
    'select',
    { class: 'given-select', 'aria-label': 'Which dimension of each model', testid: 'across-rank' },
    ...RANKS.map((name, rank) => el('option', { value: rank, text: `the ${name} of each model` })),
  );
  select.addEventListener('change', () => choose(select.selectedIndex));
  return select;
}

/**
 * The picture to walk to: one of the examples.
 * @param {Store} store @param {Api} api @param {AbortSignal} signal @param {(to: Source) => void} choose
 */
function endChooser(store, api, signal, choose) {
  const row = el('div', { class: 'across-ends', role: 'radiogroup', 'aria-label': 'The picture to walk to' });
  const element = el('div', { class: 'across-to' }, el('span', { class: 'second', text: 'to' }), row);
  let filledFor = '';
  let chosen = -1;
  /** @type {HTMLButtonElement[]} */
  let buttons = [];
  const take = async (/** @type {number} */ index) => {
    const { detail } = store.state;
    const rowNumber = detail?.examples?.rows[index];
    if (!detail?.examples || rowNumber === undefined) return;
    chosen = index;
    buttons.forEach((one, at) => {
      one.setAttribute('aria-checked', String(at === index));
      one.tabIndex = at === index ? 0 : -1;
    });
    try {
      choose({ file: await api.picture(detail.id, detail.examples.set, rowNumber, signal), how: PLAIN });
    } catch (error) {
      if (!superseded(error)) console.debug('given up:', error);
    }
  };
  const walk = (/** @type {KeyboardEvent} */ event) => {
    const at = buttons.indexOf(/** @type {HTMLButtonElement} */ (event.target));
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (at < 0 || step === undefined) return;
    event.preventDefault();
    const next = (at + step + buttons.length) % buttons.length;
    buttons[next].focus();
    take(next);
  };
  row.addEventListener('keydown', walk);
  const fill = async (/** @type {Readonly<State>} */ { detail, upload }) => {
    if (!detail?.examples) return;
    const { set, rows } = detail.examples;
    const key = `${detail.dataset} ${set} ${rows.join()}`;
    const own = rows.findIndex((_row, index) => exampleFile(detail, index) === upload?.file.name);
    const other = (own + Math.ceil(rows.length / 2) + rows.length) % rows.length;
    if (key === filledFor) {
      // The models of one data set have the same examples. Nobody wants to walk from a picture to itself.
      if (own >= 0 && own === chosen) take(other);
      return;
    }
    filledFor = key;
    buttons = rows.map((_row, index) => endButton(exampleFile(detail, index).replace(/-\d+\.png$/, ''), index, take));
    row.replaceChildren(...buttons);
    take(other);
    const raw = await api.pictures(detail.id, set, rows, signal).catch(() => null);
    if (raw) buttons.forEach((one, index) => draw(/** @type {HTMLCanvasElement} */ (one.firstChild), raw, index));
  };
  return { element, end: store.watch((state) => [state.detail, state.upload?.file], fill) };
}

/** @param {string} name @param {number} index @param {(index: number) => void} take */
const endButton = (name, index, take) =>
  el(
    'button',
    { type: 'button', class: 'across-end', role: 'radio', 'aria-checked': 'false', 'aria-label': name, title: name, tabindex: -1, testid: `across-to-${index}`, on: { click: () => take(index) } },
    el('canvas', { width: 28, height: 28, 'aria-hidden': 'true' }),
  );

/** @param {Store} store @param {() => string[]} shown @param {(ids: string[]) => void} choose */
function modelMenu(store, shown, choose) {
  const flip = (/** @type {string} */ id) => {
    const now = shown();
    choose(now.includes(id) ? now.filter((one) => one !== id) : [...now, id].slice(-MOST));
  };
  const choices = menu({
    label: 'Models side by side',
    testid: 'across-models-menu',
    items: () =>
      siblings(store.state.models, store.state.model).map((entry) => ({
        label: entry.title,
        checked: shown().includes(entry.id),
        act: () => flip(entry.id),
      })),
  });
  const opener = button({ label: 'Models\u2026', title: `Choose the models, ${MOST} at most`, 'aria-haspopup': 'menu', 'aria-expanded': 'false', testid: 'across-models' });
  opener.addEventListener('click', () => {
    const { left, bottom } = opener.getBoundingClientRect();
    choices.open(left, bottom + 4, opener);
  });
  return el('span', {}, opener, choices.element);
}
