/**
 * What Plotly draws of the map: empty axes over the canvas of points, the path, and A and B.
 */

/** @typedef {Record<'ink'|'second'|'panel'|'accent'|'letter'|'line'|'warning', string>} Colours */
/** @typedef {{x: [number, number], y: [number, number]}} Ranges */

/**
 * @typedef {Object} Overlay positions on the map
 * @property {number[][]} path the road that is walked
 * @property {number[][][]} others the other roads
 * @property {{letter: string, at: number[]}[]} ends A, those between, and B: those that are kept
 * @property {number[]|null} upload the visitor's picture
 * @property {number[]|null} current
 */

const MARGIN = 0.04;

/** @type {Overlay} */
export const NOTHING = { path: [], others: [], ends: [], upload: null, current: null };

/**
 * @param {[number, number, number, number]} bounds of the points: x from, x to, y from, y to
 * @returns {Ranges} with a margin
 */
export function fitted([x0, x1, y0, y1]) {
  const pad = MARGIN * Math.max(x1 - x0, y1 - y0, 1e-6);
  return { x: [x0 - pad, x1 + pad], y: [y0 - pad, y1 + pad] };
}

/** @param {Overlay} overlay @param {Ranges} ranges @param {Colours} colours @param {''|'lasso'|'box'} tool @returns {import('../plot.js').Figure} */
export function mapFigure({ path, others, ends }, ranges, colours, tool) {
  const across = (/** @type {number[][]} */ road) => ({ x: road.map((at) => at[0]), y: road.map((at) => at[1]) });
  const line = across(path);
  const base = { type: 'scatter', hoverinfo: 'skip', cliponaxis: false };
  const data = [
    ...others.flatMap((road) => [
      { ...base, ...across(road), mode: 'lines', line: { color: colours.panel, width: 4.5, shape: 'spline' } },
      { ...base, ...across(road), mode: 'lines', line: { color: colours.second, width: 1.5, shape: 'spline' } },
    ]),
    { ...base, ...line, mode: 'lines', line: { color: colours.panel, width: 6, shape: 'spline' } },
    { ...base, ...line, mode: 'lines', line: { color: colours.ink, width: 2.25, shape: 'spline' } },
    {
      ...base,
      x: ends.map(({ at }) => at[0]),
      y: ends.map(({ at }) => at[1]),
      text: ends.map(({ letter }) => letter),
      mode: 'markers+text',
      textposition: 'middle center',
      textfont: { color: colours.letter, size: 12, weight: 700 },
      unselected: { marker: { opacity: 1 }, textfont: { color: colours.letter } }, // a lasso is about the points on the canvas
      marker: { size: 21, color: colours.accent, line: { color: colours.panel, width: 2 } },
    },
  ];
  return { data, layout: mapLayout(ranges, tool, colours) };
}

/** @param {Ranges} ranges one unit is as long on both axes @param {''|'lasso'|'box'} tool @param {Colours} colours */
function mapLayout(ranges, tool, colours) {
  const axis = { showgrid: false, zeroline: false, showticklabels: false, ticks: '', automargin: false };
  return {
    autosize: true,
    dragmode: { '': 'pan', lasso: 'lasso', box: 'select' }[tool],
    newselection: { line: { color: colours.accent, width: 1.5, dash: 'solid' } },
    activeselection: { fillcolor: colours.accent, opacity: 0.08 },
    selections: [],
    hovermode: false,
    showlegend: false,
    margin: { l: 0, r: 0, t: 0, b: 0 },
    paper_bgcolor: 'rgba(0,0,0,0)',
    plot_bgcolor: 'rgba(0,0,0,0)',
    xaxis: { ...axis, range: [...ranges.x] },
    yaxis: { ...axis, range: [...ranges.y], scaleanchor: 'x', scaleratio: 1 },
  };
}
