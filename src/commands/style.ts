import type { ChatInputCommandInteraction } from 'discord.js';
import { refusal } from '../errors.js';
import { STYLE_SCALE_RANGE, WEIGHT_RANGE } from '../pipeline/requests.js';
import type { Presets } from '../styles/presets.js';
import { buildRequest } from './shared/build-request.js';
import type { PictureCommand } from './shared/command.js';
import { attachment, decimal, slash, text, whole } from './shared/define.js';
import { buildSheet, offeredStyles } from './shared/sheet.js';
import { pictureOfStyle, presetChoices, readStyleSource, type StyleSource } from './shared/style-source.js';
import {
  given,
  networkChoices,
  networkNamed,
  networkOption,
  readSeed,
  seedOption,
  sizeOption,
} from './shared/options.js';
import type { ReadPicture } from './shared/pictures.js';

export const COLOURS = ['style', 'luminance', 'match'] as const;
/** What is painted in one pass, and how many steps the optimisation takes. */
const QUALITIES = {
  instant: { technique: 'instant' },
  draft: { quality: 'draft' },
  normal: { quality: 'normal' },
  fine: { quality: 'fine' },
} as const;
type Quality = keyof typeof QUALITIES;

export const STYLE_STRENGTH_RANGE = { min: 0, max: 100, default: 50 } as const;

/** The balance of content and style as one number: 50 is the default 1 : 10, and 25 more is ten times the style weight. */
export const betaOf = (strength: number) => Number((10 * 10 ** ((strength - 50) / 25)).toPrecision(3));
export const strengthOf = (alpha: number, beta: number) =>
  Math.round(Math.min(100, Math.max(0, 50 + 25 * Math.log10(beta / alpha / 10))));

const STYLE_OPTIONS = [
  { attached: 'style', preset: 'preset' },
  { attached: 'second_style', preset: 'second_preset' },
] as const;

/** The styles that are named. Checked before anything is downloaded. */
async function readStyles(
  interaction: ChatInputCommandInteraction,
  presets: Presets,
  readPicture: ReadPicture,
): Promise<StyleSource[]> {
  const sources: StyleSource[] = [];
  for (const names of STYLE_OPTIONS) {
    const source = await readStyleSource(interaction, names, presets, readPicture);
    if (source) sources.push(source);
  }
  return sources;
}

function readWeights({ options }: ChatInputCommandInteraction) {
  const strength = options.getInteger('strength');
  const alpha = options.getNumber('alpha');
  const beta = options.getNumber('beta');
  if (strength !== null && (alpha !== null || beta !== null))
    throw refusal('invalid-parameter', 'strength-or-weights');
  return given({ alpha, beta: strength === null ? beta : betaOf(strength) });
}

/** `/style`: repaints a picture in the style of one or two others; without any, as a sheet of styles to choose from. */
export const style: PictureCommand = {
  answer: 'picture',
  definition: slash('style', [
    attachment('image', { required: true }),
    attachment('style'),
    text('preset', { autocomplete: true }),
    attachment('second_style'),
    text('second_preset', { autocomplete: true }),
    whole('mix', { min: 0, max: 100 }),
    whole('strength', STYLE_STRENGTH_RANGE),
    decimal('alpha', WEIGHT_RANGE),
    decimal('beta', WEIGHT_RANGE),
    decimal('brush', { min: STYLE_SCALE_RANGE.min, max: STYLE_SCALE_RANGE.max }),
    text('colours', { choices: COLOURS }),
    text('quality', { choices: Object.keys(QUALITIES) }),
    sizeOption,
    networkOption,
    seedOption,
  ]),

  async run(interaction, request, { renderer, repository, presetsIn }) {
    const { options } = interaction;
    const { readPicture, caller } = request;
    const presets = presetsIn(caller.guildId);
    const sources = await readStyles(interaction, presets, readPicture);
    const weights = readWeights(interaction);
    const network = networkNamed(options.getString('network'));
    const quality = options.getString('quality') as Quality | null;
    if (quality === 'instant' && network) throw refusal('invalid-parameter', 'instant-options');
    const wanted = {
      ...given({
        network,
        styleScale: options.getNumber('brush'),
        colour: COLOURS.find((name) => name === options.getString('colours')),
        size: options.getInteger('size'),
      }),
      ...(quality ? QUALITIES[quality] : {}),
    };
    if (sources.length === 0) {
      const content = await readPicture(options.getAttachment('image', true));
      return buildSheet(
        {
          contents: [content.bytes],
          sources: await offeredStyles(request, repository, presets),
          ...weights,
        },
        { spoiler: content.spoiler, chosen: { ...wanted, ...given({ seed: options.getInteger('seed') }) } },
        request,
        renderer,
      );
    }
    const share = (options.getInteger('mix') ?? 50) / 100;
    const content = await readPicture(options.getAttachment('image', true));
    const styles = [];
    for (const [index, source] of sources.entries())
      styles.push({
        ...(await pictureOfStyle(source)),
        weight: sources.length === 1 ? 1 : index === 0 ? 1 - share : share,
      });
    return buildRequest(
      {
        kind: 'style',
        content: content.bytes,
        styles,
        seed: readSeed(interaction),
        ...weights,
        ...wanted,
      },
      {
        styles: sources.map(({ title }) => title),
        spoiler: content.spoiler || sources.some(({ hidden }) => hidden),
      },
      renderer,
    );
  },

  async complete(interaction, { caller, t }, { renderer, presetsIn }) {
    const focused = interaction.options.getFocused(true);
    if (focused.name === 'network') return networkChoices(renderer, focused.value, t);
    return presetChoices(presetsIn(caller.guildId), focused.value, t);
  },
};
