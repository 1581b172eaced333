/**
 * Example pictures for who has none at hand: one of each class, taken through the same way as an upload.
 */

import { superseded } from '../api.js';
import { el } from '../dom.js';
import { say } from '../models.js';
import { draw } from '../picture.js';
import { takeFile } from '../uploads.js';

/** @typedef {import('../store.js').Store} Store */
/** @typedef {import('../api.js').Api} Api */

/**
 * @param {HTMLElement} element
 * @param {import('../api.js').ModelDetail|null} detail
 * @param {Store} store
 * @param {Api} api
 * @param {AbortSignal} signal
 */
export async function fillExamples(element, detail, store, api, signal) {
  const { examples, id } = detail ?? {};
  element.hidden = detail !== null && !examples;
  if (!detail || !examples || !id) return;
  const turn = { now: 0 };
  const buttons = examples.rows.map((row, index) => exampleButton(detail, row, index, store, api, turn));
  element.replaceChildren(...buttons);
  try {
    const raw = await api.pictures(id, examples.set, examples.rows, signal);
    buttons.forEach((one, index) => draw(/** @type {HTMLCanvasElement} */ (one.firstChild), raw, index));
  } catch (error) {
    if (!superseded(error)) element.hidden = true;
  }
}

/**
 * @param {import('../api.js').ModelDetail} detail @param {number} index
 * @returns {string|undefined} its class, where there is one example of each
 */
function exampleClass({ examples, sets }, index) {
  const classes = sets.find((one) => one.name === examples?.set)?.classes ?? [];
  return classes.length === examples?.rows.length ? classes[index] : undefined;
}

/** @param {import('../api.js').ModelDetail} detail @param {number} index @returns {string} the name of its file */
export const exampleFile = (detail, index) =>
  `${exampleClass(detail, index) ?? 'example'}-${detail.examples?.rows[index]}.png`.replaceAll(/[^\w.-]+/g, '-');

/**
 * @param {import('../api.js').ModelDetail} detail
 * @param {number} row
 * @param {number} index
 * @param {Store} store
 * @param {Api} api
 * @param {{now: number}} turn counts the clicks: the last one's example is taken, however late another one comes
 */
function exampleButton(detail, row, index, store, api, turn) {
  const set = detail.examples?.set ?? '';
  const name = exampleClass(detail, index);
  const label = name ? `Example: ${name}` : `Example ${index + 1}`;
  const take = async () => {
    const mine = ++turn.now;
    try {
      const blob = await api.picture(detail.id, set, row);
      if (turn.now !== mine) return;
      await takeFile(
        store,
        api,
        new File([blob], exampleFile(detail, index), { type: blob.type }),
      );
    } catch {
      say(store, 'That example could not be fetched.');
    }
  };
  return el(
    'button',
    {
      type: 'button',
      class: 'example',
      'aria-label': label,
      title: label,
      testid: `example-${index}`,
      disabled: !detail.can.encode,
      on: { click: take },
    },
    el('canvas', { width: 28, height: 28, 'aria-hidden': 'true' }),
  );
}
