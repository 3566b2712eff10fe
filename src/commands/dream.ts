import { InteractionContextType, SlashCommandBuilder } from 'discord.js';
import { STRENGTH_RANGE, type Capabilities, type NetworkSummary } from '../pipeline/contract.js';
import type { Command } from './command.js';
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

function networkNamed(capabilities: Capabilities, name: string | null): NetworkSummary | undefined {
  const wanted = name ?? capabilities.defaults.dream;
  return capabilities.networks.find((network) => network.name === wanted);
}

export const dream: Command = {
  ephemeral: false,
  definition: new SlashCommandBuilder()
    .setName('dream')
    .setDescription('Let a network dream on your picture')
    .setContexts(InteractionContextType.Guild, InteractionContextType.BotDM)
    .addAttachmentOption((option) =>
      option.setName('image').setDescription('The picture to dream on').setRequired(true),
    )
    .addStringOption((option) =>
      option.setName('layer').setDescription('The layer to amplify').setMaxLength(80).setAutocomplete(true),
    )
    .addStringOption(networkOption)
    .addNumberOption((option) =>
      option
        .setName('strength')
        .setDescription(`How far each step goes (${STRENGTH_RANGE.default})`)
        .setMinValue(STRENGTH_RANGE.min)
        .setMaxValue(STRENGTH_RANGE.max),
    )
    .addIntegerOption((option) =>
      option
        .setName('octaves')
        .setDescription('Sizes of dream, coarse to fine (4)')
        .setMinValue(1)
        .setMaxValue(10),
    )
    .addIntegerOption(sizeOption)
    .addIntegerOption(seedOption)
    .toJSON(),

  async run(interaction, context) {
    const { options } = interaction;
    const network = readNetwork(interaction);
    const layer = options.getString('layer');
    const request = {
      kind: 'dream' as const,
      image: await readPicture(interaction, 'image', context),
      seed: readSeed(interaction),
      ...given({
        network,
        targets: layer === null ? null : [{ layer }],
        strength: options.getNumber('strength'),
        octaves: options.getInteger('octaves'),
        size: options.getInteger('size'),
      }),
    };
    const plan = await context.renderer.plan(request);
    return {
      kind: 'render',
      title: 'Dream',
      request,
      plan,
      fields: [
        ...(plan.layer === undefined ? [] : [{ name: 'Layer', value: plan.layer }]),
        { name: 'Strength', value: String(request.strength ?? STRENGTH_RANGE.default) },
        { name: 'Octaves', value: String(plan.scales) },
        ...planFields(request, plan),
      ],
    };
  },

  async complete(interaction, { renderer }) {
    const focused = interaction.options.getFocused(true);
    if (focused.name === 'network') return networkChoices(renderer, focused.value);
    const network = networkNamed(await renderer.capabilities(), interaction.options.getString('network'));
    if (!network) return [];
    const offered = network.dreams.offered.map(({ name, shows }) => ({
      name: shows === undefined ? name : `${name}: ${shows}`,
      value: name,
    }));
    const known = new Set(offered.map(({ value }) => value));
    const others = network.taps
      .filter(({ name }) => !known.has(name))
      .map(({ name }) => ({ name, value: name }));
    return narrowed([...offered, ...others], focused.value);
  },
};
