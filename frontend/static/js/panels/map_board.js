/**
 * The map itself: points on a canvas, what others draw over them, Plotly over both, and what is under the pointer or the keys.
 *
 * In two dimensions Plotly owns the axes and the canvas follows; in three there is no Plotly, whose 3-D needs what the page's policy
 * forbids: the points are turned and drawn here (`map_deep.js`).
 */

import { readPalette } from '../colours.js';
import { meaningOf, wordsOf } from '../colouring.js';
import { nameClasses } from '../class_names.js';
import { el, lifetime } from '../dom.js';
import { mapFigure, NOTHING } from '../figures/map.js';
import { radiusFor } from '../layer.js';
import { layersOf } from '../map_layers.js';
import { levelsOf } from '../map_levels.js';
import { Plot } from '../plot.js';
import { DeepView } from './map_deep.js';
import { FlatView } from './map_flat.js';
import { drawOverlay } from './map_marks.js';
import { followHand } from './map_hand.js';
import { picturesFromNear } from './map_pictures.js';
import { followPoint } from './map_point.js';

/** @typedef {import('../store.js').Store} Store */
/** @typedef {import('../api.js').Api} Api */
/** @typedef {import('../points.js').Mapped} Mapped */
/** @typedef {import('../figures/map.js').Overlay} Overlay */
/** @typedef {import('../map_layers.js').Scene} Scene */

/**
 * @param {Store} store @param {Api} api
 * @returns {{element: HTMLElement, board: Board, end: () => void}}
 */
export function mapBoard(store, api) {
  const life = lifetime();
  const element = el('div', { class: 'map-board', tabindex: '0', role: 'application', testid: 'map' });
  const board = new Board(store, element);
  const hand = followHand(board, store, api);
  life.add(
    hand.end,
    picturesFromNear(board, store, api),
    followPoint(store, api, (overlay) => board.lay(overlay)),
    store.watch(
      (state) => [state.mapped, state.detail, state.tab],
      ({ mapped, detail, tab }) => {
        const own = mapped && mapped.model === detail?.id && mapped.count > 0 ? mapped : null;
        // Another tab may have asked for the points: Plotly, which takes its time, waits until the map is in sight.
        if (board.plot || tab === 'map' || !own) board.open(own);
      },
    ),
    store.watch(
      (state) => [state.classes, state.parts, state.filter, state.selection, state.rowFacts],
      () => board.relevel(),
    ),
    store.watch(
      (state) => [state.colour, state.rowFacts, state.colour === 'distance' && state.latent],
      () => board.recolour(),
    ),
    store.watch(
      (state) => [state.extent, state.turn],
      () => board.look(),
    ),
    store.watch(
      (state) => [state.tool],
      () => board.redraw(true),
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
  return { element, board, end: life.end };
}

/** Keeps the canvases and Plotly in step. */
export class Board {
  /** @param {Store} store @param {HTMLElement} element */
  constructor(store, element) {
    this.store = store;
    this.element = element;
    this.canvas = el('canvas', { class: 'map-points', 'aria-hidden': 'true' });
    this.over = el('canvas', { class: 'map-over', 'aria-hidden': 'true' });
    this.plotted = el('div', { class: 'map-plot', 'aria-hidden': 'true' });
    this.current = el('span', { class: 'map-current', hidden: true, testid: 'map-current' });
    element.append(this.canvas, this.over, this.plotted, this.current);
    /** @type {Mapped|null} */
    this.points = null;
    /** @type {Plot|null} */
    this.plot = null;
    this.flat = new FlatView(this);
    this.deep = new DeepView(this);
    /** @type {Overlay} */
    this.overlay = NOTHING;
    /** @type {Pick<Scene, 'colours'|'font'>|null} of the theme, read when it is first needed */
    this.scene = null;
    /** @type {import('../colours.js').Palette|null} read when it is first needed: the element is in the page by then */
    this.palette = null;
    /** (N,) 2: shown, 1: not in the selection, 0: filtered out */
    this.levels = new Uint8Array(0);
    /** @type {Uint32Array} (N,) */
    this.words = new Uint32Array(0);
    this.opening = false;
    /** @type {{x: number, y: number}|null} where a hand holds the current point, CSS pixels */
    this.held = null;
    this.frame = 0;
    this.stale = false;
    this.layers = layersOf(store);
    this.layers.onchange = () => this.schedule(false);
  }

  /** The view that is shown: two dimensions, or three. */
  get view() {
    return this.points?.dims === 3 ? this.deep : this.flat;
  }

  /** @param {Mapped|null} points */
  async open(points) {
    if (points === this.points) return;
    this.points = points;
    this.element.classList.toggle('loading', points === null);
    this.element.setAttribute('aria-label', describe(points));
    this.plotted.hidden = points?.dims === 3;
    if (!points) {
      this.overlay = NOTHING;
      for (const canvas of [this.canvas, this.over]) canvas.getContext('2d')?.clearRect(0, 0, canvas.width, canvas.height);
      return;
    }
    this.deep.take(points.dims === 3 ? points : null);
    this.flat.take(points.dims === 2 ? points : null);
    this.levels = levelsOf(this.store.state, points);
    this.recolour();
    if (this.plot) this.redraw(false);
    else if (!this.opening) await this.begin();
  }

  async begin() {
    this.opening = true;
    try {
      const plot = await Plot.create(this.plotted, this.figure(false));
      this.plot = plot;
      plot.onaxes((_axes, settled) => this.flat.moved(settled));
      plot.onshape((shape) => this.flat.chosen(shape));
      this.redraw(false);
    } catch (error) {
      console.error(error);
      this.element.classList.add('failed');
    }
    this.opening = false;
  }

  /** @param {boolean} still the axes stay where they are @returns {import('../plot.js').Figure} */
  figure(still) {
    const overlay = this.points?.dims === 3 ? NOTHING : this.overlay;
    return mapFigure(overlay, this.flat.ranges(still), this.colours(), this.store.state.tool);
  }

  /** @returns {import('../figures/map.js').Colours} the theme's tokens */
  colours() {
    const style = getComputedStyle(this.element);
    const token = (/** @type {string} */ name) => style.getPropertyValue(`--${name}`).trim();
    const names = { letter: 'on-accent' };
    return /** @type {any} */ (
      Object.fromEntries(
        ['ink', 'second', 'panel', 'accent', 'letter', 'line', 'warning'].map((name) => [
          name,
          token(names[/** @type {'letter'} */ (name)] ?? name),
        ]),
      )
    );
  }

  /** @param {boolean} still the axes stay where they are */
  redraw(still) {
    if (this.points?.dims !== 3) this.plot?.show(this.figure(still));
    this.schedule(true);
  }

  restyle() {
    this.palette = null;
    this.scene = null;
    this.recolour();
    this.redraw(true);
  }

  recolour() {
    const { points } = this;
    if (!points) return;
    this.palette ??= readPalette(this.element);
    this.words = wordsOf(meaningOf(this.store.state, points), points.count, this.palette);
    this.view.colour();
    this.schedule(true);
  }

  relevel() {
    const { points } = this;
    if (!points) return;
    this.levels = levelsOf(this.store.state, points);
    this.view.colour();
    this.schedule(true);
  }

  /**
   * Only what changed is drawn again. The current point is an element of its own, placed like the canvas of points:
   * moving a trace costs Plotly 10 ms, too much of each frame while a slider is dragged.
   * @param {Overlay} overlay
   */
  lay(overlay) {
    const { path, others, ends, upload } = this.overlay;
    this.overlay = overlay;
    const lines = overlay.path !== path || overlay.others !== others || overlay.ends !== ends;
    if (lines && this.points?.dims !== 3) this.plot?.show(this.figure(true));
    if (lines || overlay.upload !== upload) this.schedule(false);
    this.mark();
  }

  mark() {
    const { current } = this.overlay;
    this.current.hidden = !current || !this.ready();
    if (!current || !this.ready()) return;
    const [x, y] = this.held ? [this.held.x, this.held.y] : this.view.place(current);
    this.current.style.transform = `translate(${x}px, ${y}px)`;
    this.current.dataset.at = current.join(',');
  }

  /** @returns {boolean} whether positions have places */
  ready() {
    return this.points !== null && (this.points.dims === 3 || this.plot !== null);
  }

  /** @param {boolean} points whether they too are drawn again, in the next frame */
  schedule(points) {
    this.stale ||= points;
    if (this.frame !== 0) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      this.paint();
    });
  }

  paint() {
    if (!this.points || !this.ready()) return;
    this.palette ??= readPalette(this.element);
    const all = this.stale;
    this.stale = false;
    if (all) this.view.paint(this.palette);
    this.paintOver();
    this.mark();
    if (all) this.element.dispatchEvent(new CustomEvent('map-moved'));
  }

  paintOver() {
    const { points, over, element } = this;
    const ratio = devicePixelRatio || 1;
    const [width, height] = [element.clientWidth, element.clientHeight].map((edge) => Math.round(edge * ratio));
    const context = over.getContext('2d');
    if (!points || !context || width === 0) return;
    if (over.width !== width || over.height !== height) Object.assign(over, { width, height });
    else context.clearRect(0, 0, width, height);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.drawOver(context, this.sceneOf(points), points.dims === 3);
  }

  /** @param {CanvasRenderingContext2D} context @param {Scene} scene @param {boolean} all also what Plotly draws in the page */
  drawOver(context, scene, all) {
    this.layers.draw(context, scene);
    if (this.store.state.colour === '' && !this.element.classList.contains('pictured')) nameClasses(context, scene);
    drawOverlay(context, scene, this.overlay, all);
  }

  /** @returns {number} of a point, in CSS pixels */
  radius() {
    return this.points && this.plot && this.points.dims === 2 ? radiusFor(this.points.grid, this.plot.axes()) : 2;
  }

  /** @param {Mapped} points @returns {Scene} */
  sceneOf(points) {
    const { view, element, levels } = this;
    this.scene ??= { colours: this.colours(), font: getComputedStyle(element).fontFamily };
    const { dims, positions } = points;
    return {
      points,
      place: (at) => view.place(at),
      row: (index) => view.place(positions.subarray(dims * index, dims * index + dims)),
      level: (index) => levels[index],
      width: element.clientWidth,
      height: element.clientHeight,
      ...this.scene,
    };
  }

  /** The view that the state names. */
  look() {
    if (this.points) this.view.look();
  }

  fit() {
    this.view.fit();
  }

  /** @returns {(index: number) => boolean} whether a point is shown */
  accept() {
    const { levels } = this;
    return (index) => levels[index] > 0;
  }

  resize() {
    if (!this.points || this.element.clientWidth === 0) return;
    this.view.resize();
  }

  end() {
    cancelAnimationFrame(this.frame);
    this.plot?.end();
  }
}

/** @param {Mapped|null} points @returns {string} what it is, and how to use it by keys */
function describe(points) {
  if (points?.dims === 3)
    return 'Map of the latent space in three dimensions. Arrow keys turn it, with Control they walk from point to point, Enter takes the point; with Shift they move your own point.';
  return 'Map of the latent space. Arrow keys walk from point to point, Enter takes the point; with Shift they move your own point.';
}
