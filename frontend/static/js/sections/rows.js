/**
 * A selection as the server takes it: few rows as numbers, many as one bit each.
 */

const MOST_LISTED = 2000;

/** @param {Uint32Array} rows ascending @returns {{rows: number[]}|{bits: string}} */
export function bodyOf(rows) {
  if (rows.length <= MOST_LISTED) return { rows: Array.from(rows) };
  const bytes = new Uint8Array((rows[rows.length - 1] >> 3) + 1);
  for (const row of rows) bytes[row >> 3] |= 1 << (row & 7);
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return { bits: btoa(text) };
}
