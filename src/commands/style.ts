import type { ChatInputCommandInteraction } from 'discord.js';
import type { Plan } from '../pipeline/renderer.js';
import { STYLE_SCALE_RANGE, WEIGHT_RANGE, type RenderRequestInput } from '../pipeline/requests.js';
import { buildRequest, type RequestNotes } from './shared/build-request.js';
import type { PictureCommand, CommandContext } from './shared/command.js';
import type { RenderCommand } from '../jobs/render-command.js';
import { attachment, decimal, slash, text, whole } from './shared/define.js';
import {
  defaultStyleSource,
  presetChoices,
  readStyleSource,
  type StyleSource,
} from './shared/style-source.js';
import {
  given,
  networkChoices,
  networkNamed,
  networkOption,
  readPicture,
  readSeed,
  seedOption,
  sizeOption,
} from './shared/options.js';
import { refusal } from './shared/refusals.js';

export const COLOURS = ['style', 'luminance', 'match'] as const;
/** How many of a network's own steps a quality takes. */
const QUALITIES = { draft: 1 / 3, normal: 1, fine: 2 } as const;
type Quality = keyof typeof QUALITIES;

export const STYLE_STRENGTH_RANGE = { min: 0, max: 100, default: 50 } as const;

/** Balance of content and style as one number: 50 is the default 1 : 10, and 25 more is ten times the style. */
export const betaOf = (strength: number) => Number((10 * 10 ** ((strength - 50) / 25)).toPrecision(3));
export const strengthOf = (alpha: number, beta: number) =>
  Math.round(Math.min(100, Math.max(0, 50 + 25 * Math.log10(beta / alpha / 10))));

/** The styles that are named, checked before anything is downloaded. */
async function readManners(
  interaction: ChatInputCommandInteraction,
  context: CommandContext,
): Promise<StyleSource[]> {
  const first = await readStyleSource(interaction, { attached: 'style', preset: 'preset' }, context);
  const second = await readStyleSource(
    interaction,
    { attached: 'second_style', preset: 'second_preset' },
    context,
  );
  return [first, second].filter((source) => source !== undefined);
}

function readWeights({ options }: ChatInputCommandInteraction) {
  const strength = options.getInteger('strength');
  const alpha = options.getNumber('alpha');
  const beta = options.getNumber('beta');
  if (strength !== null && (alpha !== null || beta !== null))
    throw refusal('invalid-parameter', 'strength-or-weights');
  return given({ alpha, beta: strength === null ? beta : betaOf(strength) });
}

/** A style request whose number of steps follows from a quality. */
export async function buildStyleRequest(
  request: Extract<RenderRequestInput, { kind: 'style' }>,
  quality: Quality,
  notes: RequestNotes,
  context: Pick<CommandContext, 'renderer'>,
): Promise<RenderCommand> {
  if (quality === 'normal') return buildRequest(request, notes, context);
  const { steps }: Plan = await context.renderer.plan(request);
  return buildRequest(
    { ...request, steps: Math.max(1, Math.round(steps * QUALITIES[quality])) },
    notes,
    context,
  );
}

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

  async run(interaction, context, { caller }) {
    const { options } = interaction;
    const named = await readManners(interaction, context);
    const manners = named.length > 0 ? named : [await defaultStyleSource(caller, context)];
    const weights = readWeights(interaction);
    const network = networkNamed(options.getString('network'));
    const share = (options.getInteger('mix') ?? 50) / 100;
    const content = await readPicture(options.getAttachment('image', true), context);
    const styles = [];
    for (const [index, source] of manners.entries())
      styles.push({
        image: await source.bytes(),
        weight: manners.length === 1 ? 1 : index === 0 ? 1 - share : share,
      });
    return buildStyleRequest(
      {
        kind: 'style',
        content: content.bytes,
        styles,
        seed: readSeed(interaction),
        ...weights,
        ...given({
          network,
          styleScale: options.getNumber('brush'),
          colour: COLOURS.find((name) => name === options.getString('colours')),
          size: options.getInteger('size'),
        }),
      },
      (options.getString('quality') as Quality | null) ?? 'normal',
      {
        styles: manners.map(({ title }) => title),
        spoiler: content.spoiler || manners.some(({ hidden }) => hidden),
      },
      context,
    );
  },

  async complete(interaction, { renderer, presets }, { t }) {
    const focused = interaction.options.getFocused(true);
    if (focused.name === 'network') return networkChoices(renderer, focused.value, t);
    return presetChoices(presets, focused.value, t);
  },
};
