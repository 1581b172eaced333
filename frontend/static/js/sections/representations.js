/**
 * What a representation is: the same pictures as pixels, as principal components, and as each model's latents, side by side.
 */

import { sentence, superseded } from '../api.js';
import { el, lifetime } from '../dom.js';
import { newest } from '../newest.js';
import { jobLine } from '../panels/job_line.js';
import { known, share } from './asking.js';

/** @typedef {import('../store.js').Store} Store */
/** @typedef {import('../api.js').Api} Api */
/** @typedef {{name: string, title: string, size: number, agreement: {value: number, low: number, high: number}|null}} Representation */
/** @typedef {{data: string, rows: number[], labels: number[], classes: string[], total: number, chance: number, representations: Representation[]}} Answer */

const SIDE = 132;
const RATIO = 2;
const EDGE = 6;

/** @param {Readonly<import('../state.js').State>} state @returns {string} the data set of the model's real pictures, '' without */
export const dataOf = ({ detail }) =>
  /** @type {any} */ (detail?.manifest)?.sets?.find((/** @type {any} */ one) => one.data)?.data ?? '';

/** @param {HTMLElement} root @param {Store} store @param {Api} api @returns {() => void} */
export function mount(root, store, api) {
  const life = lifetime();
  const line = jobLine({ name: 'Representations', testid: 'representations-job' });
  const told = el('p', { class: 'told', testid: 'representations-told' });
  const grid = el('ul', { class: 'representations', testid: 'representations' });
  const how = el('p', { class: 'second' });
  root.append(line.element, told, grid, how);
  let shown = '';

  const fetcher = newest(async (/** @type {string} */ data, signal) => {
    try {
      const address = `/api/representations?data=${encodeURIComponent(data)}`;
      const answer = await known(api, address, line, signal);
      if (dataOf(store.state) !== data) return;
      if (!answer) {
        told.textContent = 'It was not computed. Close this part and open it again to start anew.';
        return;
      }
      /** @type {Answer} */
      const found = await answer.json();
      shown = data;
      told.textContent = bestWords(found);
      how.textContent =
        `${found.rows.length.toLocaleString('en-US')} of ${found.total.toLocaleString('en-US')} pictures. The percentage: for so many the label is that of most of their 10 nearest; ` +
        `always the most frequent label would score ${share(found.chance)}. The maps show the first two principal components of each representation, coloured by class.`;
      const cards = found.representations.map((one) => cardOf(one, store.state.detail?.id ?? ''));
      grid.replaceChildren(...cards.map(({ element }) => element));
      for (const { name, canvas } of cards) {
        const path = `/api/representations/positions?data=${encodeURIComponent(data)}&name=${encodeURIComponent(name)}`;
        const places = new Float32Array(await (await api.fetch(path, { signal })).arrayBuffer());
        dots(canvas, places, found.labels);
      }
    } catch (wrong) {
      if (!superseded(wrong)) told.textContent = sentence(wrong);
      throw wrong;
    }
  });
  life.add(
    fetcher.stop,
    line.stop,
    store.watch(
      (state) => [state.detail],
      (state) => {
        const data = dataOf(state);
        for (const card of grid.children) card.classList.toggle('own', card.getAttribute('data-name') === state.detail?.id);
        if (data === '' || data === shown) return;
        shown = '';
        grid.replaceChildren();
        told.textContent = how.textContent = '';
        fetcher.ask(data);
      },
    ),
    () => root.replaceChildren(),
  );
  return life.end;
}

/** @param {Answer} answer @returns {string} */
function bestWords({ representations }) {
  const measured = representations.filter((one) => one.agreement);
  if (measured.length < 2) return 'No labels are known of these pictures, so the representations are only shown.';
  const value = (/** @type {Representation} */ one) => one.agreement?.value ?? 0;
  const sorted = [...measured].sort((a, b) => value(b) - value(a));
  const pixels = measured.find((one) => one.name === 'pixels');
  const [best, worst] = [sorted[0], sorted[sorted.length - 1]];
  const beside = pixels && pixels !== best ? `; plain pixels ${share(value(pixels))}` : '';
  return `Like lies nearest to like in ${best.title} (${share(value(best))})${beside}, and least in ${worst.title} (${share(value(worst))}).`;
}

/** @param {Representation} one @param {string} model */
function cardOf({ name, title, size, agreement }, model) {
  const canvas = el('canvas', { width: SIDE * RATIO, height: SIDE * RATIO, role: 'img', 'aria-label': `Map of ${title}` });
  const facts = `${size.toLocaleString('en-US')} numbers`;
  const between = agreement ? `between ${share(agreement.low)} and ${share(agreement.high)}` : '';
  const element = el(
    'li',
    { class: name === model ? 'own' : '', 'data-name': name },
    canvas,
    el('span', { class: 'representation-title', text: title, title }),
    el('span', { class: 'second number', text: `${agreement ? `${share(agreement.value)} \u00b7 ` : ''}${facts}`, title: between }),
  );
  return { name, canvas, element };
}

/** @param {HTMLCanvasElement} canvas @param {Float32Array} places (N, 2) @param {number[]} labels */
function dots(canvas, places, labels) {
  const context = canvas.getContext('2d');
  if (!context || places.length === 0) return;
  const style = getComputedStyle(canvas);
  const colours = Array.from({ length: 10 }, (_, index) => style.getPropertyValue(`--class-${index}`).trim());
  const ends = [0, 1].map((axis) => {
    const values = places.filter((_, index) => index % 2 === axis).sort();
    return [values[Math.floor(0.005 * (values.length - 1))], values[Math.ceil(0.995 * (values.length - 1))]];
  });
  const span = Math.max(ends[0][1] - ends[0][0], ends[1][1] - ends[1][0]) || 1;
  const middle = ends.map(([low, high]) => (low + high) / 2);
  const scale = (SIDE - 2 * EDGE) / span;
  context.setTransform(RATIO, 0, 0, RATIO, 0, 0);
  context.clearRect(0, 0, SIDE, SIDE);
  for (let index = 0; index < labels.length; index++) {
    const x = SIDE / 2 + (places[2 * index] - middle[0]) * scale;
    const y = SIDE / 2 - (places[2 * index + 1] - middle[1]) * scale;
    context.fillStyle = colours[labels[index] % 10] ?? style.color;
    context.fillRect(x - 0.75, y - 0.75, 1.5, 1.5);
  }
}
