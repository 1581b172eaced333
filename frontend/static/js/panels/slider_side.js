/**
 * At the right of a slider: its value, which can be typed, whether random draws leave it alone, and the way back to the
 * mean.
 */

import { button, el, icon } from '../dom.js';
import { FARTHEST } from '../hand.js';
import { numberField } from './number_field.js';

/**
 * @param {import('../api.js').Slider} slider @param {string} name
 * @param {Pick<import('./slider_row.js').Hand, 'input'|'change'|'reset'|'lock'|'nudge'>} hand
 * @returns {{element: HTMLElement, show: (value: number|null, locked: boolean) => void}}
 */
export function sliderSide(slider, name, hand) {
  const field = numberField({
    label: `${name}, value`,
    testid: `value-${slider.dim}`,
    class: 'slider-value',
    title: 'Type a number. The arrow keys change it, with Shift finely.',
    least: -FARTHEST,
    most: FARTHEST,
    take: (value) => {
      hand.input(value);
      hand.change();
    },
    nudge: (way, fine) => {
      hand.nudge(way, fine);
      hand.change();
    },
  });
  const lock = button({
    label: `Lock ${name}`,
    icon: 'unlock',
    class: 'quiet slider-act lock',
    title: 'Locked: random draws and Reset leave it alone',
    testid: `lock-${slider.dim}`,
    'aria-pressed': 'false',
    press: hand.lock,
  });
  const reset = button({
    label: `Reset ${name}`,
    icon: 'restore',
    class: 'quiet slider-act',
    title: `Back to its mean, ${slider.mean.toFixed(2)}`,
    testid: `reset-${slider.dim}`,
    press: hand.reset,
  });
  const acts = el('span', { class: 'slider-acts' }, lock, reset);
  let shut = false;
  return {
    element: el('div', { class: 'slider-side' }, field.element, acts),
    show(value, locked) {
      field.show(value);
      if (locked === shut) return;
      shut = locked;
      lock.setAttribute('aria-pressed', String(locked));
      lock.replaceChildren(icon(locked ? 'lock' : 'unlock'));
    },
  };
}
