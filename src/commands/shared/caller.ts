import {
  ApplicationIntegrationType,
  InteractionContextType,
  PermissionFlagsBits,
  type BaseInteraction,
  type Channel,
} from 'discord.js';

/** Who asks, and where. */
export interface Caller {
  readonly userId: string;
  readonly guildId: string | null;
  readonly channelId: string;
  /** The channel a thread hangs on. */
  readonly parentId: string | null;
  readonly ageRestricted: boolean;
  readonly roles: readonly string[];
  /** May moderate other people's messages here. */
  readonly moderates: boolean;
  readonly managesGuild: boolean;
  readonly locale: string;
  /** The bot is no member here: only the interaction's own token can answer, for as long as it lives. */
  readonly tokenOnly: boolean;
  /** Bytes a file may have here. */
  readonly uploadLimit: number;
}

/** What every guild takes, where an interaction says nothing. */
export const UPLOAD_LIMIT = 10 * 2 ** 20;

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

export const parentOf = (channel: Channel | null): string | null =>
  channel?.isThread() ? channel.parentId : null;

/** The restriction is the channel's; a thread has its parent's. A thread whose parent nobody knows is taken to be restricted. */
export function isAgeRestricted(channel: Channel | null): boolean {
  if (!channel) return false;
  if (channel.isThread()) return channel.parent ? isAgeRestricted(channel.parent) : true;
  return 'nsfw' in channel && channel.nsfw;
}
