/** placeholder */
export const savePng = (_store, _board) => {};
export const saveSvg = (_store, _board) => {};
