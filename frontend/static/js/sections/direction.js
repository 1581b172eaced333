/**
 * Two kept selections, and the direction that leads from the mean of one to that of the other: walked from the current point.
 */

import { sentence, superseded } from '../api.js';
import { button, el, lifetime } from '../dom.js';
import { titled } from '../factors.js';
import { newest } from '../newest.js';
import { counted, onMap, setPath, share, short, shownMap } from './asking.js';
import { bodyOf } from './rows.js';

/** @typedef {import('../store.js').Store} Store */
/** @typedef {import('../api.js').Api} Api */
/** @typedef {{model: string, set: string, rows: Uint32Array}} Kept */
/** @typedef {{low: number, value: number, high: number}} Interval */

const REACH = 2;
const STEPS = 100;
const CHANGES = 4;

/** @param {Store} store @param {Api} api @returns {{element: HTMLElement, end: () => void}} */
export function directionPart(store, api) {
  const life = lifetime();
  const told = el('p', { class: 'second', testid: 'direction-told' });
  const doubt = el('p', { testid: 'direction-doubt' });
  const changes = el('p', { class: 'second', testid: 'direction-changes' });
  const slider = el('input', {
    type: 'range',
    min: -REACH,
    max: REACH,
    step: REACH / STEPS,
    value: 0,
    'aria-label': 'Along the direction from A to B',
    testid: 'direction-slider',
  });
  const output = el('output', { class: 'number', text: '0' });
  const back = button({ label: 'Back to where it began', text: 'Back', testid: 'direction-back', press: () => walk(0) });
  const walkLine = el(
    'div',
    { class: 'direction-walk' },
    el('span', { class: 'second', text: 'To A' }),
    slider,
    el('span', { class: 'second', text: 'To B' }),
    output,
    back,
  );
  const forget = button({
    label: 'Forget A and B',
    testid: 'direction-forget',
    press: () => store.set({ kept: { a: null, b: null } }),
  });
  const head = el('div', { class: 'section-acts' }, el('h3', { text: 'From A to B' }), told, forget);
  const found = el('div', { class: 'direction-found', hidden: true }, doubt, changes, walkLine);
  const element = el('section', { class: 'direction', hidden: true, 'aria-label': 'Direction between two selections', testid: 'direction' }, head, found);
  /** @type {Float32Array|null} from the mean of A to that of B */
  let vector = null;
  /** @type {Float32Array|null} where the walk began */
  let base = null;
  /** @type {Float32Array|null} what the walk has set last: another point is a new beginning */
  let own = null;

  /** @param {number} t steps from the mean of A to that of B */
  function walk(t) {
    const { latent } = store.state;
    if (!vector || !latent || latent.length !== vector.length) return;
    if (!base || latent !== own) base = latent;
    const [from, way] = [base, vector];
    own = t === 0 ? from : from.map((value, dim) => value + t * way[dim]);
    slider.value = String(t);
    output.textContent = short(t);
    store.set({ latent: own, origin: '' }, { gesture: 'direction' });
  }
  slider.addEventListener('input', () => walk(Number(slider.value)), { signal: life.signal });
  slider.addEventListener('change', () => store.end(), { signal: life.signal });

  const fetcher = newest(async (/** @type {{a: Kept, b: Kept}} */ { a, b }, signal) => {
    const wanted = () => store.state.kept.a === a && store.state.kept.b === b;
    try {
      const body = { start: bodyOf(a.rows), end: bodyOf(b.rows) };
      const answer = await (await api.post(`${setPath(a.model, a.set)}/directions`, body, signal)).json();
      if (!wanted()) return;
      vector = Float32Array.from(answer.vector);
      base = own = null;
      doubt.textContent = trustWords(answer);
      changes.textContent = changeWords(answer.changes);
      found.hidden = false;
    } catch (wrong) {
      if (superseded(wrong)) throw wrong;
      if (!wanted()) return;
      vector = null;
      found.hidden = false;
      doubt.textContent = sentence(wrong);
      changes.textContent = '';
      throw wrong;
    } finally {
      fit();
    }
  });

  /** @param {unknown} [_] what stands there when the direction fits the current point, and when not */
  function fit(_) {
    const usable = vector !== null && onMap(store.state) && store.state.latent?.length === vector.length;
    walkLine.hidden = !usable;
    if (store.state.latent !== own) {
      slider.value = '0';
      output.textContent = '0';
    }
  }

  life.add(
    fetcher.stop,
    store.watch(
      (state) => [state.kept, shownMap(state)?.set, state.detail],
      (state) => {
        const { a, b } = usableOf(state);
        element.hidden = !a && !b;
        forget.hidden = !a && !b;
        const missing = a ? 'B' : 'A';
        told.textContent =
          a && b
            ? `${counted(a.rows.length, 'point')} to ${counted(b.rows.length, 'point')}.`
            : `Select other points and keep them as ${missing}: then the way between the two can be walked.`;
        if (a && b) fetcher.ask({ a, b });
        else {
          vector = null;
          found.hidden = true;
        }
      },
    ),
    store.watch((state) => [state.latent, state.space, state.mapped], fit),
  );
  return { element, end: life.end };
}

/** @param {Readonly<import('../state.js').State>} state @returns {{a: Kept|null, b: Kept|null}} those of the set that is shown */
function usableOf(state) {
  const mapped = shownMap(state);
  const fits = (/** @type {Kept|null} */ one) => (one && mapped && one.model === mapped.model && one.set === mapped.set ? one : null);
  return { a: fits(state.kept.a), b: fits(state.kept.b) };
}

/** @param {{effect: Interval, cosine: Interval}} answer @returns {string} */
function trustWords({ effect, cosine }) {
  const between = `${short(effect.low)} to ${short(effect.high)}`;
  const size = `On points it was not drawn from, the two are ${short(effect.value)} standard deviations apart along it (${between}).`;
  if (effect.low <= 0) return `${size} Chance alone could have made this direction: do not trust it.`;
  const sure =
    cosine.low >= 0.95
      ? 'Other points of the same kinds give nearly the same direction'
      : cosine.low >= 0.8
        ? 'Other points of the same kinds give much the same direction'
        : 'Other points of the same kinds give rather another direction';
  return `${size} ${sure} (cosine ${short(cosine.low)} to ${short(cosine.high)}).`;
}

/** @param {{name: string, effect: number, kind: string}[]} changes @returns {string} */
function changeWords(changes) {
  if (changes.length === 0) return '';
  const told = changes.slice(0, CHANGES).map(({ name, effect, kind }) => {
    const sign = effect < 0 ? '\u2212' : '+';
    return kind === 'class' ? `${name} ${sign}${share(Math.abs(effect))}` : `${titled(name)} ${sign}${short(Math.abs(effect))} standard deviations`;
  });
  return `What differs between them: ${told.join(', ')}${changes.length > CHANGES ? ', and more' : ''}.`;
}
