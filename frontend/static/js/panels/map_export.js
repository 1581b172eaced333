/**
 * The map as it stands, with a title and its legend, as a PNG of twice its size or as an SVG of lines and letters.
 */

import { scaleOf } from '../colours.js';
import { meaningOf } from '../colouring.js';
import { grouped } from '../dom.js';
import { TITLES } from '../map_methods.js';
import { download, png } from '../picture.js';
import { SvgContext } from '../svg_context.js';

/** @typedef {import('../store.js').Store} Store */
/** @typedef {import('./map_board.js').Board} Board */
/** @typedef {import('../map_layers.js').Scene} Scene */
/** @typedef {{context: CanvasRenderingContext2D, scene: Scene, title: string, width: number, height: number, legend: number}} Sheet */

const EDGE = 16;
const HEAD = 46;
const LINE = 20;
const RATIO = 2;

/** @param {Store} store @param {Board} board */
export async function savePng(store, board) {
  const canvas = document.createElement('canvas');
  const context = canvas.getContext('2d');
  const plan = context && planOf(store, board, context);
  if (!plan) return;
  Object.assign(canvas, { width: Math.round(plan.width * RATIO), height: Math.round(plan.height * RATIO) });
  context.setTransform(RATIO, 0, 0, RATIO, 0, 0);
  drawSheet(context, plan, store, board, (scene) => {
    context.imageSmoothingEnabled = false;
    context.drawImage(board.canvas, 0, 0, scene.width, scene.height);
    context.imageSmoothingEnabled = true;
  });
  download(await png(canvas), `${nameOf(store)}.png`);
}

/** @param {Store} store @param {Board} board */
export function saveSvg(store, board) {
  const ruler = document.createElement('canvas').getContext('2d');
  const plan = ruler && planOf(store, board, ruler);
  if (!plan) return;
  const context = new SvgContext(ruler);
  drawSheet(/** @type {any} */ (context), plan, store, board, (scene) => dots(context, scene, board));
  const text = context.document(plan.width, plan.height, plan.title);
  download(new Blob([text], { type: 'image/svg+xml' }), `${nameOf(store)}.svg`);
}

/** @param {Store} store */
const nameOf = ({ state: { model, mapped } }) => `${model}-${mapped?.choice.method ?? 'map'}`;

/** @typedef {{title: string, width: number, height: number, rows: {name: string, colour: string, x: number, y: number}[], top: number}} Plan */

/** @param {Store} store @param {Board} board @param {CanvasRenderingContext2D} ruler @returns {Plan|null} what stands where */
function planOf(store, board, ruler) {
  const { points } = board;
  const { detail } = store.state;
  if (!points || !detail || !board.ready()) return null;
  const scene = board.sceneOf(points);
  const { method, control } = points.choice;
  const set = detail.sets.find(({ name }) => name === points.set);
  const title = `${detail.title}: ${control ? 'control map, ' : ''}${TITLES[method] ?? method} of ${grouped(points.count)} points (${set?.title || points.set})`;
  ruler.font = `400 12.5px ${scene.font}`;
  const meaning = meaningOf(store.state, points);
  const rows = [];
  let [x, y] = [EDGE, 0];
  for (const [index, name] of meaning.names.entries()) {
    const wide = 20 + ruler.measureText(name).width + 14;
    if (x + wide > scene.width + EDGE) [x, y] = [EDGE, y + LINE];
    rows.push({ name, colour: `--class-${index % 10}`, x, y });
    x += wide;
  }
  const top = HEAD + (meaning.names.length > 0 ? y + LINE + 6 : LINE + 6);
  return { title, width: scene.width + 2 * EDGE, height: top + scene.height + EDGE, rows, top };
}

/**
 * @param {CanvasRenderingContext2D} context @param {Plan} plan @param {Store} store @param {Board} board
 * @param {(scene: Scene) => void} points draws them, the map's upper left corner being (0, 0)
 */
function drawSheet(context, { title, width, height, rows, top }, store, board, points) {
  const scene = board.sceneOf(/** @type {import('../points.js').Mapped} */ (board.points));
  const style = getComputedStyle(board.element);
  context.fillStyle = scene.colours.panel;
  context.fillRect(0, 0, width, height);
  context.fillStyle = scene.colours.ink;
  context.font = `600 14px ${scene.font}`;
  context.fillText(title, EDGE, 30);
  context.font = `400 12.5px ${scene.font}`;
  for (const { name, colour, x, y } of rows) {
    context.fillStyle = style.getPropertyValue(colour).trim();
    context.beginPath();
    context.arc(x + 5, HEAD + y + 10, 4.5, 0, 2 * Math.PI);
    context.fill();
    context.fillStyle = scene.colours.ink;
    context.fillText(name, x + 16, HEAD + y + 14.5);
  }
  if (rows.length === 0) bar(context, scene, store, board);
  context.save();
  context.translate(EDGE, top);
  context.beginPath();
  context.rect(0, 0, scene.width, scene.height);
  context.clip();
  points(scene);
  board.drawOver(context, scene, true);
  context.restore();
  context.strokeStyle = scene.colours.line;
  context.lineWidth = 1;
  context.strokeRect(EDGE, top, scene.width, scene.height);
}

/** @param {CanvasRenderingContext2D} context @param {Scene} scene @param {Store} store @param {Board} board */
function bar(context, { colours, points }, store, board) {
  const { title, low, high } = meaningOf(store.state, points);
  const dark = (board.palette?.panel ?? 0xffffffff) % 256 < 128;
  const left = `${title}   ${low.toPrecision(3)}`;
  context.fillStyle = colours.ink;
  context.fillText(left, EDGE, HEAD + 14.5);
  const from = EDGE + context.measureText(left).width + 8;
  scaleOf(dark).forEach((rgb, step) => {
    if (step % 4 > 0) return;
    context.fillStyle = `rgb(${rgb.join(',')})`;
    context.fillRect(from + step / 2, HEAD + 5, 2.2, 10);
  });
  context.fillStyle = colours.ink;
  context.fillText(high.toPrecision(3), from + 136, HEAD + 14.5);
}

/** @param {SvgContext} context @param {Scene} scene @param {Board} board one path a colour: a dot is a line of no length with round ends */
function dots(context, { row, level, width, height, points, colours }, board) {
  /** @type {Map<string, string[]>} */
  const roads = new Map();
  for (const wanted of [0, 1, 2]) {
    for (let index = 0; index < points.count; index++) {
      if (level(index) !== wanted) continue;
      const [x, y] = row(index);
      if (x < 0 || y < 0 || x > width || y > height) continue;
      const word = wanted === 0 ? (board.palette?.faint ?? 0) : board.words[index];
      const key = `${wanted} ${(word & 0xffffff).toString(16).padStart(6, '0')}`;
      const road = roads.get(key) ?? [];
      road.push(`M${context.at(x, y)}h0`);
      roads.set(key, road);
    }
  }
  const size = Math.max(1.6, 2 * board.radius());
  const cross = `<path d="M${context.at(...board.view.place([0, 0, 0]))}" stroke="${colours.line}"/>`;
  context.put(cross);
  for (const [key, road] of roads) {
    const [wanted, hex] = key.split(' ');
    const rgb = [4, 2, 0].map((at) => hex.slice(at, at + 2)).join('');
    const opacity = ['0.5', '0.3', '0.85'][Number(wanted)];
    context.put(`<path d="${road.join('')}" stroke="#${rgb}" stroke-width="${size.toFixed(2)}" stroke-linecap="round" fill="none" opacity="${opacity}"/>`);
  }
}
