/**
 * Many pictures, asked for in parts that take the server a moment each, and none while a hand moves the
 * large picture.
 */

import { pause, underway } from '../panels/filmstrips.js';

const MOMENT_MS = 40;
const AGAIN_MS = 16;
const REST_MS = 140;
const FIRST = 9;
const MOST = 512;

/**
 * @param {import('../store.js').Store} store @param {import('../api.js').Api} api
 * @returns {(rows: number, width: number, ask: (from: number, to: number) => Promise<boolean>) => Promise<void>} `ask`
 *   for rows of so many pictures, until it says that no more are wanted
 */
export function inParts(store, api) {
  let { latent } = store.state;
  let moved = 0;
  const atRest = () => {
    if (store.state.latent !== latent) moved = performance.now();
    ({ latent } = store.state);
    return performance.now() - moved > REST_MS && !underway(api);
  };
  let pictures = FIRST; // that the server draws in a moment, learned from part to part
  return async (rows, width, ask) => {
    for (let from = 0; from < rows; ) {
      while (!atRest()) await pause(AGAIN_MS);
      const to = Math.min(rows, from + Math.max(1, Math.round(pictures / width)));
      const begun = performance.now();
      const wanted = await ask(from, to);
      if (!wanted) return;
      const took = Math.max(1, performance.now() - begun);
      const possible = ((to - from) * width * MOMENT_MS) / took;
      pictures = Math.max(1, Math.min(possible, 4 * pictures, MOST));
      from = to;
    }
  };
}
