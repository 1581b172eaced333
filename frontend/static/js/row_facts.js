/**
 * What the server knows of each row of the map's set: the error of its reconstruction, and how unusual it is. They cost it
 * seconds, once, so they are asked for when somebody wants to see them.
 */

import { measuresPath, readMeasures } from './measures.js';

/** @typedef {{model: string, set: string, error: Float32Array|null, unusual: Float32Array|null}} RowFacts (N,) each; null where none is known */

/** @param {Readonly<import('./state.js').State>} state @returns {boolean} whether the colour or the filter is about them, and they are not there */
export function wantsRowFacts({ colour, filter, mapped, rowFacts, detail }) {
  const asked = /^(error|unusual)$/.test(colour) || /\b(error|unusual)\b/i.test(filter);
  return asked && mapped !== null && mapped.count > 0 && mapped.model === detail?.id && !belongTo(rowFacts, mapped);
}

/**
 * Bring them into the store. Where that is cancelled or fails, the colour is again the first one.
 * @param {import('./store.js').Store} store @param {import('./api.js').Api} api @param {import('./panels/job_line.js').JobLine} line
 */
export async function loadRowFacts(store, api, line) {
  const { mapped } = store.state;
  if (!mapped || line.busy()) return;
  const { model, set, count } = mapped;
  const answer = await line.run(api, measuresPath(model, set), {});
  if (store.state.detail?.id !== model || store.state.mapped?.set !== set) return;
  if (!answer) {
    if (/^(error|unusual)$/.test(store.state.colour)) store.set({ colour: '' });
    return;
  }
  const { error, unusual } = readMeasures(await answer.arrayBuffer());
  const whole = (/** @type {Float32Array} */ values) => (values.length === count && values.some(Number.isFinite) ? values : null);
  store.set({ rowFacts: { model, set, error: whole(error), unusual: whole(unusual) } });
}

/** @param {RowFacts|null} facts @param {import('./points.js').Mapped} mapped */
export const belongTo = (facts, mapped) => facts?.model === mapped.model && facts.set === mapped.set;
