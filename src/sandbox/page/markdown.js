/** Renders the part of Discord's Markdown that the bot uses. */
import { element } from './dom.js';

/**
 * @typedef {object} MarkdownContext
 * @property {() => string} locale
 * @property {(id: string) => string} userName
 */

/** A backslash hides itself and takes the meaning of the character after it. */
const ESCAPED = /\\([^\sA-Za-z0-9])/g;

const INLINE =
  /(\\[^\sA-Za-z0-9]|\*\*[^*]+\*\*|\*[^*\n]+\*|_[^_\n]+_|~~[^~]+~~|`[^`]+`|<t:\d+(?::\w)?>|<@!?\d+>|\[[^\]]+\]\(https?:[^)\s]+\)|https?:\/\/[^\s<>)]+)/g;

/**
 * One paragraph for each line.
 * @param {string} text
 * @param {MarkdownContext} context
 */
export function markdown(text, context) {
  return text.split('\n').map((line) => {
    const [, prefix = '', rest = ''] = /^(-# |#{1,3} |> )?(.*)$/.exec(line) ?? [];
    // Splitting by a pattern with one group puts what it matches at the odd positions.
    const parts = rest.split(INLINE).map((part, index) => (index % 2 ? inline(part, context) : part));
    if (prefix.startsWith('#')) return element('p', {}, element('strong', {}, ...parts));
    return element('p', prefix === '-# ' ? { class: 'subtext' } : {}, ...parts);
  });
}

/**
 * @param {string} part
 * @param {MarkdownContext} context
 */
function inline(part, context) {
  if (part.startsWith('\\')) return part.slice(1);
  if (part.startsWith('**')) return element('strong', {}, part.slice(2, -2));
  if (part.startsWith('~~')) return element('s', {}, part.slice(2, -2));
  if (part.startsWith('`')) return element('code', {}, part.slice(1, -1));
  if (/^[*_]/.test(part)) return element('em', {}, part.slice(1, -1));
  if (part.startsWith('<t:')) return element('time', {}, timestamp(part, context.locale()));
  if (part.startsWith('<@')) return element('strong', {}, `@${context.userName(part.replace(/\D/g, ''))}`);
  const [, label = part, href = part] = /^\[([^\]]+)\]\(([^)]+)\)$/.exec(part) ?? [];
  return element('a', { href, target: '_blank', rel: 'noreferrer' }, label.replace(ESCAPED, '$1'));
}

/**
 * @param {string} part `<t:SECONDS>` or `<t:SECONDS:STYLE>`
 * @param {string} locale
 */
function timestamp(part, locale) {
  const [, seconds, style] = /<t:(\d+)(?::(\w))?>/.exec(part) ?? [];
  const date = new Date(Number(seconds) * 1000);
  if (style !== 'R') return date.toLocaleString();
  const away = Math.round((date.getTime() - Date.now()) / 1000);
  const format = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
  return Math.abs(away) < 60 ? format.format(away, 'second') : format.format(Math.round(away / 60), 'minute');
}
