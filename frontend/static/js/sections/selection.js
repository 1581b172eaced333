/**
 * What is known of the selected points: how many, of which classes, what they look like together; and the direction between two
 * selections.
 */

import { sentence, superseded } from '../api.js';
import { button, el, lifetime } from '../dom.js';
import { titled } from '../factors.js';
import { movedTo, spaceOf } from '../given.js';
import { newest } from '../newest.js';
import { draw } from '../picture.js';
import { selectShown } from '../selecting.js';
import { counted, setPath, share, short, shownMap, spaceOfSet } from './asking.js';
import { barList } from './bars.js';
import { directionPart } from './direction.js';
import { bodyOf } from './rows.js';
import { thumbs } from './thumbs.js';

/** @typedef {import('../store.js').Store} Store */
/** @typedef {import('../api.js').Api} Api */

const CLASSES = 8;
const FACTORS = 4;
/** From so many standard deviations of the set on, a factor's mean is worth a word. */
const WORTH = 0.25;

/** @param {HTMLElement} root @param {Store} store @param {Api} api @returns {() => void} */
export function mount(root, store, api) {
  const life = lifetime();
  const empty = el(
    'div',
    { class: 'section-empty' },
    el('p', { class: 'second', text: 'Choose points with the lasso or the box on the map, or take all that the legend and the filter leave.' }),
    button({ label: 'Select what is shown', testid: 'select-shown', press: () => selectShown(store) }),
  );
  const told = el('p', { class: 'told', testid: 'selection-told' });
  const facts = el('p', { class: 'second', testid: 'selection-facts' });
  const pair = picturePair();
  const classes = el('div', { class: 'selection-classes' });
  const typical = thumbs(store, api, { label: 'The most typical ones', testid: 'selection-typical', count: 6 });
  const rarest = thumbs(store, api, { label: 'The rarest ones', testid: 'selection-rarest', count: 6 });
  const direction = directionPart(store, api);
  /** @type {{model: string, set: string, mean: Float32Array}|null} */
  let found = null;
  const go = button({ label: 'Go to its mean', testid: 'selection-mean', press: () => found && store.set(meanTaken(store, found)) });
  const acts = el('div', { class: 'section-acts' }, go, keep('a'), keep('b'));
  const body = el(
    'div',
    { class: 'selection-body' },
    told,
    el('div', { class: 'selection-parts' }, pair.element, classes),
    facts,
    acts,
    el('div', { class: 'section-row' }, el('h3', { text: 'Most typical' }), typical.element),
    el('div', { class: 'section-row' }, el('h3', { text: 'Rarest' }), rarest.element),
  );
  root.append(empty, body, direction.element);

  /** @param {'a'|'b'} letter */
  function keep(letter) {
    const name = letter.toUpperCase();
    const press = () => {
      const { mapped, selection, kept } = store.state;
      if (mapped && selection) store.set({ kept: { ...kept, [letter]: { model: mapped.model, set: mapped.set, rows: selection } } });
    };
    return button({ label: `Keep as selection ${name}`, text: `Keep as ${name}`, testid: `selection-keep-${letter}`, press });
  }

  const fetcher = newest(
    async (/** @type {{model: string, set: string, rows: Uint32Array}} */ { model, set, rows }, signal) => {
      const wanted = () => store.state.selection === rows && store.state.detail?.id === model;
      body.classList.add('busy');
      try {
        const asked = bodyOf(rows);
        const [answer, raw] = await Promise.all([
          api.post(`${setPath(model, set)}/selection`, asked, signal).then((one) => one.json()),
          store.state.detail?.can.decode ? api.pixels(`${setPath(model, set)}/selection/pictures`, asked, signal) : null,
        ]);
        if (!wanted()) return;
        found = { model, set, mean: Float32Array.from(answer.mean) };
        told.textContent = countWords(answer);
        facts.textContent = factWords(answer);
        classes.replaceChildren(...classBars(answer));
        pair.show(raw);
        await Promise.all([
          typical.show(set, answer.typical.slice(0, 6).map((/** @type {number} */ row) => ({ row })), signal),
          rarest.show(set, answer.rarest.slice(0, 6).map((/** @type {number} */ row) => ({ row })), signal),
        ]);
      } catch (wrong) {
        if (!superseded(wrong) && wanted()) told.textContent = sentence(wrong);
        throw wrong;
      } finally {
        body.classList.remove('busy');
      }
    },
    { wait: 60 },
  );
  life.add(
    fetcher.stop,
    direction.end,
    store.watch(
      (state) => [state.selection, shownMap(state)?.set, state.detail],
      (state) => {
        const mapped = shownMap(state);
        const some = mapped !== null && state.selection !== null;
        empty.hidden = some;
        body.hidden = !some;
        if (mapped && state.selection) fetcher.ask({ model: mapped.model, set: mapped.set, rows: state.selection });
      },
    ),
    () => root.replaceChildren(),
  );
  return life.end;
}

/** @param {Store} store @param {{set: string, mean: Float32Array}} found @returns {Partial<import('../state.js').State>} */
function meanTaken({ state }, { set, mean }) {
  return { ...movedTo(state, spaceOfSet(state, set) || spaceOf(state)), latent: mean, origin: '' };
}

/** The average of the rows' pictures, and the picture of their average. */
function picturePair() {
  const figures = ['Average picture', 'Decoded mean'].map((words) => {
    const canvas = el('canvas', { class: 'crisp', width: 1, height: 1, role: 'img', 'aria-label': words });
    return { canvas, figure: el('figure', {}, canvas, el('figcaption', { text: words })) };
  });
  return {
    element: el('div', { class: 'selection-pair', testid: 'selection-pair' }, ...figures.map(({ figure }) => figure)),
    show: (/** @type {import('../api.js').Raw|null} */ raw) => {
      if (raw) figures.forEach(({ canvas }, index) => draw(canvas, raw, index));
    },
  };
}

/** @param {any} answer */
const countWords = ({ count, total }) =>
  `${counted(count, 'point')} of ${total.toLocaleString('en-US')} (${share(count / total)}).`;

/** @param {any} answer what differs from the whole set */
function factWords({ error, unusual, agreement, factors }) {
  const words = [];
  if (error) words.push(`Redrawn with a mean error of ${short(error.mean)}; the whole set: ${short(error.set_mean)}.`);
  if (unusual) words.push(`On average more unusual than ${Math.round(unusual.mean)}% of held-out points.`);
  if (agreement) words.push(`For ${share(agreement.mean)} the neighbours have the same label; in the whole set for ${share(agreement.set_mean)}.`);
  const far = factors
    .filter((/** @type {any} */ one) => one.mean !== null && one.set_std > 0)
    .map((/** @type {any} */ one) => ({ ...one, away: (one.mean - one.set_mean) / one.set_std }))
    .filter((/** @type {any} */ one) => Math.abs(one.away) >= WORTH)
    .sort((/** @type {any} */ a, /** @type {any} */ b) => Math.abs(b.away) - Math.abs(a.away))
    .slice(0, FACTORS);
  if (far.length > 0) {
    const told = far.map((/** @type {any} */ one) => `${titled(one.name)} ${short(one.mean)} (set: ${short(one.set_mean)})`);
    words.push(`Unlike the set in ${told.join(', ')}.`);
  }
  return words.join(' ');
}

/** @param {any} answer @returns {HTMLElement[]} */
function classBars({ classes }) {
  if (classes.length === 0) return [el('p', { class: 'second', text: 'No labels are known of this set.' })];
  const bars = classes.slice(0, CLASSES).map((/** @type {any} */ one) => ({
    name: one.name,
    value: one.share,
    mark: one.expected,
    note: one.expected > 0 ? `${short(Number((one.share / one.expected).toPrecision(2)))}\u00d7` : '',
  }));
  const rest = classes.length - bars.length;
  const words = 'The line: its share of the whole set.' + (rest > 0 ? ` ${counted(rest, 'more class', 'more classes')}.` : '');
  return [barList('Classes of the selection', bars, 'selection-classes'), el('p', { class: 'second', text: words })];
}
