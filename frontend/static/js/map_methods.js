/**
 * The ways to make a map: what the server offers for a set, and what each is called before it has said so.
 */

/** @typedef {import('./api.js').MapMethod} MapMethod */
/** @typedef {import('./api.js').Api} Api */

/** @type {Record<string, string>} */
export const TITLES = { pca: 'PCA', umap: 'UMAP', tsne: 't-SNE', pacmap: 'PaCMAP', localmap: 'LocalMAP' };

/** @type {WeakMap<import('./api.js').ModelDetail, Map<string, Promise<MapMethod[]>>>} */
const fetched = new WeakMap();

/** @type {MapMethod} */
const PCA = {
  name: 'pca',
  title: TITLES.pca,
  description: 'The two directions in which the latents vary most, at right angles. Nothing is bent: distances can be trusted as far as two directions go.',
  parameters: [],
  dims: [2, 3],
  ready: true,
  ready_3d: true,
};

/**
 * @param {Api} api @param {import('./api.js').ModelDetail} detail @param {string} set
 * @returns {Promise<MapMethod[]>} PCA alone where the server does not say
 */
export function methodsOf(api, detail, set) {
  const own = fetched.get(detail) ?? new Map();
  fetched.set(detail, own);
  const found = own.get(set) ?? api.projectionMethods(detail.id, set).then(({ methods }) => methods);
  own.set(set, found);
  return found.catch(() => {
    own.delete(set); // the next one asks again
    return [PCA];
  });
}
