/**
 * Elements from data. Text becomes text nodes: nothing here, or anywhere else in the page, writes HTML.
 */

/** @typedef {Node|string|null|undefined|false} Child */

/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, any>} [props] attributes; `class`, `text`, `on: {event: handler}`, `testid`; a boolean
 *   sets or leaves out
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function el(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [key, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (key === 'text') element.textContent = value;
    else if (key === 'on') for (const [type, handler] of Object.entries(value)) element.addEventListener(type, handler);
    else element.setAttribute(key === 'testid' ? 'data-testid' : key, value === true ? '' : String(value));
  }
  for (const child of children) if (child || child === '') element.append(child);
  return element;
}

/** Outlines on a 16 x 16 grid, drawn for this page. */
const OUTLINES = {
  undo: 'M3 6.5h6.5a3.5 3.5 0 0 1 0 7H6M5.5 3.5l-3 3 3 3',
  redo: 'M13 6.5H6.5a3.5 3.5 0 0 0 0 7H10M10.5 3.5l3 3-3 3',
  share: 'M8 10V2.5M5 5l3-3 3 3M3.5 8v5.5h9V8',
  sun:
    'M8 5a3 3 0 1 1 0 6 3 3 0 0 1 0-6ZM8 1.2v1.6M8 13.2v1.6M1.2 8h1.6M13.2 8h1.6' +
    'M3.2 3.2l1.1 1.1M11.7 11.7l1.1 1.1M12.8 3.2l-1.1 1.1M4.3 11.7l-1.1 1.1',
  moon: 'M13.2 9.6A5.6 5.6 0 0 1 6.4 2.8a5.6 5.6 0 1 0 6.8 6.8Z',
  auto: 'M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2ZM8 2v12M8 5l5 1.2M8 8.2h5.9M8 11.4l4.6.6',
  help: 'M5.8 6a2.2 2.2 0 1 1 3.3 1.9c-.8.5-1.1.9-1.1 1.8M8 12.4v.1',
  more: 'M3.5 8h.01M8 8h.01M12.5 8h.01',
  plus: 'M8 3.5v9M3.5 8h9',
  minus: 'M3.5 8h9',
  fit: 'M2.5 5.5v-3h3M10.5 2.5h3v3M13.5 10.5v3h-3M5.5 13.5h-3v-3',
  chevron: 'M4 6.5l4 4 4-4',
  upload: 'M8 10.5v-8M5 5.5l3-3 3 3M2.5 10.5v3h11v-3',
  close: 'M4 4l8 8M12 4l-8 8',
  bookmark: 'M4.5 2.5h7v11L8 10.5l-3.5 3Z',
  check: 'M3.5 8.5l3 3 6-7',
  left: 'M9.5 4l-4 4 4 4',
  right: 'M6.5 4l4 4-4 4',
  play: 'M5 3.5l7.5 4.5L5 12.5Z',
  pause: 'M5.5 3.5v9M10.5 3.5v9',
  lock: 'M4 7.5h8v6H4zM5.8 7.5V5.3a2.2 2.2 0 0 1 4.4 0v2.2',
  unlock: 'M4 7.5h8v6H4zM5.8 7.5V4.6a2.2 2.2 0 0 1 4.2-.9',
  restore: 'M3.2 8a4.8 4.8 0 1 0 1.6-3.6M3 2.6v3h3',
  lasso: 'M8 3c3.3 0 5.5 1.6 5.5 3.8S11.3 10.6 8 10.6 2.5 9 2.5 6.8 4.7 3 8 3ZM5 10.3c-.9.5-1.2 1.3-.6 1.9.9.9 2.1.3 1.8 1.6',
  box: 'M2.5 3.5h11v9h-11z',
  die: 'M3 3h10v10H3zM5.8 5.8h.01M10.2 5.8h.01M8 8h.01M5.8 10.2h.01M10.2 10.2h.01',
};

/** @param {keyof typeof OUTLINES} name @returns {SVGSVGElement} */
export function icon(name) {
  const space = 'http://www.w3.org/2000/svg';
  const svg = document.createElementNS(space, 'svg');
  for (const [key, value] of Object.entries({
    viewBox: '0 0 16 16',
    class: 'icon',
    'aria-hidden': 'true',
    focusable: 'false',
  }))
    svg.setAttribute(key, value);
  const path = document.createElementNS(space, 'path');
  path.setAttribute('d', OUTLINES[name]);
  svg.append(path);
  return svg;
}

/**
 * @param {{label: string, icon?: keyof typeof OUTLINES, text?: string, testid?: string, class?: string, title?: string,
 *   press?: (event: MouseEvent) => void, [attribute: string]: any}} props `label` is read out where `text` says less
 */
export function button({ label, icon: name, text, press, class: kind = '', ...rest }) {
  const shown = text ?? (name ? undefined : label);
  return el(
    'button',
    {
      type: 'button',
      class: `button ${name && !shown ? 'button-icon' : ''} ${kind}`.trim(),
      'aria-label': shown === label ? null : label,
      title: shown ? null : label,
      on: press ? { click: press } : undefined,
      ...rest,
    },
    name && icon(name),
    shown && el('span', { text: shown, 'data-text': shown }),
  );
}

/**
 * @param {EventTarget} target
 * @param {Record<string, (event: any) => void>} handlers by the event's name
 * @param {AddEventListenerOptions} [options]
 */
export function on(target, handlers, options) {
  for (const [type, handler] of Object.entries(handlers)) target.addEventListener(type, handler, options);
}

/**
 * @param {string} title
 * @param {HTMLElement|null} note beside the title
 * @param {...HTMLElement} controls at the right
 */
export function partHead(title, note, ...controls) {
  const gap = el('span', { class: 'push' });
  return el('header', { class: 'part-head' }, el('h2', { text: title }), note, gap, ...controls);
}

/** @typedef {{add: (...ends: (() => void)[]) => void, signal: AbortSignal, end: () => void}} Lifetime */

/**
 * Everything a mounted panel has to undo.
 * @returns {Lifetime} `signal` ends its listeners and requests
 */
export function lifetime() {
  const controller = new AbortController();
  /** @type {(() => void)[]} */
  const ends = [];
  return {
    add: (...more) => {
      ends.push(...more);
    },
    signal: controller.signal,
    end: () => {
      controller.abort();
      for (const end of ends.splice(0)) end();
    },
  };
}

/** @param {number} value @param {number} [digits] with a true minus sign, so that columns of numbers stand still */
export const signed = (value, digits = 2) => {
  const text = Math.abs(value).toFixed(digits);
  return (value < 0 && Number(text) !== 0 ? '\u2212' : '+') + text;
};

/** @param {number} value whole numbers with a comma each three digits */
export const grouped = (value) => value.toLocaleString('en-US');

/** @param {number} value @returns {string} in nats, with a tenth below 1,000 */
export const nats = (value) => `${Math.abs(value) < 999.95 ? value.toFixed(1) : grouped(Math.round(value))} nats`;

/** @param {string} kind a model's kind @returns {string} as a person writes it */
export const kindName = (kind) =>
  ({
    pca: 'PCA',
    ae: 'Autoencoder',
    vae: 'VAE',
    'beta-vae': '\u03b2-VAE',
    tcvae: '\u03b2-TCVAE',
    dbvae: 'Debiasing VAE',
    cvae: 'Conditional VAE',
    gan: 'GAN',
    cgan: 'Conditional GAN',
    stylegan: 'StyleGAN',
    other: 'Other',
  })[kind] ?? kind;

/** @param {number} dim @param {string} [space] */
export const dimName = (dim, space = 'z') => `${space}${String(dim).padStart(2, '0')}`;

/** @returns {boolean} */
export const calm = () => matchMedia('(prefers-reduced-motion: reduce)').matches;
