/** Users, members, channels and guilds as the API represents them. */
import {
  ChannelType,
  GuildDefaultMessageNotifications,
  GuildExplicitContentFilter,
  GuildMFALevel,
  GuildNSFWLevel,
  GuildPremiumTier,
  GuildVerificationLevel,
  Locale,
  PermissionFlagsBits,
  ThreadAutoArchiveDuration,
} from 'discord-api-types/v10';
import type { JsonObject } from '../json.js';
import type { Channel, DiscordState, SandboxGuild, SandboxUser } from './discord-state.js';

const MEMBER_PERMISSIONS =
  PermissionFlagsBits.ViewChannel |
  PermissionFlagsBits.SendMessages |
  PermissionFlagsBits.AddReactions |
  PermissionFlagsBits.EmbedLinks |
  PermissionFlagsBits.AttachFiles |
  PermissionFlagsBits.ReadMessageHistory |
  PermissionFlagsBits.UseApplicationCommands;
const MODERATOR_PERMISSIONS =
  MEMBER_PERMISSIONS | PermissionFlagsBits.ManageMessages | PermissionFlagsBits.ManageGuild;
const ALL_PERMISSIONS = (1n << 47n) - 1n;

const LONG_AGO = '2024-01-01T00:00:00.000Z';

const moderatorRoleId = (guildId: string): string => String(BigInt(guildId) + 1n);

export function userPayload(user: SandboxUser): JsonObject {
  return {
    id: user.id,
    username: user.name.toLowerCase(),
    global_name: user.name,
    discriminator: '0',
    avatar: null,
    bot: user.bot,
    public_flags: 0,
    flags: 0,
  };
}

/** What the bot may do where no channel restricts it: the `app_permissions` of an interaction. */
export const botPermissions = String(ALL_PERMISSIONS);

/** @param guildId the guild whose roles the member has */
export function memberPayload(user: SandboxUser, guildId: string): JsonObject {
  const permissions = user.moderator ? MODERATOR_PERMISSIONS : MEMBER_PERMISSIONS;
  return {
    user: userPayload(user),
    nick: null,
    avatar: null,
    roles: user.moderator ? [moderatorRoleId(guildId)] : [],
    joined_at: LONG_AGO,
    deaf: false,
    mute: false,
    flags: 0,
    pending: false,
    premium_since: null,
    communication_disabled_until: null,
    permissions: user.bot ? botPermissions : String(permissions),
  };
}

export function channelPayload(channel: Channel, state: DiscordState): JsonObject {
  const { id, name, guildId } = channel;
  const recipient = state.users.get(channel.recipientId ?? '');
  if (recipient)
    return { id, type: ChannelType.DM, recipients: [userPayload(recipient)], last_message_id: null };
  if (channel.group) return { id, type: ChannelType.GroupDM, name, icon: null, recipients: [] };
  if (channel.parentId !== undefined) return threadPayload(channel, state.bot.id);
  return {
    id,
    type: ChannelType.GuildText,
    guild_id: guildId,
    name,
    position: 0,
    permission_overwrites: [],
    nsfw: channel.ageRestricted ?? false,
    parent_id: null,
    topic: null,
    last_message_id: null,
    rate_limit_per_user: 0,
    permissions: String(ALL_PERMISSIONS),
  };
}

function threadPayload(thread: Channel, ownerId: string): JsonObject {
  return {
    id: thread.id,
    type: ChannelType.PublicThread,
    guild_id: thread.guildId,
    parent_id: thread.parentId,
    name: thread.name,
    owner_id: ownerId,
    last_message_id: null,
    message_count: 0,
    member_count: 1,
    rate_limit_per_user: 0,
    flags: 0,
    thread_metadata: {
      archived: thread.archived ?? false,
      auto_archive_duration: ThreadAutoArchiveDuration.OneDay,
      archive_timestamp: LONG_AGO,
      locked: false,
    },
    permissions: String(ALL_PERMISSIONS),
  };
}

function rolePayload(id: string, name: string, position: number, permissions: bigint): JsonObject {
  return {
    id,
    name,
    color: 0,
    colors: { primary_color: 0, secondary_color: null, tertiary_color: null },
    hoist: false,
    position,
    permissions: String(permissions),
    managed: false,
    mentionable: false,
    flags: 0,
  };
}

/** The roles of a guild; the id of @everyone is the guild's own. */
export function rolePayloads(guildId: string): JsonObject[] {
  return [
    rolePayload(guildId, '@everyone', 0, MEMBER_PERMISSIONS),
    rolePayload(moderatorRoleId(guildId), 'Moderator', 1, MODERATOR_PERMISSIONS),
  ];
}

export function guildPayload(guild: SandboxGuild, state: DiscordState): JsonObject {
  const channels = guild.channelIds.map((id) => state.channel(id));
  const threads = [...state.channels.values()].filter(
    ({ guildId, parentId, archived }) => guildId === guild.id && parentId !== undefined && !archived,
  );
  return {
    id: guild.id,
    name: guild.name,
    icon: null,
    splash: null,
    banner: null,
    owner_id: state.bot.id,
    afk_channel_id: null,
    afk_timeout: 300,
    verification_level: GuildVerificationLevel.None,
    default_message_notifications: GuildDefaultMessageNotifications.AllMessages,
    explicit_content_filter: GuildExplicitContentFilter.Disabled,
    features: [],
    mfa_level: GuildMFALevel.None,
    system_channel_id: null,
    system_channel_flags: 0,
    rules_channel_id: null,
    public_updates_channel_id: null,
    vanity_url_code: null,
    description: null,
    premium_tier: GuildPremiumTier.None,
    premium_subscription_count: 0,
    premium_progress_bar_enabled: false,
    preferred_locale: Locale.EnglishUS,
    nsfw_level: GuildNSFWLevel.Default,
    emojis: [],
    stickers: [],
    roles: rolePayloads(guild.id),
    joined_at: LONG_AGO,
    large: false,
    unavailable: false,
    member_count: state.users.size,
    members: [memberPayload(state.bot, guild.id)],
    channels: channels.map((channel) => channelPayload(channel, state)),
    threads: threads.map((thread) => channelPayload(thread, state)),
    presences: [],
    voice_states: [],
    stage_instances: [],
    guild_scheduled_events: [],
    soundboard_sounds: [],
  };
}
