/**
 * One road: its strip, how far the picture moves at each step, how unusual the points are, and a sentence.
 */

import { button, el } from '../dom.js';
import { changeChart, unusualChart } from '../figures/road_chart.js';
import { methodOf } from '../models.js';
import { strip } from '../panels/strip.js';
import { canSlerp, chooseMethod, walkedMethod, walkTo } from '../walk.js';

/** @typedef {import('../store.js').Store} Store */
/** @typedef {import('../api.js').Api} Api */
/** @typedef {import('../walk.js').Method} Method */
/** @typedef {import('./path_measures.js').Measured} Measured */
/** @typedef {{element: HTMLElement, body: HTMLElement, show: (measured: Measured|undefined, most: number) => void, end: () => void}} RoadPart */

const WORDS = /** @type {Record<Method, [string, string]>} */ ({
  lerp: ['Straight line', 'Every number changes at an even pace.'],
  slerp: ['Along the sphere', 'The direction turns evenly; for Gaussian priors.'],
  geodesic: ['Geodesic', 'The picture changes least, and evenly.'],
});
const NO_SLERP = 'Not here: it is for Gaussian and spherical priors.';

/**
 * @param {Store} store @param {Api} api @param {Method} method
 * @param {...HTMLElement} controls between the head and the strip
 * @returns {RoadPart}
 */
export function roadPart(store, api, method, ...controls) {
  const [title, words] = WORDS[method];
  const part = strip(store, api, { method, testid: `path-strip-${method}` });
  const choose = button({
    label: `Walk along this road: ${method}`,
    text: method,
    testid: `path-method-${method}`,
    press: () => chooseMethod(store, method),
  });
  const told = el('p', { class: 'second road-words', text: words });
  const charts = el('div', { class: 'road-charts' });
  const sentence = el('p', { class: 'road-sentence', testid: `path-sentence-${method}` });
  const facts = el('p', {
    class: 'second number road-facts',
    testid: `path-facts-${method}`,
    title: 'Change: root mean squared difference of neighbouring pictures, pixels from 0 to 1.',
  });
  const body = el('div', { class: 'road-body' }, part.element, charts, el('div', { class: 'road-found' }, sentence, facts));
  const element = el(
    'section',
    { class: 'road', 'aria-label': title, testid: `road-${method}` },
    el('header', { class: 'part-head' }, choose, el('h2', { text: title }), told),
    ...controls,
    body,
  );
  charts.addEventListener('click', (event) => {
    const { left, width } = charts.getBoundingClientRect();
    chooseMethod(store, method);
    walkTo(store, (event.clientX - left) / width);
  });
  const ends = [
    part.end,
    store.watch(
      (state) => [methodOf(state), walkedMethod(state), canSlerp(state)],
      (state) => {
        const pressed = /** @type {string} */ (methodOf(state)) === method;
        choose.setAttribute('aria-pressed', String(pressed));
        element.classList.toggle('chosen', walkedMethod(state) === method);
        if (method !== 'slerp') return;
        const can = canSlerp(state);
        choose.disabled = body.hidden = !can;
        body.hidden = !can;
        told.textContent = can ? words : NO_SLERP;
      },
    ),
    store.watch(
      (state) => [state.position, state.origin, walkedMethod(state)],
      (state) => {
        element.classList.toggle('walked', state.origin === 'path' && walkedMethod(state) === method);
        charts.style.setProperty('--at', String(state.position));
      },
    ),
  ];
  return {
    element,
    body,
    show: (measured, most) => {
      charts.replaceChildren(...(measured ? drawn(measured, most) : []));
      sentence.textContent = measured?.sentence ?? '';
      facts.textContent = measured
        ? `Change in all ${measured.length.toFixed(2)}; the largest step is ${measured.continuity.toFixed(1)} times the mean.`
        : '';
    },
    end: () => ends.forEach((end) => end()),
  };
}

/** @param {Measured} measured @param {number} most @returns {Node[]} */
function drawn({ changes, unusual, sentence }, most) {
  const label = (/** @type {string} */ text) => el('span', { class: 'chart-name', text, 'aria-hidden': 'true' });
  const first = el('div', { class: 'road-chart' }, label('change a step'), changeChart(changes, most, `Change of the picture at each step. ${sentence}`));
  if (!unusual) return [first];
  const highest = Math.round(Math.max(...unusual));
  return [
    first,
    el('div', { class: 'road-chart' }, label('unusual, 0 to 100%; dashed: 95%'), unusualChart(unusual, `How unusual the points are along this road: up to ${highest}%`)),
  ];
}
