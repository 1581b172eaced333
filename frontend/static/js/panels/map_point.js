/**
 * Where the current point, A, B and the path lie on the map: asked of the server, newest wins, a few times a second.
 */

import { spaceOf } from '../given.js';
import { methodOf, ready } from '../models.js';
import { newest } from '../newest.js';
import { wayOf } from '../walk.js';

/** @typedef {import('../figures/map.js').Overlay} Overlay */

const PATH_STEPS = 33;
/** Fifteen times a second follows a hand well enough, and leaves the server to the picture. */
const PAUSE_MS = 60;

/**
 * @param {import('../store.js').Store} store
 * @param {import('../api.js').Api} api
 * @param {(overlay: Overlay) => void} lay
 * @returns {() => void}
 */
export function followPoint(store, api, lay) {
  /** @type {Pick<Overlay, 'path'|'ends'>} */
  let way = { path: [], ends: [] };
  /** @type {unknown[]} */
  let wayFor = [];

  const placer = newest(async (_, signal) => {
    const { state } = store;
    const { points, latent, a, b } = state;
    if (!ready(state) || !latent || points?.model !== state.model || points.count === 0) return;
    if (latent.length !== points.size || spaceOf(state) !== setSpace(state)) {
      wayFor = [];
      way = { path: [], ends: [] };
      lay({ ...way, current: null }); // a point of z has no place on a map of w
      return;
    }
    const key = [points, a, b, methodOf(state)];
    const wayChanged = key.some((part, index) => part !== wayFor[index]);
    const ends = wayChanged
      ? [a, b].flatMap((kept, index) => (kept ? [{ letter: 'AB'[index], latent: kept }] : []))
      : [];
    const path = wayChanged ? wayOf(state, methodOf(state), PATH_STEPS) : [];
    const placed = await api.place(
      state.model,
      points.set,
      [latent, ...ends.map((end) => end.latent), ...path],
      signal,
    );
    const at = (/** @type {number} */ row) => [placed[2 * row], placed[2 * row + 1]];
    if (wayChanged) {
      wayFor = key;
      way = {
        ends: ends.map(({ letter }, index) => ({ letter, at: at(1 + index) })),
        path: path.map((_step, index) => at(1 + ends.length + index)),
      };
    }
    if (store.state.points === points) lay({ ...way, current: at(0) });
    await new Promise((resolve) => {
      setTimeout(resolve, PAUSE_MS);
    });
  });
  const end = store.watch(
    (state) => [state.latent, state.points, state.a, state.b, state.space, methodOf(state)],
    () => placer.ask(null),
  );
  return () => {
    end();
    placer.stop();
  };
}

/** @param {Readonly<import('../state.js').State>} state @returns {string} the space of the points on the map */
const setSpace = ({ detail, points }) => detail?.sets.find((set) => set.name === points?.set)?.space ?? '';
