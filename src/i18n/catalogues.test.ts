import { readdir, readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { ERROR_CODES, ReverieError } from '../errors.js';
import { NETWORKS } from '../pipeline/networks/weight-store.js';
import { CATALOGUES, isKey, placeholders, sentenceOf, translator } from './translate.js';

const english = CATALOGUES.en!;
const singular = (key: string) => key.replace(/_(one|other)$/, '');
const keysOf = (catalogue: Readonly<Record<string, string>>) => new Set(Object.keys(catalogue).map(singular));

async function sources(folder: URL): Promise<string> {
  const entries = await readdir(folder, { recursive: true });
  const files = entries.filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'));
  return (await Promise.all(files.map((name) => readFile(new URL(name, folder), 'utf8')))).join('\n');
}

/** Names put together at run time: what may stand before the part that varies. */
const FAMILIES = /^(name|about|choice|field|title|error|button|menu|modal|remark)\./;

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

  it('have a word for every network, and for what each of its layers shows', () => {
    const words = Object.entries(NETWORKS).flatMap(([name, { dreams }]) => [
      `choice.networks.${name}`,
      ...dreams.offered.flatMap(({ shows }) => (shows === undefined ? [] : [`choice.shows.${shows}`])),
    ]);
    expect(words.filter((key) => !isKey(key))).toEqual([]);
  });

  it('are used: every sentence is asked for somewhere', async () => {
    const code = await sources(new URL('../', import.meta.url));
    const unused = [...keysOf(english)].filter((key) => {
      if (code.includes(`'${key}'`)) return false;
      if (!FAMILIES.test(key)) return true;
      const [family, ...rest] = key.split('.');
      const last = rest.at(-1)!;
      if (family === 'error') return !(ERROR_CODES as readonly string[]).includes(rest[0]!);
      return !new RegExp(`['". ]${last}['".:,]`).test(code);
    });
    expect(unused).toEqual([]);
  });

  it('have a sentence for every refusal', async () => {
    const code = await sources(new URL('../', import.meta.url));
    const refusals = [...code.matchAll(/\brefusal\(\s*'([\w-]+)',\s*'([\w-]+)'/g)];
    expect(refusals.length).toBeGreaterThan(30);
    expect(
      refusals.map(([, name, reason]) => `error.${name}.${reason}`).filter((key) => !isKey(key)),
    ).toEqual([]);
  });
});

describe('an error', () => {
  const german = translator('de');
  it('speaks the language of the person who asked, with its details', () => {
    const error = new ReverieError('unknown-preset', 'english', {
      details: { reason: 'name', name: 'fog' },
    });
    expect(sentenceOf(error, german)).toBe('Es gibt keine Vorlage namens „fog“. Wähle eine aus der Liste.');
    const large = new ReverieError('image-too-large', 'x', {
      details: { width: 20_000, height: 10_000, megapixels: 100, side: 16_384 },
    });
    expect(sentenceOf(large, german)).toMatch(/20000.*10000.*100/);
  });

  it('is put in general words where the catalogue lacks a detail or the sentence, never in English', () => {
    for (const { code, reason } of [
      { code: 'image-too-large' },
      { code: 'invalid-configuration' },
      { code: 'invalid-parameter', reason: 'unheard-of' },
      { code: 'render-failed' },
    ] as const) {
      const error = new ReverieError(code, 'Too small: expected number to be >=0.1.', {
        details: reason === undefined ? {} : { reason },
      });
      const general = CATALOGUES.de![`error.${code}`];
      const usable = general !== undefined && placeholders(general).length === 0;
      expect(sentenceOf(error, german)).toBe(usable ? general : CATALOGUES.de!['error.general']);
    }
  });

  it('repeats nothing that people wrote as markdown', () => {
    const typed = '[Free Nitro](https://evil.example) @everyone **big**';
    const details = { reason: 'number', name: 'Stärke', min: 0.1, max: 10, typed };
    expect(sentenceOf(new ReverieError('invalid-parameter', 'x', { details }), german)).toBe(
      String.raw`„Stärke“ muss eine Zahl von 0,1 bis 10 sein. Du hast „\[Free Nitro\](https:\/\/evil.example) \@everyone \*\*big\*\*“ eingegeben.`,
    );
  });

  it('says in every language why a picture failed', () => {
    const reasons = ['device', 'given-up', 'memory', 'diverged', 'thread-lost'];
    for (const reason of reasons) {
      const error = new ReverieError('render-failed', 'It broke.', { details: { reason } });
      expect(sentenceOf(error, german)).toBe(CATALOGUES.de![`error.render-failed.${reason}`]);
    }
  });
});
