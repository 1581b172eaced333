/**
 * The large picture. It asks the live connection inside the event that moved the point, and draws what comes at once.
 *
 * After each drawn frame the canvas carries its `data-stamp` and sends the event `picture-drawn`.
 */

import { copyPicture, copyText } from '../clipboard.js';
import { button, el, grouped, lifetime } from '../dom.js';
import { generates, GIVEN } from '../given.js';
import { ready, say } from '../models.js';
import { clear, download, draw, png } from '../picture.js';
import { labelOf, rowOf } from '../points.js';
import { pictureRequest } from '../state.js';
import { exampleFile } from './examples.js';
import { menu } from './menu.js';

/** @typedef {import('../state.js').State} State */
/** @typedef {import('../store.js').Store} Store */

/** So long the rest of the page waits for an answer, so that both are seen in the same frame. */
const SOON_MS = 8;
/** The answer of a server that takes longer, two frames, is not worth waiting for. */
const NEAR_MS = 30;
/** What a browser answers with a frame before anything else; moves of a mouse come with their frame already. */
const PRESSES = ['keydown', 'pointerdown', 'click'];

const ASKED_BY = /** @type {const} */ (['latent', 'model', 'detail', ...GIVEN]);

/** @param {HTMLElement} root @param {Store} store @param {import('../api.js').Api} api @returns {() => void} */
export function mount(root, store, api) {
  const life = lifetime();
  const canvas = el('canvas', {
    class: 'picture',
    width: 28,
    height: 28,
    role: 'img',
    'aria-label': 'Decoded picture',
    testid: 'picture',
  });
  const frame = el('div', { class: 'picture-frame waiting' }, canvas);
  root.append(frame, el('div', { class: 'caption' }, ...captionOf(store, life), ...actionsOf(canvas, store)));
  life.add(
    ask(store, api),
    show(canvas, frame, store, api),
    store.watch(
      (state) => [state.crisp],
      ({ crisp }) => canvas.classList.toggle('crisp', crisp),
    ),
    () => root.replaceChildren(),
  );
  return life.end;
}

/** @param {Store} store @param {{add: (...ends: (() => void)[]) => void}} life @returns {HTMLElement[]} */
function captionOf(store, life) {
  const origin = el('p', { class: 'origin' });
  const unusual = el('button', {
    type: 'button',
    class: 'unusual number',
    testid: 'unusual',
    title: 'How far from the data: what this says',
    on: { click: () => explainUnusual(store) },
  });
  life.add(
    store.watch(
      (state) => [
        state.origin,
        state.points,
        state.position,
        state.detail,
        state.latent === null,
        state.failure,
        state.upload?.file,
      ],
      (state) => {
        origin.textContent = originOf(state);
      },
    ),
    store.watch(
      (state) => [state.connection.unusual, state.detail],
      (state) => {
        const value = state.connection.unusual;
        unusual.textContent = value === null ? '' : `unusual ${Math.round(value)}%`;
        unusual.classList.toggle('far', value !== null && value > 95 && !generates(state));
      },
    ),
  );
  return [origin, unusual];
}

/** @param {Store} store what the share says: of the visitor's picture in its tab, of any other point in a sentence */
function explainUnusual(store) {
  const { origin, connection } = store.state;
  if (origin === 'upload') {
    document.getElementById('tab-upload')?.click(); // on a narrow page it also opens the sheet
    unfold(20);
  } else if (connection.unusual !== null) {
    const share = Math.round(connection.unusual);
    const draws = generates(store.state) ? ' A generator\u2019s own draws lie elsewhere than what its encoder makes of pictures.' : '';
    say(store, `Farther from the data than ${share}% of held-out pictures, by the distance to its ten nearest points.${draws}`);
  }
}

/** @param {number} tries the tab may still be loading */
function unfold(tries) {
  const fold = /** @type {HTMLDetailsElement|null} */ (document.querySelector('[data-testid=fold-unusual]'));
  if (fold?.offsetParent) {
    fold.open = true;
    fold.scrollIntoView({ block: 'start' });
    fold.querySelector('summary')?.focus({ preventScroll: true });
  } else if (tries > 0) setTimeout(() => unfold(tries - 1), 100);
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {Store} store
 * @returns {HTMLElement[]} the menu, and the button that opens it
 */
function actionsOf(canvas, store) {
  const actions = menu({ label: 'Picture', items: () => itemsFor(canvas, store), testid: 'picture-menu' });
  const more = button({
    label: 'What to do with this picture',
    icon: 'more',
    'aria-haspopup': 'menu',
    'aria-expanded': 'false',
    class: 'quiet',
    testid: 'picture-more',
  });
  more.addEventListener('click', () => {
    const { left, bottom } = more.getBoundingClientRect();
    actions.open(left, bottom + 4, more);
  });
  canvas.addEventListener('contextmenu', (event) => {
    event.preventDefault();
    actions.open(event.clientX, event.clientY, more);
  });
  return [more, actions.element];
}

/** @param {Store} store @param {import('../api.js').Api} api sends each new point, at once @returns {() => void} */
function ask(store, api) {
  let pressed = -SOON_MS;
  const press = () => {
    pressed = performance.now();
  };
  for (const type of PRESSES) addEventListener(type, press, true);
  const end = store.subscribe((state, before) => {
    if (!ready(state) || ASKED_BY.every((key) => state[key] === before[key])) return;
    api.live.send(pictureRequest(state), /** @type {Float32Array} */ (state.latent));
    if (api.live.took < NEAR_MS && performance.now() - pressed < SOON_MS) store.hold(SOON_MS);
  });
  return () => {
    for (const type of PRESSES) removeEventListener(type, press, true);
    end();
  };
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {HTMLElement} frame
 * @param {Store} store
 * @param {import('../api.js').Api} api
 * @returns {() => void}
 */
function show(canvas, frame, store, api) {
  let since = 0;
  const drawn = (/** @type {Event} */ event) => {
    /** @type {import('../live.js').Frame} */
    const answer = /** @type {CustomEvent} */ (event).detail;
    if (answer.stamp <= since) return;
    draw(canvas, answer);
    canvas.dataset.stamp = String(answer.stamp);
    canvas.dispatchEvent(new CustomEvent('picture-drawn', { bubbles: true, detail: { stamp: answer.stamp } }));
    frame.classList.remove('waiting');
    store.release();
    const { connection, failure } = store.state;
    store.set({
      connection: { ...connection, ms: answer.ms, unusual: answer.unusual ?? connection.unusual },
      ...(failure && { failure: '' }),
    });
  };
  const told = (/** @type {Event} */ event) => {
    const { stamp, unusual } = /** @type {CustomEvent} */ (event).detail;
    if (stamp > since) store.set({ connection: { ...store.state.connection, unusual } });
  };
  api.live.addEventListener('frame', drawn);
  api.live.addEventListener('unusual', told);
  const end = store.subscribe((state, before) => {
    if (state.failure && state.detail?.id !== state.model) clear(canvas);
    if (state.model === before.model) return;
    since = api.live.stamp;
    frame.classList.add('waiting');
  });
  return () => {
    end();
    api.live.removeEventListener('frame', drawn);
    api.live.removeEventListener('unusual', told);
  };
}

/** @param {Readonly<State>} state @returns {string} where the point came from, in words */
export function originOf({ origin, points, position, latent, failure, detail, upload }) {
  if (latent === null)
    return failure ? 'Choose another model' : detail && !detail.can.decode ? 'No decoder' : 'Opening the model\u2026';
  if (origin === '') return 'Moved by hand';
  if (origin === 'upload') return upload && isExample(upload.file.name, detail) ? 'Example' : 'Your picture';
  if (origin === 'mean') return 'The mean';
  if (origin === 'map') return 'A place on the map';
  if (origin === 'sum') return 'A sum';
  if (origin === 'bookmark') return 'Bookmark';
  if (origin === 'refined') return 'Refined';
  if (origin === 'path') return `${Math.round(position * 100)}% to B`;
  if (origin.startsWith('draw:')) return `Draw of \u03b5, seed ${origin.slice(5)}`;
  const row = rowOf(origin);
  if (!row) return `Seed ${origin.slice(5)}`;
  const label = points?.set === row.set && row.index < points.count ? labelOf(points, row.index) : '';
  return `${label || 'Point'} #${grouped(row.index)}`;
}

/**
 * @param {string} name of the file @param {import('../api.js').ModelDetail|null} detail
 * @returns {boolean} whether it is named like an example of the page: by class and row
 */
function isExample(name, detail) {
  const row = Number(/-(\d+)\.png$/.exec(name)?.[1] ?? NaN);
  const index = detail?.examples?.rows.indexOf(row) ?? -1;
  return detail !== null && index >= 0 && name === exampleFile(detail, index);
}

/** @param {HTMLCanvasElement} canvas @param {Store} store @returns {import('./menu.js').Item[]} */
function itemsFor(canvas, store) {
  const { model, latent, crisp } = store.state;
  const copy = async () => {
    say(
      store,
      (await copyPicture(png(canvas)))
        ? 'Picture copied.'
        : 'This browser copies pictures only from https or localhost. Save it as PNG instead.',
    );
  };
  const copyLatent = async () => {
    if (latent)
      say(
        store,
        (await copyText(JSON.stringify({ model, latents: [Array.from(latent)] })))
          ? 'Latent copied as JSON.'
          : 'This browser does not allow copying here.',
      );
  };
  return [
    { label: 'Copy picture', act: copy },
    { label: 'Copy latent as JSON', act: copyLatent },
    { label: 'Save as PNG', act: async () => download(await png(canvas), `${model}.png`) },
    { label: 'Show the pixels', act: () => store.set({ crisp: !crisp }), checked: crisp },
  ];
}
