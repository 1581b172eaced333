/**
 * What Plotly draws of the map: empty axes over the canvas of points, the path, A and B, and the current point.
 */

/** @typedef {{ink: string, panel: string, accent: string, letter: string}} Colours */
/** @typedef {{path: number[][], ends: {letter: string, at: number[]}[], current: number[]|null}} Overlay positions on the map */

/** Numbers of the traces, in the order in which they lie over each other. */
export const TRACE = { HALO: 0, PATH: 1, ENDS: 2, CURRENT: 3 };

const MARGIN = 0.04;

/**
 * @param {[number, number, number, number]} bounds of the points: x from, x to, y from, y to
 * @returns {{x: [number, number], y: [number, number]}} with a margin
 */
export function fitted([x0, x1, y0, y1]) {
  const pad = MARGIN * Math.max(x1 - x0, y1 - y0, 1e-6);
  return { x: [x0 - pad, x1 + pad], y: [y0 - pad, y1 + pad] };
}

/** @param {Overlay} overlay @returns {{x: (number|null)[][], y: (number|null)[][], text: string[][]}} one entry a trace */
export function overlayData({ path, ends, current }) {
  const line = { x: path.map((at) => at[0]), y: path.map((at) => at[1]) };
  const spots = ends.map(({ at }) => at);
  return {
    x: [line.x, line.x, spots.map((at) => at[0]), current ? [current[0]] : []],
    y: [line.y, line.y, spots.map((at) => at[1]), current ? [current[1]] : []],
    text: [[], [], ends.map(({ letter }) => letter), []],
  };
}

/**
 * @param {Overlay} overlay @param {{x: [number, number], y: [number, number]}} ranges @param {Colours} colours
 * @returns {import('../plot.js').Figure}
 */
export function mapFigure(overlay, ranges, colours) {
  const { x, y, text } = overlayData(overlay);
  const base = { type: 'scatter', hoverinfo: 'skip', cliponaxis: false };
  const styles = [
    { mode: 'lines', line: { color: colours.panel, width: 6, shape: 'spline' } },
    { mode: 'lines', line: { color: colours.ink, width: 2.25, shape: 'spline' } },
    {
      mode: 'markers+text', textposition: 'middle center', textfont: { color: colours.letter, size: 12, weight: 700 },
      marker: { size: 21, color: colours.accent, line: { color: colours.panel, width: 2 } },
    },
    { mode: 'markers', marker: { size: 17, color: colours.panel, line: { color: colours.ink, width: 3 } } },
  ];
  const data = styles.map((style, trace) => ({ ...base, ...style, x: x[trace], y: y[trace], text: text[trace] }));
  return { data, layout: mapLayout(ranges) };
}

/** @param {{x: [number, number], y: [number, number]}} ranges one unit is as long on both axes */
function mapLayout(ranges) {
  const axis = { showgrid: false, zeroline: false, showticklabels: false, ticks: '', automargin: false };
  return {
    autosize: true, dragmode: 'pan', hovermode: false, showlegend: false,
    margin: { l: 0, r: 0, t: 0, b: 0 }, paper_bgcolor: 'rgba(0,0,0,0)', plot_bgcolor: 'rgba(0,0,0,0)',
    xaxis: { ...axis, range: [...ranges.x] },
    yaxis: { ...axis, range: [...ranges.y], scaleanchor: 'x', scaleratio: 1 },
  };
}
