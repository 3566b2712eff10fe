import type { Draft } from './messages.js';
import { problems } from './problem.js';
import { isRecord, records } from './wire.js';
import type { Channel, World } from './world.js';

export const ADD_REACTIONS = 1n << 6n;
export const VIEW_CHANNEL = 1n << 10n;
export const SEND_MESSAGES = 1n << 11n;
export const MANAGE_MESSAGES = 1n << 13n;
export const EMBED_LINKS = 1n << 14n;
export const ATTACH_FILES = 1n << 15n;
export const READ_HISTORY = 1n << 16n;
export const SEND_IN_THREADS = 1n << 38n;

/** The channel as the bot's own token reaches it. Throws 10003, 50001 or 50013 as Discord does. */
export function reach(world: World, id: string, ...needed: readonly bigint[]): Channel {
  const channel = world.channels.get(id);
  if (!channel) throw problems.unknownChannel();
  if (world.isStrange(channel)) throw problems.missingAccess();
  if (!mayReach(world, channel, VIEW_CHANNEL)) throw problems.missingAccess();
  if (!mayReach(world, channel, ...needed)) throw problems.missingPermissions();
  return channel;
}

/** Whether the bot has these permissions in the channel. */
export function mayReach(world: World, channel: Channel, ...needed: readonly bigint[]): boolean {
  const { botPermissions: allowed } = world.channels.get(channel.parentId ?? '') ?? channel;
  return allowed === undefined || needed.every((one) => allowed & one);
}

/** What sending takes: in a thread another permission than in a channel, and more for files, embeds and answers. */
export function toSend(channel: Channel | undefined, { files, body }: Draft): bigint[] {
  return [
    channel?.parentId === undefined ? SEND_MESSAGES : SEND_IN_THREADS,
    ...(files.size > 0 ? [ATTACH_FILES] : []),
    ...(records(body.embeds).length > 0 ? [EMBED_LINKS] : []),
    ...(isRecord(body.message_reference) ? [READ_HISTORY] : []),
  ];
}

export function refuseArchived(channel: Channel): void {
  if (channel.archived) throw problems.archivedThread();
}
