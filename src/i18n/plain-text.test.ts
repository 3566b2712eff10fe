import { describe, expect, it } from 'vitest';
import { oneLine, plainText } from './plain-text.js';

describe('plain text', () => {
  // What Discord's markdown does with a backslash: the character after it is shown as it is.
  const shown = (text: string) => text.replace(/\\([^0-9A-Za-z\s])/g, '$1');

  for (const written of [
    '[Free Nitro](https://evil.example)',
    '**bold** __under__ ~~gone~~ ||hidden|| `code`',
    '<@123> <#4> <t:0:R> <:emoji:5> @everyone @here',
    '# heading',
    '> quote',
    '- item',
    '1. item',
    'discord.gg/abc',
    String.raw`\*not escaped\*`,
    'some_ words _are_ odd__',
  ])
    it(`is shown as it was written: ${written}`, () => {
      const escaped = plainText(written);
      expect(shown(escaped)).toBe(written);
      // No sign of markdown is left without a backslash before it.
      expect(escaped.replace(/\\[^0-9A-Za-z\s]/g, '')).not.toMatch(/[\\`*_~|[\]<>@#/]|^[-+] |^\d+\. /);
    });

  it('leaves ordinary words alone', () => {
    for (const words of [
      'Mosaic (75 %) + an attached picture (25 %)',
      '1.5',
      '-3',
      'cat-2.png',
      'inception_4c',
      '葛飾北斎',
    ])
      expect(plainText(words)).toBe(words);
  });

  it('is one line without signs that hide or turn it', () => {
    expect(oneLine('a\n# b\r\n\u2028c\u202Egnp.exe\u200B\u0000!')).toBe('a # b c gnp.exe !');
    expect(oneLine('👩\u200D🎨')).toBe('👩\u200D🎨');
  });

  it('is cut where it is too long, never through a character', () => {
    expect(oneLine('abcdef', 4)).toBe('abc…');
    expect(oneLine('ab🎨cdef', 4)).toBe('ab…');
    expect(plainText('*'.repeat(600), 500)).toHaveLength(999);
  });
});
