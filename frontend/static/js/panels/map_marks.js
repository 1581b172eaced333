/**
 * The marks over the points that are drawn here: the visitor's picture; in three dimensions also the roads and the kept points,
 * which in two are Plotly's.
 */

/** @typedef {import('../map_layers.js').Scene} Scene */
/** @typedef {import('../figures/map.js').Overlay} Overlay */

/** @param {CanvasRenderingContext2D} context @param {Scene} scene @param {Overlay} overlay @param {boolean} all also what is Plotly's in two dimensions */
export function drawOverlay(context, scene, { path, others, ends, upload, current }, all) {
  const { colours } = scene;
  if (all) {
    for (const road of others) line(context, scene, road, colours.second, 1.5);
    line(context, scene, path, colours.ink, 2.25);
    for (const end of ends) badge(context, scene, end);
  }
  if (upload && String(upload) !== String(current)) diamond(context, scene, upload);
}

/** @param {CanvasRenderingContext2D} context @param {Scene} scene @param {number[][]} road @param {string} colour @param {number} width */
function line(context, { place, colours }, road, colour, width) {
  if (road.length === 0) return;
  context.beginPath();
  for (const at of road) context.lineTo(...place(at));
  context.lineJoin = 'round';
  context.strokeStyle = colours.panel;
  context.lineWidth = width + 3;
  context.stroke();
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.stroke();
}

/** @param {CanvasRenderingContext2D} context @param {Scene} scene @param {{letter: string, at: number[]}} end */
function badge(context, { place, colours, font }, { letter, at }) {
  const [x, y] = place(at);
  context.beginPath();
  context.arc(x, y, 10.5, 0, 2 * Math.PI);
  context.fillStyle = colours.accent;
  context.fill();
  context.strokeStyle = colours.panel;
  context.lineWidth = 2;
  context.stroke();
  context.font = `700 12px ${font}`;
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  context.fillStyle = colours.letter;
  context.fillText(letter, x, y + 0.5);
}

/** @param {CanvasRenderingContext2D} context @param {Scene} scene @param {number[]} at of the visitor's own picture */
function diamond(context, { place, colours }, at) {
  const [x, y] = place(at);
  context.beginPath();
  context.moveTo(x, y - 8);
  context.lineTo(x + 8, y);
  context.lineTo(x, y + 8);
  context.lineTo(x - 8, y);
  context.closePath();
  context.fillStyle = colours.accent;
  context.fill();
  context.strokeStyle = colours.panel;
  context.lineWidth = 2;
  context.stroke();
}
