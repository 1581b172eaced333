/**
 * What the page is, for who has never heard of a latent space, and the words that stand on it.
 */

import { el } from '../dom.js';
import { autoencoder } from '../figures/autoencoder.js';

const WORDS = [
  ['Latent dimension', 'One of the few numbers that stand for a picture. Each slider moves one; z00, z01 are their names.'],
  ['Posterior: mean \u03bc, sigma \u03c3', 'Where a VAE\u2019s encoder puts your picture in each dimension, and how unsure it is of that.'],
  ['Epsilon \u03b5', 'Random noise. A draw from the posterior is the mean plus \u03c3 times \u03b5.'],
  ['Prior', 'Where a model expects its points to lie before it sees a picture: mostly a round cloud around zero.'],
  ['KL, in nats', 'How far the posterior is from the prior: what a dimension tells about the picture. A nat is 1.44 bits.'],
  ['Reconstruction error', 'How much the decoder\u2019s picture differs from the one you gave.'],
  ['Unusual', 'How far a point is from the encoded data. \u201cUnusual 83%\u201d: 83% of test pictures lie closer to it than this point.'],
  ['Lerp', 'The straight way from one point to another.'],
  ['Slerp', 'The way along an arc, which keeps the distance from zero that random points of a prior have.'],
  ['Geodesic, lambda \u03bb', 'A way on which the picture changes as little as it can. The larger \u03bb, the closer it keeps to the data.'],
  ['PCA axes of the map', 'The two directions in which the encoded data spreads most. All other directions are flattened away.'],
  ['Truncation psi \u03c8', 'In a StyleGAN: 1 leaves a point as it is, smaller pulls it to the average picture, larger pushes it away.'],
  ['Z and W', 'The two spaces of a StyleGAN: random points are drawn in Z, then bent into W, which its decoder reads.'],
];

/** @returns {HTMLElement[]} the drawing and the sentences under it */
export const whatThisIs = () => [
  el('h3', { text: 'What am I looking at?' }),
  el('figure', { class: 'about-figure' }, autoencoder()),
  el('p', {
    text:
      'A trained model sums a picture up in a few numbers, its latent numbers: the encoder finds them, the decoder ' +
      'draws a picture from them. Each slider is one of these numbers, and each dot on the map is one picture: move ' +
      'a slider or click the map, and see what the decoder draws. A GAN learns without the encoder, from random numbers alone.',
  }),
];

/** @returns {HTMLElement[]} */
export const glossary = () => [
  el('h3', { text: 'Words on this page' }),
  el(
    'dl',
    { class: 'glossary', testid: 'glossary' },
    ...WORDS.map(([word, meaning]) => el('div', {}, el('dt', { text: word }), el('dd', { text: meaning }))),
  ),
];
