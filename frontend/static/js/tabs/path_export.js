/**
 * The walk as a file: a job of the server draws it frame by frame.
 */

import { button, el } from '../dom.js';
import { jobLine } from '../panels/job_line.js';
import { menu } from '../panels/menu.js';
import { STEPS } from '../panels/strip.js';
import { download } from '../picture.js';
import { pictureRequest } from '../state.js';
import { keyframesOf, walkedMethod, wayOf } from '../walk.js';

/** @typedef {import('../store.js').Store} Store */
/** @typedef {import('../api.js').Api} Api */
/** @typedef {'mp4'|'gif'|'webp'|'png-strip'|'npy'} Format */

const FPS = 24;
const MOST_FRAMES = 600;
const FORMATS = /** @type {[Format, string, string][]} */ ([
  ['mp4', 'Video (MP4)', 'mp4'],
  ['gif', 'Animation (GIF)', 'gif'],
  ['webp', 'Animation (WebP)', 'webp'],
  ['png-strip', `Strip of ${STEPS} pictures (PNG)`, 'png'],
  ['npy', 'The points themselves (.npy)', 'npy'],
]);

/** @param {Store} store @param {Api} api @param {() => import('./path_play.js').Play} play @returns {{element: HTMLElement, end: () => void}} */
export function exporter(store, api, play) {
  const line = jobLine({ name: 'File', idle: 'Saves the path along the chosen road, as it is played.', testid: 'path-export-job' });
  const choices = menu({
    label: 'Save the path',
    testid: 'path-export-menu',
    items: () => FORMATS.map(([format, label, ending]) => ({ label, act: () => save(store, api, play(), line, { format, ending }) })),
  });
  const opener = button({
    label: 'Save the path',
    text: 'Save the path\u2026',
    'aria-haspopup': 'menu',
    'aria-expanded': 'false',
    testid: 'path-export',
    press: () => {
      const { left, bottom } = opener.getBoundingClientRect();
      choices.open(left, bottom + 4, opener);
    },
  });
  const end = store.watch(
    (state) => [keyframesOf(state).length > 0],
    (state) => {
      opener.disabled = keyframesOf(state).length === 0;
    },
  );
  return {
    element: el('div', { class: 'path-export' }, opener, line.element, choices.element),
    end: () => {
      end();
      line.stop();
    },
  };
}

/**
 * @param {Store} store @param {Api} api @param {import('./path_play.js').Play} play
 * @param {import('../panels/job_line.js').JobLine} line @param {{format: Format, ending: string}} as
 */
async function save(store, api, play, line, { format, ending }) {
  const { state } = store;
  const stretches = keyframesOf(state).length - 1;
  if (stretches < 1) return;
  const moving = format !== 'png-strip' && format !== 'npy';
  const frames = Math.max(2, Math.min(MOST_FRAMES, Math.round(play.seconds(stretches) * FPS)));
  const method = walkedMethod(state);
  const latents = wayOf(state, method, format === 'png-strip' ? STEPS : frames).map((row) => Array.from(row));
  const how = moving ? { fps: FPS, ease: play.ease, loop: play.loop } : { ease: 'even', loop: 'once' };
  const answer = await line.run(api, `/api/models/${encodeURIComponent(state.model)}/video`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ...pictureRequest(state), latents, format, size: 384, ...how }),
  });
  if (!answer) return;
  download(await answer.blob(), `${state.model}-${method}.${ending}`);
  line.say('Saved.');
}
