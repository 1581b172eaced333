/**
 * The map itself: points on a canvas, Plotly over it, and what is under the pointer or the keys.
 */

import { el, lifetime } from '../dom.js';
import { bounds } from '../grid.js';
import { fitted, mapFigure, NOTHING } from '../figures/map.js';
import { paint, placer } from '../layer.js';
import { Plot } from '../plot.js';
import { followHand } from './map_hand.js';
import { followPoint } from './map_point.js';

/** @typedef {import('../store.js').Store} Store */
/** @typedef {import('../api.js').Api} Api */
/** @typedef {import('../points.js').Points} Points */
/** @typedef {import('../figures/map.js').Overlay} Overlay */

/**
 * @param {Store} store @param {Api} api
 * @returns {{element: HTMLElement, zoom: (factor: number) => void, fit: () => void, end: () => void}}
 */
export function mapBoard(store, api) {
  const life = lifetime();
  const canvas = el('canvas', { class: 'map-points', 'aria-hidden': 'true' });
  const over = el('div', { class: 'map-plot', 'aria-hidden': 'true' });
  const element = el(
    'div',
    {
      class: 'map-board',
      tabindex: '0',
      role: 'application',
      'aria-label': 'Map of the latent space. Arrow keys walk from point to point, Enter takes the point.',
      testid: 'map',
    },
    canvas,
    over,
  );
  const board = new Board(store, element, canvas, over);
  const hand = followHand(board, store, api);
  life.add(
    hand.end,
    followPoint(store, api, (overlay) => board.lay(overlay)),
    store.watch(
      (state) => [state.points, state.detail, state.tab],
      ({ points, detail, tab }) => {
        const own = points && points.model === detail?.id && points.count > 0 ? points : null;
        // Another tab may have asked for the points: Plotly, which takes its time, waits until the map is in sight.
        if (board.plot || tab === 'map' || !own) board.open(own);
      },
    ),
    store.watch(
      (state) => [state.classes],
      () => board.paint(),
    ),
    store.watch(
      (state) => [state.extent],
      ({ extent }) => board.look(extent),
    ),
    () => board.end(),
  );
  const sizes = new ResizeObserver(() => board.resize());
  sizes.observe(element);
  const restyle = () => board.restyle();
  const scheme = matchMedia('(prefers-color-scheme: dark)');
  scheme.addEventListener('change', restyle, { signal: life.signal });
  document.addEventListener('theme-changed', restyle, { signal: life.signal });
  life.add(() => sizes.disconnect());
  return { element, zoom: (factor) => board.plot?.zoom(factor), fit: () => board.fit(), end: life.end };
}

/** Keeps the canvas and Plotly in step. */
export class Board {
  /** @param {Store} store @param {HTMLElement} element @param {HTMLCanvasElement} canvas @param {HTMLElement} over */
  constructor(store, element, canvas, over) {
    this.store = store;
    this.element = element;
    this.canvas = canvas;
    this.over = over;
    this.current = el('span', { class: 'map-current', hidden: true, testid: 'map-current' });
    element.append(this.current);
    /** @type {Points|null} */
    this.points = null;
    /** @type {Plot|null} */
    this.plot = null;
    /** @type {Overlay} */
    this.overlay = NOTHING;
    /** @type {import('../layer.js').Palette|null} read when it is first needed: the element is in the page by then */
    this.palette = null;
    this.opening = false;
    /** Whether the axes move by our own doing: only what a hand moved is kept. */
    this.own = false;
    this.frame = 0;
  }

  /** @param {Points|null} points */
  async open(points) {
    if (points === this.points) return;
    this.points = points;
    this.element.classList.toggle('loading', points === null);
    if (!points) {
      this.overlay = NOTHING;
      this.canvas.getContext('2d')?.clearRect(0, 0, this.canvas.width, this.canvas.height);
      return;
    }
    if (this.plot) {
      this.redraw();
    } else if (!this.opening) {
      await this.begin();
    }
  }

  async begin() {
    this.opening = true;
    try {
      this.plot = await Plot.create(this.over, this.figure());
      this.plot.onaxes((axes, settled) => this.moved(settled));
      this.redraw();
    } catch (error) {
      console.error(error);
      this.element.classList.add('failed');
    }
    this.opening = false;
  }

  /** @param {boolean} [still] the axes stay where they are @returns {import('../plot.js').Figure} */
  figure(still = false) {
    const { extent } = this.store.state;
    if (still && this.plot) return mapFigure(this.overlay, this.plot.axes().ranges, readColours(this.element));
    const all = this.points
      ? fitted(bounds(this.points.positions))
      : { x: /** @type {[number, number]} */ ([-1, 1]), y: /** @type {[number, number]} */ ([-1, 1]) };
    const ranges = extent ? rangesOf(extent) : all;
    return mapFigure(this.overlay, ranges, readColours(this.element));
  }

  redraw() {
    this.plot?.show(this.figure());
    this.paint();
    this.mark();
  }

  restyle() {
    this.palette = null;
    this.redraw();
  }

  /**
   * Only what changed is drawn again. The current point is an element of its own, placed like the canvas of points:
   * moving a trace costs Plotly 10 ms, too much of each frame while a slider is dragged.
   * @param {Overlay} overlay
   */
  lay(overlay) {
    const { path, others, ends } = this.overlay;
    this.overlay = overlay;
    if (overlay.path !== path || overlay.others !== others || overlay.ends !== ends) this.plot?.show(this.figure(true));
    this.mark();
  }

  mark() {
    const { current } = this.overlay;
    this.current.hidden = !current || !this.plot;
    if (!current || !this.plot) return;
    const to = placer(this.plot.axes());
    this.current.style.transform = `translate(${to.x(current[0])}px, ${to.y(current[1])}px)`;
    this.current.dataset.at = current.join(',');
  }

  /** @param {boolean} settled the axes have moved; the view is kept once they rest */
  moved(settled) {
    if (this.frame === 0) {
      this.frame = requestAnimationFrame(() => {
        this.frame = 0;
        this.paint();
        this.mark();
        this.element.dispatchEvent(new CustomEvent('map-moved'));
      });
    }
    if (settled && this.plot && !this.own) {
      const { x, y } = this.plot.axes().ranges;
      this.store.set({ extent: [...x, ...y] });
    }
  }

  /** @param {number[]|null} extent as the address has it */
  look(extent) {
    if (!this.plot || !this.points) return;
    const now = this.plot.axes().ranges;
    const ranges = extent ? rangesOf(extent) : fitted(bounds(this.points.positions));
    const near = [0, 1].every(
      (i) => Math.abs(now.x[i] - ranges.x[i]) + Math.abs(now.y[i] - ranges.y[i]) < 1e-3 * Math.abs(now.x[1] - now.x[0]),
    );
    if (!near) this.quietly((plot) => plot.look(ranges));
  }

  fit() {
    if (this.store.state.extent) this.store.set({ extent: null });
    else this.look(null);
  }

  /** @param {(plot: Plot) => Promise<unknown>} act */
  async quietly(act) {
    if (!this.plot) return;
    this.own = true;
    try {
      await act(this.plot);
    } finally {
      this.own = false;
    }
  }

  paint() {
    if (!this.points || !this.plot) return;
    this.palette ??= readPalette(this.element);
    paint(this.canvas, this.points, this.plot.axes(), this.palette, this.accept());
  }

  /** @returns {(index: number) => boolean} whether a point is among the classes that are picked out */
  accept() {
    const picked = new Set(this.store.state.classes);
    const labels = this.points?.labels;
    return picked.size === 0 || !labels ? () => true : (index) => picked.has(labels[index]);
  }

  resize() {
    if (!this.plot || !this.points || this.element.clientWidth === 0) return;
    const { extent } = this.store.state;
    const ranges = extent ? rangesOf(extent) : fitted(bounds(this.points.positions));
    this.quietly(async (plot) => {
      await plot.resize();
      await plot.look(ranges);
    });
  }

  end() {
    cancelAnimationFrame(this.frame);
    this.plot?.end();
  }
}

/** @param {number[]} extent @returns {import('../plot.js').Ranges} */
const rangesOf = ([x0, x1, y0, y1]) => ({ x: [x0, x1], y: [y0, y1] });

/** @param {HTMLElement} element @returns {import('../figures/map.js').Colours} the theme's tokens */
function readColours(element) {
  const style = getComputedStyle(element);
  const token = (/** @type {string} */ name) => style.getPropertyValue(`--${name}`).trim();
  return { ink: token('ink'), second: token('second'), panel: token('panel'), accent: token('accent'), letter: token('on-accent') };
}

/** @param {HTMLElement} element @returns {import('../layer.js').Palette} */
export function readPalette(element) {
  const style = getComputedStyle(element);
  const rgb = (/** @type {string} */ name) => {
    const hex = style.getPropertyValue(`--${name}`).trim();
    return /** @type {import('../layer.js').Rgb} */ ([1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16)));
  };
  return {
    classes: Array.from({ length: 10 }, (_, index) => rgb(`class-${index}`)),
    faint: rgb('faint'),
    line: rgb('line'),
    sparse: rgb('edge'),
    dense: rgb('accent'),
  };
}
