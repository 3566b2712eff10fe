import { randomInt } from 'node:crypto';
import type {
  ChatInputCommandInteraction,
  SlashCommandIntegerOption,
  SlashCommandStringOption,
} from 'discord.js';
import { ReverieError } from '../errors.js';
import {
  NETWORK_NAMES,
  SEED_MAX,
  SIZE_RANGE,
  type NetworkName,
  type Plan,
  type Renderer,
  type RenderRequestInput,
} from '../pipeline/contract.js';
import type { Choices, CommandContext, Field } from './command.js';

/** Options that `/dream` and `/style` share, and how they are read. */
export const sizeOption = (option: SlashCommandIntegerOption) =>
  option
    .setName('size')
    .setDescription(`Longest side in pixels (${SIZE_RANGE.default})`)
    .setMinValue(SIZE_RANGE.min)
    .setMaxValue(SIZE_RANGE.max);

export const seedOption = (option: SlashCommandIntegerOption) =>
  option
    .setName('seed')
    .setDescription('The same seed gives the same picture')
    .setMinValue(0)
    .setMaxValue(SEED_MAX);

export const networkOption = (option: SlashCommandStringOption) =>
  option
    .setName('network')
    .setDescription('The network that looks (the best one here)')
    .setAutocomplete(true);

export function readSeed(interaction: ChatInputCommandInteraction): number {
  return interaction.options.getInteger('seed') ?? randomInt(SEED_MAX + 1);
}

export function readNetwork(interaction: ChatInputCommandInteraction): NetworkName | undefined {
  const asked = interaction.options.getString('network');
  if (asked === null) return undefined;
  const name = NETWORK_NAMES.find((known) => known === asked.trim().toLowerCase());
  if (name) return name;
  throw new ReverieError(
    'unknown-network',
    `I know no network of that name; there are ${NETWORK_NAMES.join(', ')}.`,
  );
}

/** The bytes of an attached picture, after a look at its header. */
export async function readPicture(
  interaction: ChatInputCommandInteraction,
  option: string,
  context: CommandContext,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await context.fetchAttachment(interaction.options.getAttachment(option, true));
  await context.renderer.inspect(bytes);
  return bytes;
}

/** Leaves out what was not given, so that the schema's defaults apply. */
export function given<T extends Record<string, unknown>>(
  values: T,
): { [K in keyof T]?: Exclude<T[K], null | undefined> } {
  return Object.fromEntries(
    Object.entries(values).filter(([, value]) => value !== null && value !== undefined),
  ) as { [K in keyof T]?: Exclude<T[K], null | undefined> };
}

export async function networkChoices(renderer: Renderer, typed: string): Promise<Choices> {
  const { networks } = await renderer.capabilities();
  return narrowed(
    networks
      .filter((network) => network.file !== undefined)
      .map((network) => ({ name: network.title, value: network.name })),
    typed,
  );
}

/** At most 25 choices, those that contain what was typed. */
export function narrowed(choices: readonly { name: string; value: string }[], typed: string): Choices {
  const wanted = typed.trim().toLowerCase();
  return choices
    .filter(({ name, value }) => `${name} ${value}`.toLowerCase().includes(wanted))
    .slice(0, 25)
    .map(({ name, value }) => ({ name: name.slice(0, 100), value: value.slice(0, 100) }));
}

export function planFields(request: RenderRequestInput, plan: Plan): Field[] {
  return [
    { name: 'Network', value: plan.network },
    { name: 'Size', value: `${plan.width} × ${plan.height}` },
    { name: 'Seed', value: String(request.seed ?? 0) },
  ];
}
