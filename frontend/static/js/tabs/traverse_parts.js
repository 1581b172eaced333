/**
 * Many pictures, asked for in parts that take the server a moment each: a frame of the live picture comes in between.
 */

const MOMENT_MS = 60;
const FIRST = 24;

/** @returns {(rows: number, width: number, ask: (from: number, to: number) => Promise<boolean>) => Promise<void>} */
export function inParts() {
  let pictures = FIRST; // that the server draws in a moment, learned from part to part
  return async (rows, width, ask) => {
    for (let from = 0; from < rows; ) {
      const to = Math.min(rows, from + Math.max(1, Math.round(pictures / width)));
      const begun = performance.now();
      const wanted = await ask(from, to);
      if (!wanted) return;
      const took = Math.max(1, performance.now() - begun);
      const possible = ((to - from) * width * MOMENT_MS) / took;
      pictures = Math.max(1, Math.min(possible, 4 * pictures, 512));
      from = to;
    }
  };
}
