import { createInstance } from 'i18next';
import type { ErrorDetails, ReverieError } from '../errors.js';
import de from './de.json' with { type: 'json' };
import en from './en.json' with { type: 'json' };
import es from './es.json' with { type: 'json' };
import fr from './fr.json' with { type: 'json' };
import ja from './ja.json' with { type: 'json' };
import { plainText } from './plain-text.js';

/** Characters of one value in an error's sentence. The longest are lists of layers. */
const DETAIL_MAX = 500;

/** A sentence's name. Plural forms share one: `…_one` and `…_other` are asked for without their ending. */
export type Key = Singular<keyof typeof en>;
type Singular<K extends string> = K extends `${infer Base}_${'one' | 'other'}` ? Base : K;

export type Translate = (key: Key, values?: Readonly<Record<string, string | number>>) => string;

export const CATALOGUES: Readonly<Record<string, Readonly<Record<string, string>>>> = { en, de, fr, es, ja };

/** The languages we speak by Discord's names; English is what a definition says by itself. */
export const DISCORD_LOCALES = ['de', 'fr', 'es-ES', 'es-419', 'ja'] as const;

const languages = createInstance();
void languages.init({
  resources: Object.fromEntries(
    Object.entries(CATALOGUES).map(([language, translation]) => [language, { translation }]),
  ),
  fallbackLng: 'en',
  // Keys are flat: a point or a colon in them is only a point or a colon.
  keySeparator: false,
  nsSeparator: false,
  interpolation: { escapeValue: false },
  initAsync: false,
});

/** @param locale as Discord names it, such as `de` or `es-419`; an unknown one is answered in English */
export function translator(locale: string): Translate {
  const language = locale.split('-')[0]!;
  const translate = languages.getFixedT(language);
  const written = (value: string | number): string | number =>
    typeof value === 'number' && !Number.isInteger(value) ? decimal(value, language) : value;
  return (key, values = {}) =>
    translate(key, Object.fromEntries(Object.entries(values).map(([name, value]) => [name, written(value)])));
}

/** With the decimal separator of the language. */
const decimal = (value: number, language: string): string =>
  value.toLocaleString(language in CATALOGUES ? language : 'en', {
    useGrouping: false,
    maximumFractionDigits: 6,
  });

const english: Readonly<Record<string, string>> = en;
/** A sentence in English, of its plural forms the last. */
const inEnglish = (name: string): string | undefined => english[name] ?? english[`${name}_other`];

/** Whether there is such a sentence, for names that are put together at run time. */
export const isKey = (name: string): name is Key => inEnglish(name) !== undefined;

/**
 * The sentence for the person who asked, in their language: by code and, where one code has several sentences, by
 * `details.reason`. An error that the catalogue cannot say with the details at hand gets a general sentence; its own,
 * in English, is for the log.
 */
export function sentenceOf(error: ReverieError, t: Translate): string {
  const { code, details } = error;
  const names = [`error.${code}.${details.reason ?? ''}`, `error.${code}`];
  const key = names
    .filter(isKey)
    .find((name) => placeholders(inEnglish(name)!).every((one) => one in details));
  if (key === undefined) return t('error.general');
  const values = Object.entries(details).map(([name, value]) => [
    name,
    typeof value === 'string' ? plainText(value, DETAIL_MAX) : value,
  ]);
  return t(key, Object.fromEntries(values) as ErrorDetails);
}

export function placeholders(sentence: string): string[] {
  return [...sentence.matchAll(/\{\{(\w+)\}\}/g)].map((match) => match[1]!);
}
