/**
 * The map's legend: each class is a toggle that picks it out; none picked out means all.
 */

import { el } from '../dom.js';

/**
 * @param {import('../store.js').Store} store @param {string} [testid] @param {string} [label]
 * @returns {{element: HTMLElement, end: () => void}}
 */
export function legend(store, testid = 'legend', label = 'Classes on the map') {
  const element = el('div', { class: 'legend', role: 'group', 'aria-label': label, testid });
  const toggle = (/** @type {number} */ index) => {
    const { classes } = store.state;
    store.set({
      classes: classes.includes(index)
        ? classes.filter((one) => one !== index)
        : [...classes, index].sort((a, b) => a - b),
    });
  };
  const ends = [
    store.watch(
      (state) => [state.points, state.detail],
      ({ points, detail }) => {
        const names = points?.model === detail?.id ? (points?.categories ?? []) : [];
        if (!points || names.length === 0) {
          element.replaceChildren(
            el('p', {
              class: 'second',
              text:
                points && !points.failure && points.model === detail?.id
                  ? 'Without classes; the colour is how dense the points lie.'
                  : '',
            }),
          );
          return;
        }
        element.replaceChildren(...names.map((name, index) => chip(name, index, toggle)));
      },
    ),
    store.watch(
      (state) => [state.classes, state.points],
      ({ classes }) => {
        element.classList.toggle('picking', classes.length > 0);
        for (const one of element.querySelectorAll('button'))
          one.setAttribute('aria-pressed', String(classes.includes(Number(one.dataset.class))));
      },
    ),
  ];
  return { element, end: () => ends.forEach((end) => end()) };
}

/** @param {string} name @param {number} index @param {(index: number) => void} toggle */
function chip(name, index, toggle) {
  return el(
    'button',
    {
      type: 'button',
      class: 'legend-chip',
      'data-class': index,
      'aria-pressed': 'false',
      title: `Pick out ${name}`,
      on: { click: () => toggle(index) },
    },
    el('span', { class: `swatch swatch-${index % 10}`, 'aria-hidden': 'true' }),
    el('span', { text: name }),
  );
}
