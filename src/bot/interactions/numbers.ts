/** Numbers typed into modals, in the notation of any language. */
import type { LabelBuilder, ModalSubmitFields } from 'discord.js';
import { CHANNEL_RANGE } from '../../commands/shared/options.js';
import { STYLE_STRENGTH_RANGE } from '../../commands/style.js';
import { refusal } from '../../errors.js';
import type { Key, Translate } from '../../i18n/translate.js';
import {
  CHANNEL_SIZE_RANGE,
  OCTAVES_RANGE,
  SEED_MAX,
  SIZE_RANGE,
  STRENGTH_RANGE,
  STYLE_SCALE_RANGE,
} from '../../pipeline/requests.js';
import { FIELDS, type FieldId } from './custom-ids.js';
import { line, type LineOptions } from './modal-fields.js';

export interface NumberField {
  readonly id: FieldId;
  /** The field's name on the modal, and its name in a sentence. */
  readonly label: Key;
  readonly name: Key;
  readonly range: { readonly min: number; readonly max: number };
  readonly whole: boolean;
  /** May follow the number. */
  readonly unit?: string;
}

const SIZE = { id: FIELDS.size, label: 'modal.size', name: 'modal.size', whole: true, unit: 'px' } as const;
const STRENGTH = {
  id: FIELDS.strength,
  label: 'modal.strength',
  name: 'field.strength',
  whole: false,
} as const;

export const NUMBERS = {
  styleStrength: { ...STRENGTH, range: STYLE_STRENGTH_RANGE, unit: '%' },
  dreamStrength: { ...STRENGTH, range: STRENGTH_RANGE },
  brush: {
    id: FIELDS.brush,
    label: 'modal.brush',
    name: 'field.brush',
    range: STYLE_SCALE_RANGE,
    whole: false,
  },
  octaves: {
    id: FIELDS.octaves,
    label: 'modal.octaves',
    name: 'field.octaves',
    range: OCTAVES_RANGE,
    whole: true,
  },
  size: { ...SIZE, range: SIZE_RANGE },
  channelSize: { ...SIZE, range: CHANNEL_SIZE_RANGE },
  channel: {
    id: FIELDS.channel,
    label: 'modal.channel',
    name: 'field.channel',
    range: CHANNEL_RANGE,
    whole: true,
  },
  seed: {
    id: FIELDS.seed,
    label: 'modal.seed',
    name: 'field.seed',
    range: { min: 0, max: SEED_MAX },
    whole: true,
  },
} as const satisfies Record<string, NumberField>;

/** A text input for the number. */
export function numberLine(
  { id, label, range }: NumberField,
  t: Translate,
  value: number | undefined,
  options?: LineOptions,
): LabelBuilder {
  const { min, max } = range;
  return line(id, t(label, { min, max }), value, options);
}

/** The number that was typed; undefined for an empty line. Throws `invalid-parameter`, naming the field and its range. */
export function readNumber(fields: ModalSubmitFields, field: NumberField, t: Translate): number | undefined {
  const typed = fields.getTextInputValue(field.id).trim();
  if (typed === '') return undefined;
  const { min, max } = field.range;
  const value = parseNumber(typed, field);
  if (value !== undefined && value >= min && value <= max && (!field.whole || Number.isInteger(value)))
    return value;
  const reason = field.whole ? 'whole-number' : 'number';
  throw refusal('invalid-parameter', reason, { name: t(field.name), min, max, typed: typed.slice(0, 40) });
}

const PLAIN = /^[-+]?(\d+[.,]?\d*|[.,]\d+)$/;
/** A whole number with thousands separators, which are the same character everywhere. */
const GROUPED = /^[-+]?\d{1,3}([.,'’ ])\d{3}(?:\1\d{3})*$/;

/** Parses a decimal number: digits of any script, point or comma, and thousands separators in whole numbers. */
export function parseNumber(
  typed: string,
  { whole, unit }: Pick<NumberField, 'whole' | 'unit'>,
): number | undefined {
  // NFKC turns full-width characters and no-break spaces into plain ones.
  const plain = digits(typed.normalize('NFKC'))
    .replace(/\u2212/g, '-')
    .replace(/\u066B/g, '.')
    .trim()
    .toLowerCase();
  const text = unit !== undefined && plain.endsWith(unit) ? plain.slice(0, -unit.length).trimEnd() : plain;
  if (whole && GROUPED.test(text)) return Number(text.replace(/[.,'’ ]/g, ''));
  return PLAIN.test(text) ? Number(text.replace(',', '.')) : undefined;
}

/** Replaces the decimal digits of other scripts, which Unicode encodes in runs from 0 to 9. */
const digits = (text: string): string =>
  text.replace(/\p{Nd}/gu, (digit) => {
    let value = 0;
    for (let code = digit.codePointAt(0)!; /\p{Nd}/u.test(String.fromCodePoint(code - 1)); code--) value++;
    return String(value % 10);
  });
