/**
 * The film strips over the sliders: fetched when the hand rests, only for rows in view, only where something changed.
 */

import { ready } from '../models.js';
import { newest } from '../newest.js';
import { drawRow } from '../picture.js';
import { pictureRequest } from '../state.js';
import { STEPS } from './slider_row.js';

/** @typedef {import('./slider_row.js').Row} Row */

const REST_MS = 140;
const AT_ONCE = 16;
const GAP = 1;

/**
 * @param {import('../store.js').Store} store @param {import('../api.js').Api} api @param {() => Row[]} rows all rows of the open model
 * @returns {{observe: (shown: Row[]) => void, end: () => void}}
 */
export function followStrips(store, api, rows) {
  /** @type {Set<Element>} */
  const visible = new Set();
  /** @type {WeakMap<Row, Float32Array>} the point each strip was made for */
  const made = new WeakMap();

  const fetcher = newest(async (_, signal) => {
    const { state } = store;
    const { latent } = state;
    if (!ready(state) || !latent) return;
    const stale = rows().filter((row) => row.model === state.detail && visible.has(row.element) && !serves(made.get(row), latent, row.slider.dim));
    if (stale.length === 0) return;
    const part = stale.slice(0, AT_ONCE);
    const raw = await api.traverse(state.model, pictureRequest(state), latent, part.map((row) => row.slider.dim), STEPS, signal);
    part.forEach((row, index) => {
      drawRow(row.strip, raw, index * STEPS, STEPS, GAP);
      row.strip.classList.add('drawn');
      made.set(row, latent);
    });
    if (stale.length > part.length || store.state.latent !== latent) fetcher.ask(null);
  }, { wait: REST_MS });

  const observer = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      if (isIntersecting) visible.add(target);
      else visible.delete(target);
    }
    fetcher.ask(null);
  }, { rootMargin: '80px' });

  const unwatch = store.watch((state) => [state.latent, state.detail, state.model, state.psi, state.noiseSeed, state.conditions], () => fetcher.ask(null));
  return {
    observe(shown) {
      observer.disconnect();
      visible.clear();
      for (const row of shown) observer.observe(row.element);
    },
    end() {
      unwatch();
      observer.disconnect();
      fetcher.stop();
    },
  };
}

/** @param {Float32Array|undefined} made @param {Float32Array} latent @param {number} dim @returns {boolean} whether only `dim` itself differs, which its strip shows anyway */
const serves = (made, latent, dim) => made !== undefined && made.length === latent.length && latent.every((value, i) => i === dim || value === made[i]);
