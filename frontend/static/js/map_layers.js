/**
 * What others draw over the map's points: lines to neighbours, contours, marked regions.
 *
 *     const layer = layersOf(store).add({
 *       draw(context, scene) {                       // again whenever the axes move, the map changes or `redraw` is called
 *         const [x, y] = scene.row(7);               // CSS pixels; (0, 0) is the map's upper left corner
 *         context.arc(x, y, 8, 0, 7);
 *         context.stroke();
 *       },
 *     });
 *     layer.redraw();                                // what it draws has changed: once in the next frame
 *     layer.remove();                                // with the section that added it
 *
 * The context is saved before and restored after each layer; one unit of it is a CSS pixel. In three dimensions `place`
 * and `row` follow the turned view, so a layer that goes through them needs nothing else. A `draw` runs in each frame of
 * a pan: it must be cheap (a few thousand lines; no request, no layout).
 */

/**
 * @typedef {Object} Scene the map as it stands in this frame
 * @property {import('./points.js').Mapped} points the map that is shown: its set, rows and positions
 * @property {(at: ArrayLike<number>) => [number, number]} place a position on the map, of its 2 or 3 numbers, in CSS pixels
 * @property {(index: number) => [number, number]} row where a row of the set stands, in CSS pixels
 * @property {(index: number) => number} level 2: shown; 1: not in the selection; 0: faint, for it is filtered out
 * @property {number} width CSS pixels
 * @property {number} height CSS pixels
 * @property {Record<'ink'|'second'|'panel'|'accent'|'letter'|'line'|'warning', string>} colours of the theme
 * @property {string} font family
 */

/** @typedef {{draw: (context: CanvasRenderingContext2D, scene: Scene) => void}} Layer */

class MapLayers {
  constructor() {
    /** @type {Set<Layer>} drawn in the order in which they came */
    this.layers = new Set();
    /** @type {() => void} set by the board: draw all layers in the next frame */
    this.onchange = () => {};
  }

  /** @param {Layer} layer @returns {{redraw: () => void, remove: () => void}} */
  add(layer) {
    this.layers.add(layer);
    this.onchange();
    return {
      redraw: () => this.onchange(),
      remove: () => {
        this.layers.delete(layer);
        this.onchange();
      },
    };
  }

  /** @param {CanvasRenderingContext2D} context @param {Scene} scene */
  draw(context, scene) {
    for (const layer of this.layers) {
      context.save();
      layer.draw(context, scene);
      context.restore();
    }
  }
}

/** @type {WeakMap<object, MapLayers>} */
const known = new WeakMap();

/** @param {import('./store.js').Store} store @returns {MapLayers} those of the page's one map */
export function layersOf(store) {
  const own = known.get(store) ?? new MapLayers();
  known.set(store, own);
  return own;
}
