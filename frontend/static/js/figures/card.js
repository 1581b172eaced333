/**
 * A model card's markdown as elements: headings, paragraphs, lists, tables and code. Pictures are left out, all
 * else stays text.
 */

import { el } from '../dom.js';

/** @param {string} markdown @returns {Node[]} */
export function card(markdown) {
  const blocks = markdown.replaceAll('\r', '').split(/\n{2,}|\n(?=#)|(?<=^#.*)\n/m);
  return blocks
    .map((block) => block.trim())
    .filter((block) => block !== '' && !block.startsWith('!['))
    .map(element);
}

/** @param {string} block */
function element(block) {
  const lines = block.split('\n');
  const heading = /^(#{1,6})\s+(.*)$/.exec(lines[0]);
  if (heading) return el('h4', { text: heading[2] });
  if (lines.every((line) => line.startsWith('|'))) return table(lines);
  if (lines.every((line) => /^([-*]|\s+)/.test(line)))
    return el('ul', {}, ...items(lines).map((text) => el('li', {}, ...spans(text))));
  if (block.startsWith('```')) return el('pre', { text: lines.slice(1, -1).join('\n') });
  return el('p', {}, ...spans(lines.join(' ')));
}

/** @param {string[]} lines @returns {string[]} one text an item, its continued lines joined */
function items(lines) {
  /** @type {string[]} */
  const found = [];
  for (const line of lines) {
    if (/^[-*]\s/.test(line)) found.push(line.slice(2));
    else if (found.length > 0) found[found.length - 1] += ` ${line.trim()}`;
  }
  return found;
}

/** @param {string[]} lines of a pipe table, the second one its rule */
function table(lines) {
  const cells = lines
    .filter((line) => !/^\|[\s:|-]+\|$/.test(line))
    .map((line) =>
      line
        .replace(/^\||\|$/g, '')
        .split('|')
        .map((text) => text.trim()),
    );
  const [head, ...rows] = cells;
  return el(
    'div',
    { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Table of the model card' },
    el(
      'table',
      {},
      el('thead', {}, el('tr', {}, ...head.map((text) => el('th', { scope: 'col' }, ...spans(text))))),
      el('tbody', {}, ...rows.map((row) => el('tr', {}, ...row.map((text) => el('td', {}, ...spans(text)))))),
    ),
  );
}

/** @param {string} text bold, code and links (their words only) @returns {(Node|string)[]} */
function spans(text) {
  return text
    .split(/(\*\*[^*]+\*\*|`[^`]+`|\[[^\]]+\]\([^)]+\))/)
    .filter(Boolean)
    .map((part) => {
      if (part.startsWith('**')) return el('strong', { text: part.slice(2, -2) });
      if (part.startsWith('`')) return el('code', { text: part.slice(1, -1) });
      const link = /^\[([^\]]+)\]\(([^)]+)\)$/.exec(part);
      return link ? link[1] : part;
    });
}
