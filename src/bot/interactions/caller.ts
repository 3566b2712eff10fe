/** Who uses the bot, and where, as Discord says it. */
import {
  ApplicationIntegrationType,
  InteractionContextType,
  PermissionFlagsBits,
  type BaseInteraction,
  type Channel,
  type MessageReaction,
  type PartialMessageReaction,
} from 'discord.js';
import type { Caller } from '../../jobs/access.js';
import { UPLOAD_LIMIT } from '../messages/fit-to-upload-limit.js';

export function callerOf(interaction: BaseInteraction): Caller {
  const { member, memberPermissions: allowed } = interaction;
  const roles = member ? (Array.isArray(member.roles) ? member.roles : [...member.roles.cache.keys()]) : [];
  return {
    userId: interaction.user.id,
    guildId: interaction.guildId,
    channelId: interaction.channelId ?? '',
    parentId: parentOf(interaction.channel),
    ageRestricted: isAgeRestricted(interaction.channel),
    roles,
    moderates: allowed?.has(PermissionFlagsBits.ManageMessages) ?? false,
    managesGuild: allowed?.has(PermissionFlagsBits.ManageGuild) ?? false,
    locale: interaction.locale,
    tokenOnly: isTokenOnly(interaction),
    uploadLimit: interaction.attachmentSizeLimit || UPLOAD_LIMIT,
  };
}

function isTokenOnly({ guildId, context, authorizingIntegrationOwners: owners }: BaseInteraction): boolean {
  if (context === InteractionContextType.PrivateChannel) return true;
  return guildId !== null && owners[ApplicationIntegrationType.GuildInstall] === undefined;
}

const parentOf = (channel: Channel | null): string | null => (channel?.isThread() ? channel.parentId : null);

/** Whether a channel is age restricted: for a thread, whether its parent is. A thread with an unknown parent counts as restricted. */
export function isAgeRestricted(channel: Channel | null): boolean {
  if (!channel) return false;
  if (channel.isThread()) return channel.parent ? isAgeRestricted(channel.parent) : true;
  return 'nsfw' in channel && channel.nsfw;
}

export type Reaction = MessageReaction | PartialMessageReaction;

/** Who reacted, and where. Discord does not say what an interaction would, so it is looked up. */
export async function callerOfReaction({ client, message }: Reaction, userId: string): Promise<Caller> {
  const { guildId, channelId } = message;
  const channel = await client.channels.fetch(channelId);
  const guild = guildId === null ? null : await client.guilds.fetch(guildId);
  const member = await guild?.members.fetch(userId);
  const allowed =
    member && channel && !channel.isDMBased() ? member.permissionsIn(channel) : member?.permissions;
  return {
    userId,
    guildId,
    channelId,
    parentId: parentOf(channel),
    ageRestricted: isAgeRestricted(channel),
    roles: member ? [...member.roles.cache.keys()] : [],
    moderates: allowed?.has(PermissionFlagsBits.ManageMessages) ?? false,
    managesGuild: allowed?.has(PermissionFlagsBits.ManageGuild) ?? false,
    locale: guild?.preferredLocale ?? 'en-US',
    uploadLimit: UPLOAD_LIMIT,
    tokenOnly: false,
  };
}
