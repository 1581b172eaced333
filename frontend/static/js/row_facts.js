/**
 * What the server knows of each row of a set: the error of its reconstruction, and how unusual it is.
 */

import { ApiError } from './api.js';
import { readTable } from './arrow.js';

/** @typedef {{model: string, set: string, error: Float32Array|null, unusual: Float32Array|null}} RowFacts (N,) each */

/**
 * Fetch them into the store, once for each set. Where the server has none, that is what the store then knows.
 * @param {import('./store.js').Store} store @param {import('./api.js').Api} api
 */
export async function loadRowFacts(store, api) {
  const { mapped, rowFacts, detail } = store.state;
  if (!mapped || mapped.count === 0 || belongTo(rowFacts, mapped)) return;
  const { model, set } = mapped;
  const here = () => store.state.detail === detail && store.state.mapped?.set === set;
  try {
    const { columns } = readTable(await api.rowFacts(model, set));
    const column = (/** @type {string} */ name) => /** @type {any} */ (columns[name])?.numbers ?? null;
    if (here()) store.set({ rowFacts: { model, set, error: column('error'), unusual: column('unusual') } });
  } catch (error) {
    const none = error instanceof ApiError && error.status >= 400;
    if (none && here()) store.set({ rowFacts: { model, set, error: null, unusual: null } });
  }
}

/** @param {RowFacts|null} facts @param {import('./points.js').Mapped} mapped */
export const belongTo = (facts, mapped) => facts?.model === mapped.model && facts.set === mapped.set;
