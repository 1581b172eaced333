/**
 * Where the points lie: contours on the map, the histogram of each latent dimension, and the points that lie where few others do.
 */

import { sentence, superseded } from '../api.js';
import { button, dimName, el, lifetime } from '../dom.js';
import { layersOf } from '../map_layers.js';
import { newest } from '../newest.js';
import { modelPath, onMap, setPath, short, shownMap, spaceOfSet } from './asking.js';
import { contourLines } from './contour_lines.js';
import { thumbs } from './thumbs.js';

/** @typedef {import('../store.js').Store} Store */
/** @typedef {import('../api.js').Api} Api */
/** @typedef {import('../points.js').Mapped} Mapped */
/** @typedef {{dim: number, low: number, high: number, counts: number[], lowest: number[], highest: number[]}} Histogram */

const RAREST = 8;
const FIRST = 8;
const SPACE = 'http://www.w3.org/2000/svg';

/** @param {HTMLElement} root @param {Store} store @param {Api} api @returns {() => void} */
export function mount(root, store, api) {
  const life = lifetime();
  const told = el('p', { class: 'told', testid: 'density-told' });
  const shown = el('input', { type: 'checkbox', id: 'contours', checked: true, testid: 'contours' });
  const toggle = el('label', { class: 'section-check', for: 'contours' }, shown, el('span', { text: 'Show the contours' }));
  const rarest = thumbs(store, api, { label: 'Where few others lie', testid: 'density-rarest', count: RAREST });
  const list = el('ol', { class: 'histograms', testid: 'histograms' });
  const more = button({ label: 'Show all', testid: 'histograms-all', hidden: true, press: () => showHistograms(true) });
  const words = el('p', { class: 'second', text: 'The factor under a picture: so many times as often as now would a training draw it that evens out these histograms.' });
  root.append(
    toggle,
    told,
    el('div', { class: 'section-row' }, el('h3', { text: 'Where few others lie' }), rarest.element),
    words,
    el('h3', { text: 'Each dimension, by how much it changes the picture' }),
    list,
    more,
  );
  /** @type {{mapped: Mapped, lines: Float64Array[]}|null} */
  let contours = null;
  /** @type {{set: string, histograms: Histogram[]}|null} */
  let found = null;
  const layer = layersOf(store).add({
    draw: (context, scene) => contours && shown.checked && drawContours(context, scene, contours),
  });
  shown.addEventListener('change', () => layer.redraw(), { signal: life.signal });

  const grid = newest(async (/** @type {Mapped} */ mapped, signal) => {
    contours = null;
    if (mapped.dims === 2) {
      try {
        const answer = await api.fetch(`${modelPath(mapped.model)}/projection/density?${mapped.query}`, { signal });
        const about = JSON.parse(answer.headers.get('x-density') ?? '{}');
        const [, columns] = (answer.headers.get('x-shape') ?? '').split(',').map(Number);
        const values = new Float32Array(await answer.arrayBuffer());
        if (store.state.mapped !== mapped) return;
        const lines = about.levels.map((/** @type {number} */ level) => contourLines(values, columns, about.extent, level));
        contours = { mapped, lines };
        const shares = about.shares.map((/** @type {number} */ share) => `${Math.round(100 * share)}%`);
        told.textContent = `The lines enclose ${shares.slice(0, -1).join(', ')} and ${shares.at(-1)} of the points, from the inmost outwards.`;
      } catch (wrong) {
        if (!superseded(wrong)) told.textContent = sentence(wrong);
        throw wrong;
      } finally {
        layer.redraw();
      }
    } else {
      told.textContent = 'Contours are drawn on flat maps: this one has three dimensions.';
      layer.redraw();
    }
  });
  const bars = newest(async (/** @type {{model: string, set: string}} */ { model, set }, signal) => {
    try {
      const answer = await api.json(`${setPath(model, set)}/histograms`, signal);
      if (store.state.detail?.id !== model) return;
      found = { set, histograms: answer.histograms };
      showHistograms(false);
      const rows = answer.rarest.slice(0, RAREST);
      const notes = rows.map((/** @type {number} */ row, /** @type {number} */ index) => ({ row, note: `${short(Number(answer.weights[index].toPrecision(2)))}\u00d7` }));
      await rarest.show(set, notes, signal);
    } catch (wrong) {
      if (!superseded(wrong)) list.replaceChildren(el('li', { class: 'second', text: sentence(wrong) }));
      throw wrong;
    }
  });

  /** @param {boolean} all */
  function showHistograms(all) {
    if (!found) return;
    const { set, histograms } = found;
    const space = spaceOfSet(store.state, set) || 'z';
    const some = all ? histograms : histograms.slice(0, FIRST);
    list.replaceChildren(...some.map((one) => histogram(one, space)));
    more.hidden = some.length === histograms.length;
    more.textContent = `Show all ${histograms.length}`;
    mark();
  }

  /** @param {unknown} [_] where the current point lies */
  function mark(_) {
    const { state } = store;
    for (const line of /** @type {NodeListOf<HTMLElement>} */ (list.querySelectorAll('.histogram-own'))) {
      const value = onMap(state) ? state.latent?.[Number(line.dataset.dim)] : undefined;
      line.hidden = value === undefined;
      if (value === undefined) continue;
      const [low, high] = [Number(line.dataset.low), Number(line.dataset.high)];
      line.style.left = `${(100 * Math.max(0, Math.min(1, (value - low) / (high - low)))).toFixed(2)}%`;
    }
  }

  life.add(
    grid.stop,
    bars.stop,
    layer.remove,
    store.watch(
      (state) => [state.mapped, state.detail],
      (state) => {
        const mapped = shownMap(state);
        if (!mapped) return;
        grid.ask(mapped);
        if (found?.set !== mapped.set) bars.ask({ model: mapped.model, set: mapped.set });
      },
    ),
    store.watch((state) => [state.latent, state.space], mark),
    () => root.replaceChildren(),
  );
  return life.end;
}

/** @param {CanvasRenderingContext2D} context @param {import('../map_layers.js').Scene} scene @param {{mapped: Mapped, lines: Float64Array[]}} contours */
function drawContours(context, { points, place, colours }, { mapped, lines }) {
  if (points !== mapped) return;
  lines.forEach((segments, index) => {
    context.beginPath();
    for (let at = 0; at < segments.length; at += 4) {
      context.moveTo(...place(segments.subarray(at, at + 2)));
      context.lineTo(...place(segments.subarray(at + 2, at + 4)));
    }
    context.lineCap = 'round';
    context.strokeStyle = colours.panel;
    context.lineWidth = 3.5;
    context.stroke();
    context.strokeStyle = colours.ink;
    context.lineWidth = 2 - 0.5 * index;
    context.stroke();
  });
}

/** @param {Histogram} one @param {string} space */
function histogram({ dim, low, high, counts }, space) {
  const most = Math.max(1, ...counts);
  const svg = document.createElementNS(SPACE, 'svg');
  for (const [key, value] of Object.entries({ viewBox: '0 0 100 20', preserveAspectRatio: 'none', 'aria-hidden': 'true' }))
    svg.setAttribute(key, value);
  const hill = document.createElementNS(SPACE, 'path');
  const width = 100 / counts.length;
  const steps = counts.map((count, index) => `L${(index * width).toFixed(2)} ${(20 - (20 * count) / most).toFixed(2)}h${width.toFixed(2)}`);
  hill.setAttribute('d', `M0 20${steps.join('')}L100 20Z`);
  hill.setAttribute('class', 'bar-hill');
  svg.append(hill);
  const own = el('span', { class: 'histogram-own', 'data-dim': dim, 'data-low': low, 'data-high': high, hidden: true });
  return el(
    'li',
    { class: 'histogram' },
    el('span', { class: 'number', text: dimName(dim, space) }),
    el('span', { class: 'second number', text: short(Number(low.toFixed(2))) }),
    el('span', { class: 'histogram-plot' }, svg, own),
    el('span', { class: 'second number', text: short(Number(high.toFixed(2))) }),
  );
}
