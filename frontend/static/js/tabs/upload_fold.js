/**
 * A section that folds away. What is in it is made when it is first open, so that nothing is asked for unseen.
 */

import { button, el, icon, lifetime } from '../dom.js';

/** @typedef {{add: (...ends: (() => void)[]) => void, signal: AbortSignal, end: () => void}} Lifetime */

/**
 * @param {{title: string, testid: string, open?: boolean, fill: (body: HTMLElement, life: Lifetime) => void}} how
 * @returns {{element: HTMLDetailsElement, end: () => void}}
 */
export function fold({ title, testid, open = false, fill }) {
  const life = lifetime();
  const body = el('div', { class: 'fold-body' });
  const element = el(
    'details',
    { class: 'fold', testid },
    el('summary', {}, icon('chevron'), el('h2', { text: title })),
    body,
  );
  let filled = false;
  const unfold = () => {
    if (!element.open || filled || life.signal.aborted) return;
    filled = true;
    fill(body, life);
  };
  element.addEventListener('toggle', unfold, { signal: life.signal });
  element.open = open;
  unfold();
  return { element, end: life.end };
}

/**
 * A choice of a few, one of which is always pressed.
 * @template {string} K
 * @param {string} label @param {Record<K, string>} words what each is called @param {string} testid
 * @param {(chosen: K) => void} choose
 * @returns {{element: HTMLElement, show: (chosen: K|'') => void}}
 */
export function segments(label, words, testid, choose) {
  const entries = /** @type {[K, string][]} */ (Object.entries(words));
  const buttons = entries.map(([key, text]) => {
    const props = { label: text, 'aria-pressed': 'false', testid: `${testid}-${key}` };
    return button({ ...props, press: () => choose(key) });
  });
  return {
    element: el('div', { class: 'segments', role: 'group', 'aria-label': label }, ...buttons),
    show: (chosen) =>
      entries.forEach(([key], index) => buttons[index].setAttribute('aria-pressed', String(key === chosen))),
  };
}

/** @param {Readonly<import('../state.js').State>} state @returns {import('../uploads.js').Upload|null} placed by the open model */
export const placedHere = ({ upload, detail }) =>
  upload?.latent && detail && upload.model === detail.id ? upload : null;

