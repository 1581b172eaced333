/**
 * Which points are shown, as a person writes it: `coat`, `smile > 0.5`, `glasses = round, none and yaw < -20`.
 *
 * A term is a name of a class or a category (a part of it will do), or a comparison: a factor, a dimension (`z03`), `error`,
 * `unusual` or `number`, one of `= != < <= > >=`, and a number, or names with commas between. All terms must hold.
 */

import { dimName } from './dom.js';
import { titled } from './factors.js';
import { belongTo } from './row_facts.js';

/** @typedef {import('./points.js').Mapped} Mapped */
/** @typedef {(row: number) => boolean} Accept */
/** @typedef {{accept: Accept|null, failure: string}} Filter `accept` null: all; `failure` a sentence, and then all */

const ALL = Object.freeze({ accept: null, failure: '' });
const COMPARED = /^(.*?)(!=|<=|>=|=|<|>)(.*)$/;

/** @type {Record<string, (a: number, b: number) => boolean>} */
const COMPARE = {
  '=': (a, b) => Math.abs(a - b) < 1e-6 * Math.max(1, Math.abs(b)),
  '!=': (a, b) => Math.abs(a - b) >= 1e-6 * Math.max(1, Math.abs(b)),
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
};

/** @param {string} text @param {Mapped} mapped @param {import('./row_facts.js').RowFacts|null} facts @returns {Filter} */
export function filterOf(text, mapped, facts) {
  const terms = text
    .split(/\s+and\s+|[;&]+/i)
    .map((term) => term.trim())
    .filter(Boolean);
  if (terms.length === 0) return ALL;
  const known = facts && belongTo(facts, mapped) ? facts : null;
  try {
    const accepts = terms.map((term) => termOf(term, mapped, known));
    return { accept: (row) => accepts.every((accept) => accept(row)), failure: '' };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { accept: null, failure: error.message };
  }
}

/** @param {string} term @param {Mapped} mapped @param {import('./row_facts.js').RowFacts|null} facts @returns {Accept} */
function termOf(term, mapped, facts) {
  const [, name, sign, value] = COMPARED.exec(term) ?? [];
  if (sign === undefined) return named(term, mapped, facts);
  const asked = plain(name);
  const factor = mapped.factors.find((one) => plain(one.name) === asked);
  if (factor?.codes) return amongNames(factor.categories, factor.codes, sign, value, titled(factor.name));
  if (asked === 'class' && mapped.categories.length > 0)
    return amongNames(mapped.categories, mapped.labels, sign, value, 'class');
  const known = factor?.numbers;
  const numbers = known ? (/** @type {number} */ row) => known[row] : numbersOf(asked, mapped, facts);
  if (!numbers) throw new RangeError(`Nothing here is called \u201c${name.trim()}\u201d. ${whatThereIs(mapped, facts)}`);
  const wanted = value.trim() === '' ? NaN : Number(value.replace('\u2212', '-'));
  if (!Number.isFinite(wanted)) throw new RangeError(`\u201c${name.trim()}\u201d is compared with a number, like ${name.trim()} > 0.5.`);
  return (row) => COMPARE[sign](numbers(row), wanted);
}

/** @param {string} text */
const plain = (text) => text.trim().toLowerCase().replaceAll(/[_\s-]+/g, ' ');

/**
 * @param {string} asked @param {Mapped} mapped @param {import('./row_facts.js').RowFacts|null} facts
 * @returns {((row: number) => number)|null}
 */
function numbersOf(asked, { latents, size }, facts) {
  if (asked === 'number') return (row) => row;
  const dim = /^[a-z]?(\d{1,4})$/.exec(asked);
  if (dim && Number(dim[1]) < size) return (row) => latents[row * size + Number(dim[1])];
  const values = asked === 'error' ? facts?.error : asked === 'unusual' ? facts?.unusual : null;
  return values ? (row) => values[row] : null;
}

/** @param {string[]} names @param {Int32Array} codes @param {string} sign @param {string} value @param {string} title @returns {Accept} */
function amongNames(names, codes, sign, value, title) {
  if (sign !== '=' && sign !== '!=') throw new RangeError(`\u201c${title}\u201d has names, not numbers: write ${title} = ${names[0]}.`);
  const asked = value.split(',').map(plain).filter(Boolean);
  const found = asked.map((one) => names.findIndex((name) => plain(name) === one));
  const missing = asked.find((_, index) => found[index] < 0);
  if (asked.length === 0 || missing !== undefined)
    throw new RangeError(`\u201c${title}\u201d is one of: ${names.join(', ')}.`);
  const wanted = new Set(found);
  return (row) => wanted.has(codes[row]) === (sign === '=');
}

/**
 * @param {string} term @param {Mapped} mapped @param {import('./row_facts.js').RowFacts|null} facts
 * @returns {Accept} whose class, or any category, contains it
 */
function named(term, mapped, facts) {
  const asked = plain(term);
  const number = /^#?(\d{1,9})$/.exec(asked);
  const lists = [
    { names: mapped.categories, codes: mapped.labels },
    ...mapped.factors.flatMap(({ categories, codes }) => (codes ? [{ names: categories, codes }] : [])),
  ];
  const hits = lists
    .map(({ names, codes }) => ({ codes, wanted: matching(names, asked) }))
    .filter(({ wanted }) => wanted.size > 0);
  if (hits.length > 0) return (row) => hits.some(({ codes, wanted }) => wanted.has(codes[row]));
  if (number && Number(number[1]) < mapped.count) return (row) => row === Number(number[1]);
  throw new RangeError(`Nothing here is called \u201c${term}\u201d. ${whatThereIs(mapped, facts)}`);
}

/** @param {string[]} names @param {string} asked @returns {Set<number>} the very name, else those that contain it */
function matching(names, asked) {
  const exact = names.findIndex((name) => plain(name) === asked);
  if (exact >= 0) return new Set([exact]);
  return new Set(names.flatMap((name, index) => (plain(name).includes(asked) ? [index] : [])));
}

/** @param {Mapped} mapped @param {import('./row_facts.js').RowFacts|null} facts @returns {string} a sentence */
function whatThereIs({ categories, factors, size }, facts) {
  const names = [...categories.slice(0, 10), ...factors.map(({ name }) => titled(name))].slice(0, 14);
  const measured = [...(facts?.error ? ['error'] : []), ...(facts?.unusual ? ['unusual'] : [])];
  return `Known are ${[...names, `${dimName(0)} to ${dimName(size - 1)}`, ...measured, 'number'].join(', ')}.`;
}
