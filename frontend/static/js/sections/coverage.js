/**
 * What a generator covers of its data: which real pictures its samples reach, by class and over its training, and where on the map
 * none comes.
 */

import { sentence, superseded } from '../api.js';
import { button, el, lifetime } from '../dom.js';
import { SNAPSHOT } from '../given.js';
import { layersOf } from '../map_layers.js';
import { newest } from '../newest.js';
import { jobLine } from '../panels/job_line.js';
import { counted, known, modelPath, share, shownMap } from './asking.js';
import { barList } from './bars.js';
import { thumbs } from './thumbs.js';

/** @typedef {import('../store.js').Store} Store */
/** @typedef {import('../api.js').Api} Api */
/** @typedef {import('../points.js').Mapped} Mapped */
/** @typedef {{name: string, coverage: number|null, real: number, drawn: number, missing: boolean}} ClassCoverage */
/** @typedef {{label: string, coverage: number, entropy: number|null, classes: ClassCoverage[]}} Step */
/** @typedef {{set: string, features: string, explained: number, real: number, samples: number, sampler: string, ceiling: number, classifier: number|null, steps: Step[]}} Coverage */
/** @typedef {{count: number, share: number, centre: [number, number], classes: [string, number][], rows: number[]}} Region */
/** @typedef {{step: number, samples: [number, number][], unreached: number[], judged: number, regions: Region[]}} CoverageMap */

const SHOWN = 6;
const REGIONS = 6;
const VEIL = 0.7;
/** Share of the samples that may lie beyond the map without a word. */
const BEYOND = 0.02;

/** @param {HTMLElement} root @param {Store} store @param {Api} api @returns {() => void} */
export function mount(root, store, api) {
  const life = lifetime();
  const line = jobLine({ name: 'Coverage', testid: 'coverage-job' });
  const told = el('p', { class: 'told', testid: 'coverage-told' });
  const steps = el('div', { class: 'coverage-steps', testid: 'coverage-steps', role: 'group', 'aria-label': 'Step of the training', hidden: true });
  const checks = ['Samples', 'Real pictures that none reaches'].map((words, index) => {
    const box = el('input', { type: 'checkbox', id: `coverage-${index}`, checked: true, testid: index === 0 ? 'coverage-samples' : 'coverage-unreached' });
    box.addEventListener('change', () => layer.redraw(), { signal: life.signal });
    return { box, label: el('label', { class: 'section-check', for: box.id }, box, el('span', { class: index === 0 ? 'key-sample' : 'key-unreached', 'aria-hidden': 'true' }), el('span', { text: words })) };
  });
  const wider = button({
    label: 'Show the samples beyond the map, too',
    text: 'Show those beyond the map',
    testid: 'coverage-wider',
    hidden: true,
    press: () => drawn && store.set({ extent: extentOf(drawn) }),
  });
  const onMap = el('div', { class: 'section-acts' }, ...checks.map(({ label }) => label), wider);
  const where = el('p', { class: 'second', testid: 'coverage-where' });
  const regions = el('ol', { class: 'coverage-regions', testid: 'coverage-regions' });
  const classes = el('div', { class: 'section-row' });
  const how = el('p', { class: 'second' });
  root.append(line.element, told, steps, onMap, where, regions, classes, how);
  /** @type {{model: string, answer: Coverage}|null} */
  let found = null;
  /** @type {{mapped: Mapped, map: CoverageMap}|null} */
  let drawn = null;
  let step = -1;
  const layer = layersOf(store).add({
    draw: (context, scene) => drawn && drawCoverage(context, scene, drawn, checks.map(({ box }) => box.checked)),
  });

  const asked = newest(async (/** @type {string} */ model, signal) => {
    try {
      const answer = await known(api, `${modelPath(model)}/coverage`, line, signal);
      if (store.state.detail?.id !== model) return;
      if (!answer) {
        told.textContent = 'It was not computed. Close this part and open it again to start anew.';
        return;
      }
      found = { model, answer: await answer.json() };
      step = stepOf(found.answer, store.state);
      show();
    } catch (wrong) {
      if (!superseded(wrong)) told.textContent = sentence(wrong);
      throw wrong;
    }
  });
  const placed = newest(async (/** @type {{mapped: Mapped, step: number}} */ { mapped, step: wanted }, signal) => {
    try {
      const answer = await api.json(`${modelPath(mapped.model)}/coverage/map?${mapped.query}&step=${wanted}`, signal);
      if (store.state.mapped !== mapped || wanted !== step) return;
      drawn = { mapped, map: answer };
      layer.redraw();
      await showRegions(mapped, answer, signal);
    } catch (wrong) {
      if (!superseded(wrong)) where.textContent = sentence(wrong);
      throw wrong;
    }
  });

  function show() {
    if (!found) return;
    const { answer } = found;
    const now = answer.steps[step];
    told.textContent = coverageWords(answer, now);
    steps.hidden = answer.steps.length < 2;
    const held = steps.contains(document.activeElement);
    const choose = (/** @type {number} */ index) => store.set({ conditions: { ...store.state.conditions, [SNAPSHOT]: index } });
    steps.replaceChildren(...answer.steps.map((one, index) => stepButton(one, index === step, answer.ceiling, () => choose(index))));
    if (held) steps.querySelectorAll('button')[step]?.focus();
    classes.replaceChildren(...classParts(now));
    how.textContent = howWords(answer);
    locate();
  }

  /** @param {unknown} [_] */
  function locate(_) {
    const mapped = shownMap(store.state);
    const { answer } = found ?? {};
    drawn = null;
    layer.redraw();
    regions.replaceChildren();
    const fits = mapped && answer && mapped.set === answer.set && mapped.dims === 2;
    onMap.hidden = !fits;
    where.textContent = '';
    if (!mapped || !answer) return;
    if (fits) placed.ask({ mapped, step });
    else where.textContent = `Samples and unreached pictures are drawn on flat maps of the set of real pictures.`;
  }

  /** @param {Mapped} mapped @param {CoverageMap} map @param {AbortSignal} signal */
  async function showRegions(mapped, map, signal) {
    const beyond = beyondOf(mapped, map);
    wider.hidden = beyond < BEYOND;
    const words = beyond < BEYOND ? '' : ` ${share(beyond)} of the samples shown lie beyond all real pictures on this map.`;
    where.textContent = regionWords(map) + words;
    const made = map.regions.slice(0, REGIONS).map((region, index) => {
      const pictures = thumbs(store, api, { label: `Pictures of region ${index + 1}`, testid: 'region-pictures', count: SHOWN });
      const mix = region.classes.slice(0, 3).map(([name, part]) => `${name} ${share(part)}`).join(', ');
      const words = `${index + 1}: ${counted(region.count, 'picture')} (${share(region.share)})${mix ? `: ${mix}` : ''}`;
      return { region, pictures, element: el('li', {}, el('p', { text: words }), pictures.element) };
    });
    regions.replaceChildren(...made.map(({ element }) => element));
    await Promise.all(made.map(({ region, pictures }) => pictures.show(mapped.set, region.rows.slice(0, SHOWN).map((row) => ({ row })), signal)));
  }

  life.add(
    asked.stop,
    placed.stop,
    line.stop,
    layer.remove,
    store.watch(
      (state) => [state.detail],
      ({ detail }) => {
        if (!detail || found?.model === detail.id) return;
        found = null;
        for (const part of [steps, classes, regions]) part.replaceChildren();
        told.textContent = how.textContent = where.textContent = '';
        onMap.hidden = true;
        asked.ask(detail.id);
      },
    ),
    store.watch((state) => [state.mapped], locate),
    store.watch(
      (state) => [state.conditions],
      (state) => {
        if (!found || stepOf(found.answer, state) === step) return;
        step = stepOf(found.answer, state);
        show();
      },
    ),
    () => root.replaceChildren(),
  );
  return life.end;
}

/** @param {Coverage} answer @param {Readonly<import('../state.js').State>} state @returns {number} the step that the picture shows, else the last */
const stepOf = ({ steps }, { conditions }) => Math.min(conditions[SNAPSHOT] ?? Infinity, steps.length - 1);

/** @param {Step} one @param {boolean} pressed @param {number} ceiling @param {() => void} press */
function stepButton({ label, coverage, entropy, classes }, pressed, ceiling, press) {
  const missing = classes.filter((each) => each.missing).length;
  const bar = el('span', { class: 'share-track', 'aria-hidden': 'true' }, el('span', { class: 'share-fill' }), el('span', { class: 'share-mark' }));
  /** @type {HTMLElement} */ (bar.children[0]).style.width = `${100 * coverage}%`;
  /** @type {HTMLElement} */ (bar.children[1]).style.left = `${100 * ceiling}%`;
  const parts = [share(coverage), entropy === null ? '' : `entropy ${entropy.toFixed(2)}`, missing ? `${missing} missing` : ''];
  const facts = parts.filter(Boolean).join(' \u00b7 ');
  const title = `${share(coverage)} of the real pictures reached; entropy of the classes drawn, in nats; classes hardly ever drawn`;
  return el(
    'button',
    { type: 'button', class: 'coverage-step', title, 'aria-pressed': String(pressed), on: { click: press } },
    el('span', { text: label || 'Now' }),
    bar,
    el('span', { class: 'second number', text: facts }),
  );
}

/** @param {Coverage} answer @param {Step} now */
function coverageWords({ ceiling, steps }, { label, coverage, classes }) {
  const at = steps.length > 1 && label ? `After ${label}, samples` : 'Samples';
  const missing = classes.filter((one) => one.missing).map((one) => one.name);
  const lost = missing.length === 0 ? '' : ` Hardly ever drawn: ${missing.join(', ')}.`;
  return `${at} reach ${share(coverage)} of the real pictures. One half of the real pictures reaches ${share(ceiling)} of the other: more cannot be asked for.${lost}`;
}

/** @param {Step} now @returns {HTMLElement[]} */
function classParts({ classes }) {
  if (classes.length === 0) return [];
  const bars = [...classes]
    .sort((a, b) => (a.coverage ?? 2) - (b.coverage ?? 2))
    .map((one) => ({
      name: one.name,
      value: one.coverage ?? 0,
      text: one.coverage === null ? '\u2013' : share(one.coverage),
      note: `drawn ${share(one.drawn)}, real ${share(one.real)}`,
      warning: one.missing,
    }));
  return [el('h3', { text: 'By class, the least reached first' }), barList('Share of each class that samples reach', bars, 'coverage-classes')];
}

/** @param {CoverageMap} map */
function regionWords({ regions, unreached, judged }) {
  const all = `${counted(unreached.length, 'real picture')} of ${judged.toLocaleString('en-US')} that were compared ${unreached.length === 1 ? 'is' : 'are'} reached by no sample`;
  if (unreached.length === 0) return 'Every real picture that was compared is reached by some sample.';
  if (regions.length === 0) return `${all}, but nowhere on this map do they lie together: no region of the data is missing.`;
  return `${all}. They lie together in ${counted(regions.length, 'region')}.`;
}

/** @param {{positions: Float32Array}} mapped @returns {[number, number, number, number]} x from, x to, y from, y to */
function bounds({ positions }) {
  const found = /** @type {[number, number, number, number]} */ ([Infinity, -Infinity, Infinity, -Infinity]);
  for (let at = 0; at < positions.length; at++) {
    const axis = 2 * (at % 2);
    found[axis] = Math.min(found[axis], positions[at]);
    found[axis + 1] = Math.max(found[axis + 1], positions[at]);
  }
  return found;
}

/** @param {Mapped} mapped @param {CoverageMap} map @returns {number} share of the samples outside the rectangle of all points */
function beyondOf(mapped, { samples }) {
  const [left, right, low, high] = bounds(mapped);
  return samples.filter(([x, y]) => x < left || x > right || y < low || y > high).length / Math.max(1, samples.length);
}

/** @param {{mapped: Mapped, map: CoverageMap}} drawn @returns {number[]} what holds all points and all samples */
function extentOf({ mapped, map: { samples } }) {
  const all = new Float32Array(mapped.positions.length + 2 * samples.length);
  all.set(mapped.positions);
  all.set(samples.flat(), mapped.positions.length);
  const [left, right, low, high] = bounds({ positions: all });
  const [x, y] = [0.05 * (right - left), 0.05 * (high - low)];
  return [left - x, right + x, low - y, high + y];
}

/** @param {Coverage} answer */
const howWords = ({ samples, real, sampler, features, explained, classifier }) =>
  `Compared: ${samples.toLocaleString('en-US')} samples (${sampler}) with ${counted(real, 'real picture')}, in ${features}, which hold ${share(explained)} of their variance. ` +
  'A real picture is reached where a sample is at most as far from it as its 5th nearest other real picture.' +
  (classifier === null ? '' : ` The class of a sample is that of its nearest real pictures, which tells ${share(classifier)} of real pictures right.`);

/** @param {CanvasRenderingContext2D} context @param {import('../map_layers.js').Scene} scene @param {{mapped: Mapped, map: CoverageMap}} drawn @param {boolean[]} which */
function drawCoverage(context, { points, place, row, colours, font, width, height }, { mapped, map }, [samples, unreached]) {
  if (points !== mapped || !(samples || unreached)) return;
  context.globalAlpha = VEIL; // the points of the set step back behind what is said about them
  context.fillStyle = colours.panel;
  context.fillRect(0, 0, width, height);
  context.globalAlpha = 1;
  if (unreached) {
    context.strokeStyle = colours.warning;
    context.lineWidth = 1;
    context.beginPath();
    for (const index of map.unreached) {
      const [x, y] = row(index);
      context.moveTo(x + 2.5, y);
      context.arc(x, y, 2.5, 0, 2 * Math.PI);
    }
    context.stroke();
  }
  if (samples) {
    context.fillStyle = colours.accent;
    for (const at of map.samples) {
      const [x, y] = place(at);
      context.fillRect(x - 1.25, y - 1.25, 2.5, 2.5);
    }
  }
  if (!unreached) return;
  context.font = `600 12px ${font}`;
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  map.regions.slice(0, REGIONS).forEach(({ centre }, index) => {
    const [x, y] = place(centre);
    context.beginPath();
    context.arc(x, y, 10, 0, 2 * Math.PI);
    context.fillStyle = colours.panel;
    context.fill();
    context.strokeStyle = colours.warning;
    context.lineWidth = 2;
    context.stroke();
    context.fillStyle = colours.ink;
    context.fillText(String(index + 1), x, y + 0.5);
  });
}
