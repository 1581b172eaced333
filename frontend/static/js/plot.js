/**
 * The one module that touches Plotly. It is fetched when the first plot needs it: sliders and pictures never wait
 * for it.
 */

/** @typedef {{data: object[], layout: Record<string, any>}} Figure */
/**
 * @typedef {{x: [number, number], y: [number, number]}} Ranges data coordinates at the edges: left, right; bottom,
 *   top
 */
/**
 * @typedef {{left: number, top: number, width: number, height: number, ranges: Ranges}} Axes place inside the
 *   element, CSS pixels
 */

/**
 * @typedef {{kind: 'box'|'lasso', x: number[], y: number[]}} Shape in data coordinates: two corners, or the corners of a line
 *   that closes itself
 */

const CONFIG = { displayModeBar: false, scrollZoom: true, doubleClick: false, showTips: false, responsive: false };

/** @type {Promise<any>|null} */
let loading = null;

/** @returns {Promise<any>} Plotly itself @throws {Error} when its file cannot be had; the next call tries again */
function plotly() {
  loading ??= new Promise((resolve, reject) => {
    const script = document.createElement('script');
    script.src = document.documentElement.dataset.plotly ?? '';
    script.onload = () => resolve(/** @type {any} */ (globalThis).Plotly);
    script.onerror = () => {
      loading = null;
      script.remove();
      reject(new Error('Plotly could not be loaded'));
    };
    document.head.append(script);
  });
  return loading;
}

/** A plot in an element. Figures come whole. */
export class Plot {
  /** @param {any} library @param {any} element */
  constructor(library, element) {
    this.library = library;
    this.element = element;
  }

  /** @param {HTMLElement} element @param {Figure} figure @returns {Promise<Plot>} */
  static async create(element, { data, layout }) {
    const library = await plotly();
    await library.newPlot(element, data, layout, CONFIG);
    return new Plot(library, element);
  }

  /** @param {Figure} figure */
  show({ data, layout }) {
    return this.library.react(this.element, data, layout, CONFIG);
  }

  /** @param {(axes: Axes, settled: boolean) => void} follow told while the axes move (`settled` false) and after */
  onaxes(follow) {
    this.element.on('plotly_relayouting', () => follow(this.axes(), false));
    this.element.on('plotly_relayout', () => follow(this.axes(), true));
    this.element.on('plotly_afterplot', () => follow(this.axes(), false));
  }

  /** @param {(shape: Shape) => void} take told of what was drawn with a tool; the drawing itself goes away */
  onshape(take) {
    this.element.on('plotly_selected', (/** @type {any} */ event) => {
      const { range, lassoPoints } = event ?? {};
      if (range) take({ x: [...range.x], y: [...range.y], kind: 'box' });
      else if (lassoPoints) take({ x: [...lassoPoints.x], y: [...lassoPoints.y], kind: 'lasso' });
      if (range || lassoPoints) this.library.relayout(this.element, { selections: [] });
    });
  }

  /** @returns {Axes} */
  axes() {
    const { xaxis, yaxis } = this.element._fullLayout;
    return {
      left: xaxis._offset,
      top: yaxis._offset,
      width: xaxis._length,
      height: yaxis._length,
      ranges: { x: [xaxis.range[0], xaxis.range[1]], y: [yaxis.range[0], yaxis.range[1]] },
    };
  }

  /** @param {Ranges} ranges */
  look({ x, y }) {
    return this.library.relayout(this.element, { 'xaxis.range': [...x], 'yaxis.range': [...y] });
  }

  /** @param {number} factor above 1 comes nearer */
  zoom(factor) {
    const { x, y } = this.axes().ranges;
    const around = (/** @type {[number, number]} */ [from, to]) => {
      const middle = (from + to) / 2;
      const half = (to - from) / 2 / factor;
      return /** @type {[number, number]} */ ([middle - half, middle + half]);
    };
    return this.look({ x: around(x), y: around(y) });
  }

  resize() {
    return this.library.Plots.resize(this.element);
  }

  end() {
    this.library.purge(this.element);
  }
}
