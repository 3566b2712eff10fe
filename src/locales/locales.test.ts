import { describe, expect, it } from 'vitest';
import { ReverieError } from '../errors.js';
import { CATALOGUES, placeholders, sentenceOf, translator } from './translate.js';

const english = CATALOGUES.en!;
const singular = (key: string) => key.replace(/_(one|other)$/, '');
const keysOf = (catalogue: Readonly<Record<string, string>>) => new Set(Object.keys(catalogue).map(singular));

describe('the catalogues', () => {
  for (const [language, catalogue] of Object.entries(CATALOGUES))
    describe(language, () => {
      it('has every sentence, and no other', () => {
        expect(keysOf(catalogue)).toEqual(keysOf(english));
      });

      it('has the plural forms its language needs', () => {
        const forms = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
        for (const key of Object.keys(english).filter((name) => name.endsWith('_other')))
          for (const form of forms.filter((one) => one !== 'many'))
            expect(catalogue).toHaveProperty([key.replace(/other$/, form)]);
      });

      it('leaves the same gaps', () => {
        for (const [key, sentence] of Object.entries(catalogue)) {
          const gaps = placeholders(english[key] ?? english[`${singular(key)}_other`]!);
          expect([key, placeholders(sentence).sort()]).toEqual([key, gaps.sort()]);
        }
      });

      it('names commands and options as Discord takes them', () => {
        for (const [key, name] of Object.entries(catalogue))
          if (key.startsWith('name.')) {
            expect(name).toMatch(/^[-_'\p{L}\p{N}]{1,32}$/u);
            expect(name).toBe(name.toLocaleLowerCase(language));
          } else if (/^(about|choice|menu)\./.test(key))
            expect([key, name.length <= 100]).toEqual([key, true]);
          else if (key.startsWith('modal.') && !key.endsWith('-hint'))
            expect([key, name.length <= 45]).toEqual([key, true]);
      });
    });
});

describe('an error', () => {
  const german = translator('de');
  it('speaks the language of the person who asked, with its details', () => {
    const error = new ReverieError('unknown-preset', 'english', { details: { reason: 'name' } });
    expect(sentenceOf(error, german)).toBe(CATALOGUES.de!['error.unknown-preset.name']);
    const large = new ReverieError('image-too-large', 'x', {
      details: { width: 20_000, height: 10_000, megapixels: 100 },
    });
    expect(sentenceOf(large, german)).toMatch(/20000.*10000.*100/);
  });

  it('stays in English where the catalogue lacks a detail or the sentence', () => {
    expect(sentenceOf(new ReverieError('image-too-large', 'Too large.'), german)).toBe('Too large.');
    expect(sentenceOf(new ReverieError('render-failed', 'It broke.'), german)).toBe('It broke.');
  });
});
