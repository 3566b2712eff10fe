import { InteractionContextType, SlashCommandBuilder, type ChatInputCommandInteraction } from 'discord.js';
import { ReverieError } from '../errors.js';
import type { Command, CommandContext } from './command.js';
import {
  given,
  narrowed,
  networkChoices,
  networkOption,
  planFields,
  readNetwork,
  readPicture,
  readSeed,
  seedOption,
  sizeOption,
} from './options.js';

interface Manner {
  readonly title: string;
  bytes(): Promise<Uint8Array<ArrayBuffer>>;
}

/** Where the style comes from; checked before anything is downloaded. */
function readManner(interaction: ChatInputCommandInteraction, context: CommandContext): Manner {
  const attached = interaction.options.getAttachment('style');
  const asked = interaction.options.getString('preset');
  if ((attached === null) === (asked === null))
    throw new ReverieError(
      'invalid-parameter',
      'Please give me one style: attach a picture or choose a preset.',
    );
  if (asked === null) return { title: 'attached', bytes: () => readPicture(interaction, 'style', context) };
  const wanted = asked.trim().toLowerCase();
  const preset = context.presets
    .list()
    .find(({ name, title }) => name.toLowerCase() === wanted || title.toLowerCase() === wanted);
  if (!preset)
    throw new ReverieError(
      'unknown-preset',
      'I know no preset of that name; please choose one from the list.',
    );
  return { title: preset.title, bytes: async () => new Uint8Array(await context.presets.png(preset.name)) };
}

const weight = (value: number | undefined, fallback: number) => String(value ?? fallback);

export const style: Command = {
  ephemeral: false,
  definition: new SlashCommandBuilder()
    .setName('style')
    .setDescription('Repaint your picture in the manner of another')
    .setContexts(InteractionContextType.Guild, InteractionContextType.BotDM)
    .addAttachmentOption((option) =>
      option.setName('image').setDescription('The picture to repaint').setRequired(true),
    )
    .addAttachmentOption((option) =>
      option.setName('style').setDescription('The picture whose manner is taken'),
    )
    .addStringOption((option) =>
      option.setName('preset').setDescription('Or a manner I know already').setAutocomplete(true),
    )
    .addNumberOption((option) =>
      option.setName('alpha').setDescription('Content weight α (1)').setMinValue(0).setMaxValue(10_000),
    )
    .addNumberOption((option) =>
      option.setName('beta').setDescription('Style weight β (10)').setMinValue(0).setMaxValue(10_000),
    )
    .addStringOption(networkOption)
    .addIntegerOption(sizeOption)
    .addIntegerOption(seedOption)
    .toJSON(),

  async run(interaction, context) {
    const { options } = interaction;
    const manner = readManner(interaction, context);
    const network = readNetwork(interaction);
    const request = {
      kind: 'style' as const,
      content: await readPicture(interaction, 'image', context),
      styles: [{ image: await manner.bytes() }],
      seed: readSeed(interaction),
      ...given({
        network,
        alpha: options.getNumber('alpha'),
        beta: options.getNumber('beta'),
        size: options.getInteger('size'),
      }),
    };
    const plan = await context.renderer.plan(request);
    return {
      kind: 'render',
      title: 'Style',
      request,
      plan,
      fields: [
        { name: 'Style', value: manner.title },
        { name: 'α : β', value: `${weight(request.alpha, 1)} : ${weight(request.beta, 10)}` },
        ...planFields(request, plan),
      ],
    };
  },

  async complete(interaction, { renderer, presets }) {
    const focused = interaction.options.getFocused(true);
    if (focused.name === 'network') return networkChoices(renderer, focused.value);
    return narrowed(
      presets.list().map(({ name, title }) => ({ name: title, value: name })),
      focused.value,
    );
  },
};
