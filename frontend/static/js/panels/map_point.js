/**
 * Where the current point, the keyframes, the roads through them and the visitor's picture lie on the map: asked of the server,
 * newest wins, a few times a second.
 */

import { spaceOf } from '../given.js';
import { ready } from '../models.js';
import { newest } from '../newest.js';
import { canSlerp, geodesicOf, keyframesOf, METHODS, walkedMethod, wayOf } from '../walk.js';

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
  /** @type {Omit<Overlay, 'current'>} */
  let way = NO_WAY;
  /** @type {unknown[]} */
  let wayFor = [];

  const placer = newest(async (_, signal) => {
    const { state } = store;
    const { mapped, latent } = state;
    if (!ready(state) || !latent || mapped?.model !== state.model || mapped.count === 0) return;
    if (latent.length !== mapped.size || spaceOf(state) !== setSpace(state)) {
      wayFor = [];
      way = NO_WAY;
      lay({ ...way, current: null }); // a point of z has no place on a map of w
      return;
    }
    const key = [mapped, ...roadsKey(state)];
    const wayChanged = key.length !== wayFor.length || key.some((part, index) => part !== wayFor[index]);
    const ends = wayChanged ? lettered(state) : [];
    const roads = wayChanged ? roadsOf(state) : [];
    const own = wayChanged ? uploaded(state, mapped) : [];
    const latents = [latent, ...ends.map((end) => end.latent), ...own, ...roads.flat()];
    const placed = await api.place(state.model, mapped.query, latents, signal);
    const at = (/** @type {number} */ row) => Array.from(placed.subarray(mapped.dims * row, mapped.dims * (row + 1)));
    if (wayChanged) {
      wayFor = key;
      const first = 1 + ends.length + own.length;
      const lines = roads.map((road, which) => road.map((_step, index) => at(first + which * PATH_STEPS + index)));
      way = {
        ends: ends.map(({ letter }, index) => ({ letter, at: at(1 + index) })),
        upload: own.length > 0 ? at(1 + ends.length) : null,
        path: lines[0] ?? [],
        others: lines.slice(1),
      };
    }
    if (store.state.mapped === mapped) lay({ ...way, current: at(0) });
    await new Promise((resolve) => {
      setTimeout(resolve, PAUSE_MS);
    });
  });
  const end = store.watch(
    (state) => [state.latent, state.mapped, state.space, ...roadsKey(state)],
    () => placer.ask(null),
  );
  return () => {
    end();
    placer.stop();
  };
}

/** @type {Omit<Overlay, 'current'>} */
const NO_WAY = { path: [], others: [], ends: [], upload: null };

/** @param {Readonly<import('../state.js').State>} state what decides where the roads lie */
const roadsKey = (state) => [
  state.a,
  state.b,
  state.via,
  state.upload?.latent,
  walkedMethod(state),
  geodesicOf(state),
  canSlerp(state),
];

/** @param {Readonly<import('../state.js').State>} state @param {import('../points.js').Mapped} mapped @returns {Float32Array[]} one, or none */
function uploaded({ upload, detail }, { size }) {
  const fits = upload?.latent?.length === size && upload.model === detail?.id;
  return fits && upload.latent ? [upload.latent] : [];
}

/** @param {Readonly<import('../state.js').State>} state @returns {Float32Array[][]} the one that is walked first */
function roadsOf(state) {
  const walked = walkedMethod(state);
  const others = METHODS.filter((method) => method !== walked && (method !== 'slerp' || canSlerp(state)));
  return [walked, ...others].map((method) => wayOf(state, method, PATH_STEPS)).filter((road) => road.length > 0);
}

/** @param {Readonly<import('../state.js').State>} state @returns {{letter: string, latent: Float32Array}[]} */
function lettered(state) {
  const { a, b } = state;
  const row = keyframesOf(state);
  if (row.length === 0) return [a, b].flatMap((kept, index) => (kept ? [{ letter: 'AB'[index], latent: kept }] : []));
  return row.map((latent, index) => ({
    letter: index === 0 ? 'A' : index === row.length - 1 ? 'B' : String(index),
    latent,
  }));
}

/** @param {Readonly<import('../state.js').State>} state @returns {string} the space of the points on the map */
const setSpace = ({ detail, mapped }) => detail?.sets.find((set) => set.name === mapped?.set)?.space ?? '';
