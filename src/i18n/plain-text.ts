/** Text that people wrote, made safe to repeat: what they type, and what their files and styles are called. */

/** Line breaks and control characters, and formatting characters that hide or turn text, but for the joiners of emoji. */
const INVISIBLE = /(?![\u200C\u200D])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu;
/**
 * What Discord's markdown, mentions and links are made of. A backslash before any of them is not shown. An underscore
 * inside a word, as in `inception_4c`, stands for itself.
 */
const MARKDOWN = /[\\`*~|[\]<>@#/]|(?<![0-9A-Za-z])_|_(?![0-9A-Za-z])/g;
/** What starts a list. */
const LIST_START = /^(\d*)([-+.])(?=\s)/;
/** Half of a character that was cut in two. */
const HALF = /[\uD800-\uDBFF]$/;

const LENGTH_MAX = 200;

/** On one line and at most so long, for labels, file names and footers, where Discord renders no markdown. */
export function oneLine(text: string, max = LENGTH_MAX): string {
  const line = text.replace(INVISIBLE, ' ').replace(/\s+/g, ' ').trim();
  return line.length <= max ? line : `${line.slice(0, max - 1).replace(HALF, '')}…`;
}

/** For messages and fields of embeds: shown as it was written, without links, mentions or formatting. */
export const plainText = (text: string, max = LENGTH_MAX): string =>
  oneLine(text, max).replace(MARKDOWN, '\\$&').replace(LIST_START, '$1\\$2');
