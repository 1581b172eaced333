/**
 * What was done to the picture before the model saw it, in sentences: each can be undone, and what was not done can be
 * asked for.
 */

import { button, el, icon } from '../dom.js';
import { toggleStep } from '../uploads.js';

/** @typedef {import('../store.js').Store} Store */
/** @typedef {import('../api.js').Api} Api */
/** @typedef {import('../api.js').Step} Step */

/** @param {Store} store @param {Api} api */
export function stepList(store, api) {
  const done = el('ol', { class: 'told-steps', 'aria-label': 'What was done to your picture' });
  const rest = el('ul', { class: 'steps', 'aria-label': 'What was not done' });
  const idle = el('div', { class: 'not-done' }, el('p', { class: 'second', text: 'Not done:' }), rest);
  const names = el('span', { class: 'second' });
  const count = el('strong', {});
  const head = el('summary', { testid: 'told-steps' }, icon('chevron'), el('span', {}, count, ' ', names));
  const toggle = (/** @type {string} */ id) => toggleStep(store, api, id);
  return {
    element: el('details', { class: 'told fold' }, head, done, idle),
    /** @param {Step[]} steps */
    show(steps) {
      const key = JSON.stringify(steps);
      if (done.dataset.key === key) return;
      done.dataset.key = key;
      const focused = focusedStep(done, rest);
      const applied = steps.filter((step) => step.applied);
      const others = steps.filter((step) => !step.applied);
      count.textContent = applied.length === 0 ? 'Nothing had to be done to it.' : counted(applied.length);
      names.textContent = applied.map((step) => step.title).join(' \u00b7 ');
      idle.hidden = others.length === 0;
      done.replaceChildren(...applied.map((step) => doneStep(step, toggle)));
      rest.replaceChildren(...others.map((step) => el('li', {}, idleStep(step, toggle))));
      if (focused) /** @type {HTMLElement|null} */ (document.querySelector(`[data-testid="${focused}"]`))?.focus();
    },
  };
}

/** @param {number} count */
const counted = (count) => (count === 1 ? 'One step was done:' : `${count} steps were done:`);

/** @param {...HTMLElement} lists @returns {string} the focus stays on the step it was on */
function focusedStep(...lists) {
  const { activeElement } = document;
  const inside = activeElement instanceof HTMLElement && lists.some((list) => list.contains(activeElement));
  return inside ? (activeElement.dataset.testid ?? '') : '';
}

/** @param {Step} step @param {(id: string) => void} toggle */
function doneStep(step, toggle) {
  const undo = button({
    label: `Undo: ${step.title}`,
    text: 'Undo',
    class: 'quiet',
    testid: `told-${step.id}`,
    press: () => toggle(step.id),
  });
  const words = el('p', {}, el('strong', { text: step.title }), el('span', { class: 'second', text: ` ${step.detail}` }));
  return el('li', {}, words, step.required ? el('span', { class: 'second', text: 'needed' }) : undo);
}

/** @param {Step} step @param {(id: string) => void} toggle */
const idleStep = (step, toggle) =>
  button({
    label: step.title,
    icon: 'plus',
    text: step.title,
    class: 'chip',
    'aria-pressed': 'false',
    title: step.detail,
    testid: `told-${step.id}`,
    press: () => toggle(step.id),
  });
