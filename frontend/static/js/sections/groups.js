/**
 * How the groups of a set fare: the error of each class, or of each part of a factor, and whether its neighbours are its own.
 */

import { sentence, superseded } from '../api.js';
import { el, lifetime } from '../dom.js';
import { titled } from '../factors.js';
import { newest } from '../newest.js';
import { jobLine } from '../panels/job_line.js';
import { known, setPath, share, short, shownMap } from './asking.js';
import { barList } from './bars.js';

/** @typedef {import('../store.js').Store} Store */
/** @typedef {import('../api.js').Api} Api */
/** @typedef {{value: number, low: number, high: number}} Interval */
/** @typedef {{name: string, count: number, share: number, error: Interval|null, agreement: Interval|null, unusual: number|null}} Group */
/** @typedef {{by: string, groups: Group[], error: Interval|null, agreement: Interval|null}} Groups */

const LABEL = 'label';

/** @param {HTMLElement} root @param {Store} store @param {Api} api @returns {() => void} */
export function mount(root, store, api) {
  const life = lifetime();
  const line = jobLine({ name: 'Groups', testid: 'groups-job' });
  const choice = el('select', { class: 'given-select', id: 'groups-by', testid: 'groups-by' });
  const chooser = el('label', { class: 'section-check', for: 'groups-by' }, el('span', { text: 'Groups by' }), choice);
  const told = el('p', { class: 'told', testid: 'groups-told' });
  const parts = el('div', { class: 'groups-parts' });
  const how = el('p', {
    class: 'second',
    text: 'The whiskers: where the mean lies with 95% certainty (bootstrap). The line: the whole set. Numbers are grouped in thirds.',
  });
  root.append(line.element, chooser, told, parts, how);

  const fetcher = newest(async (/** @type {{model: string, set: string, by: string}} */ { model, set, by }, signal) => {
    const wanted = () => shownMap(store.state)?.set === set && store.state.detail?.id === model && choice.value === by;
    try {
      const answer = await known(api, `${setPath(model, set)}/groups?by=${encodeURIComponent(by)}`, line, signal);
      if (!wanted()) return;
      if (!answer) {
        told.textContent = 'It was not computed. Choose the groups again to start anew.';
        return;
      }
      /** @type {Groups} */
      const found = await answer.json();
      told.textContent = groupWords(found);
      parts.replaceChildren(...groupParts(found));
    } catch (wrong) {
      if (!superseded(wrong) && wanted()) told.textContent = sentence(wrong);
      throw wrong;
    }
  });
  const ask = () => {
    const mapped = shownMap(store.state);
    if (mapped && choice.value) fetcher.ask({ model: mapped.model, set: mapped.set, by: choice.value });
  };
  choice.addEventListener('change', ask, { signal: life.signal });
  let set = '';
  life.add(
    fetcher.stop,
    line.stop,
    store.watch(
      (state) => [state.mapped, state.detail],
      (state) => {
        const mapped = shownMap(state);
        if (!mapped || `${mapped.model} ${mapped.set}` === set) return;
        set = `${mapped.model} ${mapped.set}`;
        const names = [...(mapped.categories.length > 0 ? [LABEL] : []), ...mapped.factors.map(({ name }) => name)];
        choice.replaceChildren(...names.map((name) => el('option', { value: name, text: name === LABEL ? 'class' : titled(name) })));
        chooser.hidden = names.length < 2;
        parts.replaceChildren();
        told.textContent = names.length === 0 ? 'Nothing is known of the pictures of this set, so it has no groups.' : '';
        ask();
      },
    ),
    () => root.replaceChildren(),
  );
  return life.end;
}

/** @param {Groups} found @returns {string} whether the groups differ, beyond chance */
function groupWords({ groups }) {
  const errors = groups.filter((one) => one.error);
  if (errors.length < 2) return '';
  const sorted = [...errors].sort((a, b) => /** @type {Interval} */ (b.error).value - /** @type {Interval} */ (a.error).value);
  const [worst, best] = [sorted[0], sorted[sorted.length - 1]];
  const [high, low] = [/** @type {Interval} */ (worst.error), /** @type {Interval} */ (best.error)];
  const times = low.value > 0 ? high.value / low.value : Infinity;
  if (high.low <= low.high) return 'No group is redrawn reliably worse than another: the intervals overlap.';
  return `Redrawn worst: ${worst.name}, with ${Number.isFinite(times) ? `${short(Number(times.toPrecision(2)))} times` : 'far above'} the error of ${best.name}. The intervals do not overlap.`;
}

/** @param {Groups} found @returns {HTMLElement[]} */
function groupParts({ groups, error, agreement }) {
  const made = [];
  const count = (/** @type {Group} */ one) => `${one.count.toLocaleString('en-US')} (${share(one.share)})`;
  if (error) {
    const most = Math.max(...groups.map((one) => one.error?.high ?? 0), error.high) || 1;
    const bars = groups.map((one) => ({
      name: one.name,
      value: (one.error?.value ?? 0) / most,
      interval: one.error && /** @type {[number, number]} */ ([one.error.low / most, one.error.high / most]),
      mark: error.value / most,
      text: one.error ? short(one.error.value) : '\u2013',
      note: count(one),
    }));
    made.push(el('section', {}, el('h3', { text: 'Mean error of the reconstruction' }), barList('Mean error of each group', bars, 'groups-error')));
  }
  if (agreement) {
    const bars = groups.map((one) => ({
      name: one.name,
      value: one.agreement?.value ?? 0,
      interval: one.agreement && /** @type {[number, number]} */ ([one.agreement.low, one.agreement.high]),
      mark: agreement.value,
      text: one.agreement ? share(one.agreement.value) : '\u2013',
      note: count(one),
    }));
    made.push(el('section', {}, el('h3', { text: 'Label is that of most of its 10 nearest' }), barList('Agreement of each group', bars, 'groups-agreement')));
  }
  return made;
}
