import { randomInt } from 'node:crypto';
/** Options that several rendering commands have, how they are read, and their choices. */
import type { ChatInputCommandInteraction } from 'discord.js';
import { refusal } from '../../errors.js';
import type { NetworkSummary, Renderer } from '../../pipeline/renderer.js';
import {
  LAYER_NAME_MAX,
  NETWORK_NAMES,
  SEED_MAX,
  SIZE_RANGE,
  type NetworkName,
  type RenderRequest,
} from '../../pipeline/requests.js';
import { oneLine } from '../../i18n/plain-text.js';
import { isKey, type Translate } from '../../i18n/translate.js';
import type { Choices } from './command.js';
import { choiceWords, text, whole } from './define.js';

/** Discord's limits for autocomplete: choices per response, and characters in a choice's name or value. */
const MAX_CHOICES = 25;
const MAX_CHOICE_LENGTH = 100;

export const sizeOption = whole('size', { min: SIZE_RANGE.min, max: SIZE_RANGE.max });
export const seedOption = whole('seed', { min: 0, max: SEED_MAX });
export const networkOption = text('network', { autocomplete: true });
export const layerOption = text('layer', { autocomplete: true, max: LAYER_NAME_MAX });
/** No layer of any network has more channels. */
export const CHANNEL_RANGE = { min: 0, max: 10_000 } as const;
export const channelOption = whole('channel', CHANNEL_RANGE);

export const newSeed = () => randomInt(SEED_MAX + 1);

export const readSeed = ({ options }: ChatInputCommandInteraction): number =>
  options.getInteger('seed') ?? newSeed();

/** Throws `unknown-network`. */
export function networkNamed(input: string | null): NetworkName | undefined {
  if (input === null) return undefined;
  const name = NETWORK_NAMES.find((known) => known === input.trim().toLowerCase());
  if (name) return name;
  throw refusal('unknown-network', 'name', { name: input, networks: NETWORK_NAMES.join(', ') });
}

/** Omits options that were not given, so that the schema's defaults apply. */
export function given<T extends Record<string, unknown>>(
  values: T,
): { [K in keyof T]?: Exclude<T[K], null | undefined> } {
  return Object.fromEntries(
    Object.entries(values).filter(([, value]) => value !== null && value !== undefined),
  ) as { [K in keyof T]?: Exclude<T[K], null | undefined> };
}

export async function networkChoices(renderer: Renderer, typed: string, t: Translate): Promise<Choices> {
  return narrowed(
    (await presentNetworks(renderer)).map((network) => ({
      name: networkWords(network, t),
      value: network.name,
    })),
    typed,
  );
}

export async function presentNetworks(renderer: Renderer): Promise<readonly NetworkSummary[]> {
  const { networks } = await renderer.capabilities();
  return networks.filter(({ file }) => file !== undefined);
}

/** A network's title, with a note on what it is good at. */
export function networkWords({ name, title }: NetworkSummary, t: Translate): string {
  const key = `choice.networks.${name}`;
  return isKey(key) ? t(key) : title;
}

/** The network of that name, or the default for this kind of request. */
export async function networkOf(
  renderer: Renderer,
  kind: RenderRequest['kind'],
  name: string | null | undefined,
): Promise<NetworkSummary | undefined> {
  const { networks, defaults } = await renderer.capabilities();
  return networks.find((network) => network.name === (name ?? defaults[kind]));
}

/** The recommended layers first, each with what it shows, then all others. */
export function layerChoices({ dreams, taps }: NetworkSummary, typed: string, t: Translate): Choices {
  const offered = dreams.offered.map(({ name, shows }) => ({
    name: shows === undefined ? name : `${name}: ${choiceWords('shows', shows, t)}`,
    value: name,
  }));
  const known = new Set(offered.map(({ value }) => value));
  const others = taps.filter(({ name }) => !known.has(name)).map(({ name }) => ({ name, value: name }));
  return narrowed([...offered, ...others], typed);
}

/** The choices that contain what was typed, at most `MAX_CHOICES`. */
export function narrowed(choices: readonly { name: string; value: string }[], typed: string): Choices {
  const pattern = typed.trim().toLowerCase();
  return choices
    .filter(({ name, value }) => `${name} ${value}`.toLowerCase().includes(pattern))
    .slice(0, MAX_CHOICES)
    .map(({ name, value }) => ({
      name: oneLine(name, MAX_CHOICE_LENGTH),
      value: value.slice(0, MAX_CHOICE_LENGTH),
    }));
}
