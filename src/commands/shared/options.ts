import { randomInt } from 'node:crypto';
import type { ChatInputCommandInteraction } from 'discord.js';
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
import type { Choices, CommandContext } from './command.js';
import { choiceWords, text, whole } from './define.js';
import { isHidden, type PictureFile } from '../../jobs/picture-file.js';
import { refusal } from './refusals.js';

/** Options that the rendering commands share, and how they are read. */
export const sizeOption = whole('size', { min: SIZE_RANGE.min, max: SIZE_RANGE.max });
export const seedOption = whole('seed', { min: 0, max: SEED_MAX });
export const networkOption = text('network', { autocomplete: true });
export const layerOption = text('layer', { autocomplete: true, max: LAYER_NAME_MAX });
/** No layer of any network has as many. */
export const CHANNEL_RANGE = { min: 0, max: 10_000 } as const;
export const channelOption = whole('channel', CHANNEL_RANGE);

export const newSeed = () => randomInt(SEED_MAX + 1);

export const readSeed = ({ options }: ChatInputCommandInteraction): number =>
  options.getInteger('seed') ?? newSeed();

export function networkNamed(asked: string | null): NetworkName | undefined {
  if (asked === null) return undefined;
  const name = NETWORK_NAMES.find((known) => known === asked.trim().toLowerCase());
  if (name) return name;
  throw refusal('unknown-network', 'name', { name: asked, networks: NETWORK_NAMES.join(', ') });
}

/** A picture that came with a command: its bytes, after a look at its header, and whether it came hidden. */
export interface Picture {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly spoiler: boolean;
}

export async function readPicture(
  file: PictureFile,
  { fetchAttachment, renderer }: CommandContext,
): Promise<Picture> {
  const bytes = await fetchAttachment(file);
  await renderer.inspect(bytes);
  return { bytes, spoiler: isHidden(file) };
}

/** Leaves out what was not given, so that the schema's defaults apply. */
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

/** What a network is called, with a word on what it is good for. */
export function networkWords({ name, title }: NetworkSummary, t: Translate): string {
  const key = `choice.networks.${name}`;
  return isKey(key) ? t(key) : title;
}

/** The network of that name, or the one that the kind of request takes by itself. */
export async function networkOf(
  renderer: Renderer,
  kind: RenderRequest['kind'],
  name: string | null | undefined,
): Promise<NetworkSummary | undefined> {
  const { networks, defaults } = await renderer.capabilities();
  const wanted = name ?? defaults[kind];
  return networks.find((network) => network.name === wanted);
}

/** The layers worth a look first, each with what it shows, then all the others. */
export function layerChoices({ dreams, taps }: NetworkSummary, typed: string, t: Translate): Choices {
  const offered = dreams.offered.map(({ name, shows }) => ({
    name: shows === undefined ? name : `${name}: ${choiceWords('shows', shows, t)}`,
    value: name,
  }));
  const known = new Set(offered.map(({ value }) => value));
  const others = taps.filter(({ name }) => !known.has(name)).map(({ name }) => ({ name, value: name }));
  return narrowed([...offered, ...others], typed);
}

/** At most 25 choices, those that contain what was typed. */
export function narrowed(choices: readonly { name: string; value: string }[], typed: string): Choices {
  const wanted = typed.trim().toLowerCase();
  return choices
    .filter(({ name, value }) => `${name} ${value}`.toLowerCase().includes(wanted))
    .slice(0, 25)
    .map(({ name, value }) => ({ name: oneLine(name, 100), value: value.slice(0, 100) }));
}
