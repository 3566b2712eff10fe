/** What the bot may do in a channel. */
import { PermissionFlagsBits } from 'discord-api-types/v10';
import { apiErrors } from '../api-errors.js';
import { isObject, objectsIn } from '../json.js';
import type { Channel, DiscordState } from './discord-state.js';
import type { MessageInput } from './message.js';

/**
 * The channel, for a request with the bot's token.
 * @throws ApiError 10003 where there is none, 50001 where the bot cannot see it, 50013 where a permission is missing
 */
export function accessChannel(state: DiscordState, id: string, ...needed: readonly bigint[]): Channel {
  const channel = state.channels.get(id);
  if (!channel) throw apiErrors.unknownChannel();
  if (!state.isBotMember(channel)) throw apiErrors.missingAccess();
  if (!botMay(state, channel, PermissionFlagsBits.ViewChannel)) throw apiErrors.missingAccess();
  if (!botMay(state, channel, ...needed)) throw apiErrors.missingPermissions();
  return channel;
}

/** Whether the bot has all these permissions. A thread has those of its parent. */
export function botMay(state: DiscordState, channel: Channel, ...needed: readonly bigint[]): boolean {
  const { botPermissions: allowed } = state.channels.get(channel.parentId ?? '') ?? channel;
  return allowed === undefined || needed.every((permission) => allowed & permission);
}

/** The permissions that sending this message takes. */
export function permissionsToSend(channel: Channel | undefined, { files, body }: MessageInput): bigint[] {
  const { SendMessages, SendMessagesInThreads, AttachFiles, EmbedLinks, ReadMessageHistory } =
    PermissionFlagsBits;
  return [
    channel?.parentId === undefined ? SendMessages : SendMessagesInThreads,
    ...(files.size > 0 ? [AttachFiles] : []),
    ...(objectsIn(body.embeds).length > 0 ? [EmbedLinks] : []),
    ...(isObject(body.message_reference) ? [ReadMessageHistory] : []),
  ];
}

/** @throws ApiError 50083 */
export function requireUnarchived(channel: Channel): void {
  if (channel.archived) throw apiErrors.archivedThread();
}
