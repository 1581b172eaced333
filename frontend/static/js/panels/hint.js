/**
 * Three sentences for who is here for the first time. Dismissed once, it stays away in this browser, until it is asked
 * for again.
 */

import { button, el, lifetime } from '../dom.js';

const KEY = 'latent-explorer.hint';

/** @returns {boolean} */
function seen() {
  try {
    return localStorage.getItem(KEY) !== null;
  } catch {
    return false;
  }
}

function forget() {
  try {
    localStorage.removeItem(KEY);
  } catch {
    /* It was never written. */
  }
}

/** @param {string} desk @param {string} phone @returns {HTMLElement[]} the style sheet shows one of them */
const either = (desk, phone) => [
  el('span', { class: 'at-desk', text: desk }),
  el('span', { class: 'on-phone', text: phone }),
];

/** @param {HTMLElement} root @returns {() => void} */
export function mount(root) {
  const life = lifetime();
  const dismiss = () => {
    root.replaceChildren();
    try {
      localStorage.setItem(KEY, 'seen');
    } catch {
      /* It will come again next time. */
    }
  };
  const show = () => root.replaceChildren(steps(dismiss));
  document.addEventListener(
    'show-hint',
    () => {
      forget();
      show();
      root.querySelector('button')?.focus();
    },
    { signal: life.signal },
  );
  life.add(() => root.replaceChildren());
  if (!seen()) show();
  return life.end;
}

/** @param {() => void} dismiss */
const steps = (dismiss) =>
  el(
    'section',
    { class: 'hint', testid: 'hint', 'aria-label': 'First steps' },
    el(
      'ol',
      {},
      el(
        'li',
        {},
        el('strong', { text: 'Drag a slider' }),
        ' and watch the picture: each one is a direction the model has learned.',
      ),
      el(
        'li',
        {},
        el('strong', {}, ...either('Drop a picture of your own anywhere', 'Upload a picture of your own')),
        ', or take an example, and see what the model makes of it.',
      ),
      el(
        'li',
        {},
        el('strong', {}, ...either('Click a point on the map', 'Open the map below and tap a point')),
        ', keep two, and walk from one to the other.',
      ),
    ),
    button({ label: 'Got it', text: 'Got it', class: 'primary', press: dismiss, testid: 'hint-dismiss' }),
  );
