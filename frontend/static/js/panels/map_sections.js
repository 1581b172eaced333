/**
 * What stands under the map: one line of sections, of which one at most is open, in a part of its own that scrolls.
 *
 * A section is a module of `js/sections` with `mount(el, store, api) -> unmount`, loaded when it is first opened, mounted
 * while it is open. What shall outlive its closing belongs into the state. It may draw on the map (`map_layers.js`), and
 * reads what was chosen there: `state.selection` (rows of `state.mapped`, or null), `state.mapped` (the map's set: its
 * latents, labels, factors and positions) and `state.latent` (the current point). Its head is made here; inside, headings
 * begin at h3.
 */

import { sentence } from '../api.js';
import { button, el, lifetime } from '../dom.js';

/** @typedef {import('../store.js').Store} Store */
/** @typedef {import('../api.js').Api} Api */
/** @typedef {import('../state.js').State} State */

/**
 * @typedef {Object} Section
 * @property {string} id in the address as `below`; letters and hyphens
 * @property {string} title one or two words: all of them stand in one line
 * @property {string} module file in `js/sections`
 * @property {(state: Readonly<State>) => boolean} [fits] whether the open model has use for it; without: always
 */

/** @type {Section[]} in the order in which they stand; a new section is a line here */
export const SECTIONS = [
  { id: 'selection', title: 'Selection', module: 'selection' },
  { id: 'neighbours', title: 'Neighbours', module: 'neighbours' },
  { id: 'density', title: 'Density', module: 'density' },
  { id: 'coverage', title: 'Coverage', module: 'coverage', fits: ({ detail }) => covers(detail) },
  { id: 'groups', title: 'Groups', module: 'groups', fits: ({ detail }) => hasGroups(detail) },
  { id: 'representations', title: 'Representations', module: 'representations', fits: ({ detail }) => hasOriginals(detail) },
];

/** @param {import('../api.js').ModelDetail|null} detail @returns {boolean} whether it came with real pictures */
const hasOriginals = (detail) => detail?.sets?.some((set) => set.pictures) ?? false;

/** @param {import('../api.js').ModelDetail|null} detail @returns {boolean} whether something is known of the pictures of a set */
const hasGroups = (detail) => detail?.sets?.some((set) => set.classes.length > 1 || set.factors.length > 0) ?? false;

/** @param {import('../api.js').ModelDetail|null} detail @returns {boolean} whether its samples can be compared with real pictures */
const covers = (detail) => Boolean(detail?.can?.sample && detail.can.decode && detail.can.encode) && hasOriginals(detail);

/** @param {Store} store @param {Api} api @param {Section[]} [sections] @returns {{element: HTMLElement, end: () => void}} */
export function mapSections(store, api, sections = SECTIONS) {
  const life = lifetime();
  const body = el('div', { class: 'section-body', id: 'map-section', role: 'region', tabindex: '0', testid: 'map-section' });
  const toggle = (/** @type {string} */ id) => store.set({ below: store.state.below === id ? '' : id });
  const heads = sections.map((section) => ({ section, head: headOf(section, toggle) }));
  const line = el('div', { class: 'section-heads', role: 'group', 'aria-label': 'More about this map' });
  line.append(...heads.map(({ head }) => head));
  const element = el('div', { class: 'map-sections', testid: 'map-sections', hidden: sections.length === 0 }, line, body);
  let open = '';
  let close = () => {};
  const show = (/** @type {Section|undefined} */ section) => {
    const id = section?.id ?? '';
    for (const { section: one, head } of heads) head.setAttribute('aria-expanded', String(one.id === id));
    body.hidden = id === '';
    if (id === open) return;
    close();
    open = id;
    body.replaceChildren();
    body.scrollTop = 0;
    body.setAttribute('aria-label', section?.title ?? '');
    close = section ? fill(body, section, store, api) : () => {};
  };
  life.add(
    store.watch(
      (state) => [state.below, state.detail, state.mapped],
      (state) => {
        for (const { section, head } of heads) head.hidden = section.fits ? !section.fits(state) : false;
        const found = heads.find(({ section, head }) => section.id === state.below && !head.hidden);
        show(state.detail ? found?.section : undefined);
      },
    ),
    () => close(),
  );
  return { element, end: life.end };
}

/** @param {Section} section @param {(id: string) => void} toggle */
function headOf({ id, title }, toggle) {
  const facts = { 'aria-expanded': 'false', 'aria-controls': 'map-section', testid: `section-${id}` };
  return button({ label: title, text: title, icon: 'chevron', class: 'section-head', ...facts, press: () => toggle(id) });
}

/** @param {HTMLElement} body @param {Section} section @param {Store} store @param {Api} api @returns {() => void} */
function fill(body, section, store, api) {
  const life = lifetime();
  const place = el('div', { class: 'section-place' });
  body.append(place);
  import(`../sections/${section.module}.js`).then(
    ({ mount }) => !life.signal.aborted && life.add(mount(place, store, api)),
    (error) => place.replaceChildren(el('p', { class: 'empty-words', text: sentence(error) })),
  );
  return life.end;
}
