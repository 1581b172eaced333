/**
 * Which models stand side by side: those of one data set, at first one of each family.
 */

/** @typedef {import('../api.js').ModelEntry} ModelEntry */

/** Families in the order of a textbook. */
const FAMILIES = [['pca'], ['ae'], ['vae', 'beta-vae', 'tcvae', 'dbvae', 'cvae'], ['gan', 'cgan', 'stylegan']];
/** More would be too small to see beside each other. */
export const MOST = 6;

/** @param {ModelEntry} entry @returns {number} */
const familyOf = ({ kind }) => {
  const at = FAMILIES.findIndex((kinds) => kinds.includes(kind));
  return at < 0 ? FAMILIES.length : at;
};

/**
 * @param {readonly ModelEntry[]|null} models @param {string} id of the open model
 * @returns {ModelEntry[]} all that can be used of its data set, itself included, by family and size
 */
export function siblings(models, id) {
  const open = models?.find((entry) => entry.id === id);
  if (!models || !open) return [];
  return models
    .filter(({ dataset, status }) => dataset === open.dataset && status === 'ready')
    .sort((one, other) => familyOf(one) - familyOf(other) || one.latent - other.latent);
}

/**
 * @param {readonly ModelEntry[]} all of one data set @param {string} id of the open model
 * @returns {string[]} the open one, and of each other family the one whose size comes nearest; one that shows a training
 *   gone wrong only where the family has no other. Where all are of one family, as a model and its twin are, all
 */
export function oneOfEach(all, id) {
  const open = all.find((entry) => entry.id === id);
  if (!open) return [];
  const away = (/** @type {ModelEntry} */ { latent }) => Math.abs(Math.log(latent / open.latent));
  const failed = (/** @type {ModelEntry} */ one) => Number(one.id.endsWith('-collapsed'));
  const better = (/** @type {ModelEntry} */ one, /** @type {ModelEntry} */ other) =>
    failed(one) - failed(other) || away(one) - away(other);
  const families = Map.groupBy(all, familyOf);
  if (families.size === 1) return [id, ...all.map((entry) => entry.id).filter((other) => other !== id)].slice(0, MOST);
  return [...families]
    .map(([family, entries]) =>
      family === familyOf(open) ? open : entries.reduce((best, one) => (better(one, best) < 0 ? one : best)),
    )
    .slice(0, MOST)
    .map((entry) => entry.id);
}
