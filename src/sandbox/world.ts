import { FileStore } from './files.js';
import { snowflakes, type Clock } from './ids.js';
import { records, type Json } from './wire.js';

export const DEFAULT_SIZE_LIMIT = 10 * 1024 * 1024;
/** What an ordinary member may do, and what a moderator may beside that: ManageMessages and ManageGuild. */
const MEMBER_PERMISSIONS = 0x400n | 0x800n | 0x40n | 0x8000n | 0x10000n | 0x4000n | 0x80000000n;
const MODERATOR_PERMISSIONS = 0x2000n | 0x20n;
const EVERYTHING = (1n << 47n) - 1n;

export interface SandboxUser {
  id: string;
  name: string;
  bot: boolean;
  /** May manage messages and the server wherever the sandbox has this person say something. */
  moderator: boolean;
  /** Takes no direct messages. */
  closed: boolean;
}

export interface SandboxGuild {
  id: string;
  name: string;
  channelIds: readonly string[];
  attachmentSizeLimit: number;
  /** False where the bot is no member: people there use it as an app of their own. */
  installed: boolean;
}

export interface Channel {
  id: string;
  name: string;
  guildId?: string;
  recipientId?: string;
  /** A conversation of people that the bot is no part of. */
  group?: boolean;
  /** Of a thread: the channel it hangs on. */
  parentId?: string;
  ageRestricted?: boolean;
  archived?: boolean;
  /** What the bot may do here; everything where nothing is said. */
  botPermissions?: bigint;
}

/** A role's id beside its guild's own. */
const moderatorRole = (guildId: string) => String(BigInt(guildId) + 1n);

export interface NewGuild {
  name: string;
  channel?: string;
  attachmentSizeLimit?: number;
  installed?: boolean;
}

export interface NewChannel {
  guild: string;
  name: string;
  ageRestricted?: boolean;
}

/** Who and what there is: people, guilds, channels, the application and its registered commands. */
export class World {
  readonly nextId: () => string;
  readonly files: FileStore;
  readonly guilds = new Map<string, SandboxGuild>();
  readonly users = new Map<string, SandboxUser>();
  readonly channels = new Map<string, Channel>();
  /** By guild id; '' holds the global ones. */
  readonly commands = new Map<string, Json[]>();
  private readonly commandListeners = new Set<() => void>();
  readonly bot: SandboxUser;
  /** The address under which all is served; known once the port is. */
  url = '';

  constructor(
    readonly now: Clock,
    public token: string,
  ) {
    this.nextId = snowflakes(now);
    this.files = new FileStore(this.nextId, () => this.url, now);
    this.bot = this.addUser({ name: 'Reverie', bot: true });
  }

  get applicationId(): string {
    return this.bot.id;
  }

  addUser(of: { name: string; bot?: boolean; moderator?: boolean; closed?: boolean }): SandboxUser {
    const user = {
      id: this.nextId(),
      name: of.name,
      bot: of.bot ?? false,
      moderator: of.moderator ?? false,
      closed: of.closed ?? false,
    };
    this.users.set(user.id, user);
    return user;
  }

  addGuild(of: NewGuild): SandboxGuild {
    const id = this.nextId();
    const channel: Channel = { id: this.nextId(), name: of.channel ?? 'gallery', guildId: id };
    const attachmentSizeLimit = of.attachmentSizeLimit ?? DEFAULT_SIZE_LIMIT;
    const installed = of.installed ?? true;
    const guild = { id, name: of.name, channelIds: [channel.id], attachmentSizeLimit, installed };
    this.channels.set(channel.id, channel);
    this.guilds.set(id, guild);
    return guild;
  }

  addChannel(of: NewChannel): Channel {
    const guild = this.guilds.get(of.guild);
    if (!guild) throw new Error('There is no such guild in the sandbox');
    const channel: Channel = {
      id: this.nextId(),
      name: of.name,
      guildId: guild.id,
      ...(of.ageRestricted ? { ageRestricted: true } : {}),
    };
    this.channels.set(channel.id, channel);
    this.guilds.set(guild.id, { ...guild, channelIds: [...guild.channelIds, channel.id] });
    return channel;
  }

  addThread(of: { channel: string; name: string }): Channel {
    const parent = this.channels.get(of.channel);
    if (!parent?.guildId) throw new Error('There is no such channel in the sandbox');
    const thread = { id: this.nextId(), name: of.name, guildId: parent.guildId, parentId: parent.id };
    this.channels.set(thread.id, thread);
    return thread;
  }

  deleteChannel(id: string): Channel {
    const channel = this.channels.get(id);
    const guild = this.guilds.get(channel?.guildId ?? '');
    if (!channel || !guild) throw new Error('There is no such channel in the sandbox');
    this.channels.delete(id);
    const channelIds = guild.channelIds.filter((other) => other !== id);
    this.guilds.set(guild.id, { ...guild, channelIds });
    return channel;
  }

  /** The bot is put out of a guild. */
  expel(guildId: string): void {
    const guild = this.guilds.get(guildId);
    if (!guild) throw new Error('There is no such guild in the sandbox');
    this.guilds.set(guildId, { ...guild, installed: false });
  }

  /** Guilds the bot is a member of. */
  get homes(): SandboxGuild[] {
    return [...this.guilds.values()].filter(({ installed }) => installed);
  }

  /** People among themselves: the bot is there only as an app of one of them. */
  addGroup(of: { name: string }): Channel {
    const channel: Channel = { id: this.nextId(), name: of.name, group: true };
    this.channels.set(channel.id, channel);
    return channel;
  }

  directChannel(userId: string): Channel {
    for (const channel of this.channels.values()) if (channel.recipientId === userId) return channel;
    const channel: Channel = { id: this.nextId(), name: 'direct', recipientId: userId };
    this.channels.set(channel.id, channel);
    return channel;
  }

  /** Where the bot is no member: it gets there as an app of the person who uses it, if at all. */
  isStrange({ guildId, group }: Channel): boolean {
    return group === true || (guildId !== undefined && this.guilds.get(guildId)?.installed === false);
  }

  sizeLimit(guildId: string | undefined): number {
    return this.guilds.get(guildId ?? '')?.attachmentSizeLimit ?? DEFAULT_SIZE_LIMIT;
  }

  onCommands(listener: () => void): () => void {
    this.commandListeners.add(listener);
    return () => this.commandListeners.delete(listener);
  }

  setCommands(guildId: string, commands: Json[]): void {
    this.commands.set(guildId, commands);
    for (const listener of [...this.commandListeners]) listener();
  }

  allCommands(guildId?: string): Json[] {
    const keys = guildId === undefined ? [...this.commands.keys()] : ['', guildId];
    return keys.flatMap((key) => this.commands.get(key) ?? []);
  }

  userPayload(user: SandboxUser): Json {
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

  /** @param guildId whose roles the member has; moderators have one */
  memberPayload(user: SandboxUser, guildId?: string): Json {
    const permissions = user.bot
      ? EVERYTHING
      : MEMBER_PERMISSIONS | (user.moderator ? MODERATOR_PERMISSIONS : 0n);
    return {
      user: this.userPayload(user),
      nick: null,
      avatar: null,
      roles: user.moderator && guildId !== undefined ? [moderatorRole(guildId)] : [],
      joined_at: '2024-01-01T00:00:00.000Z',
      deaf: false,
      mute: false,
      flags: 0,
      pending: false,
      premium_since: null,
      communication_disabled_until: null,
      permissions: String(permissions),
    };
  }

  channelPayload(channel: Channel): Json {
    const recipient = this.users.get(channel.recipientId ?? '');
    if (recipient)
      return { id: channel.id, type: 1, recipients: [this.userPayload(recipient)], last_message_id: null };
    if (channel.group) return { id: channel.id, type: 3, name: channel.name, icon: null, recipients: [] };
    if (channel.parentId !== undefined) return this.threadPayload(channel);
    return {
      id: channel.id,
      type: 0,
      guild_id: channel.guildId,
      name: channel.name,
      position: 0,
      permission_overwrites: [],
      nsfw: channel.ageRestricted ?? false,
      parent_id: null,
      topic: null,
      last_message_id: null,
      rate_limit_per_user: 0,
      permissions: String(EVERYTHING),
    };
  }

  private threadPayload(thread: Channel): Json {
    return {
      id: thread.id,
      type: 11,
      guild_id: thread.guildId,
      parent_id: thread.parentId,
      name: thread.name,
      owner_id: this.bot.id,
      last_message_id: null,
      message_count: 0,
      member_count: 1,
      rate_limit_per_user: 0,
      flags: 0,
      thread_metadata: {
        archived: thread.archived ?? false,
        auto_archive_duration: 1440,
        archive_timestamp: '2024-01-01T00:00:00.000Z',
        locked: false,
      },
      permissions: String(EVERYTHING),
    };
  }

  role(id: string): Json | undefined {
    const roles = [...this.guilds.values()].flatMap((guild) => records(this.guildPayload(guild).roles));
    return roles.find((role) => role.id === id);
  }

  guildPayload(guild: SandboxGuild): Json {
    return {
      id: guild.id,
      name: guild.name,
      icon: null,
      splash: null,
      banner: null,
      owner_id: this.bot.id,
      afk_channel_id: null,
      afk_timeout: 300,
      verification_level: 0,
      default_message_notifications: 0,
      explicit_content_filter: 0,
      features: [],
      mfa_level: 0,
      system_channel_id: null,
      system_channel_flags: 0,
      rules_channel_id: null,
      public_updates_channel_id: null,
      vanity_url_code: null,
      description: null,
      premium_tier: 0,
      premium_subscription_count: 0,
      premium_progress_bar_enabled: false,
      preferred_locale: 'en-US',
      nsfw_level: 0,
      emojis: [],
      stickers: [],
      roles: [
        {
          id: guild.id,
          name: '@everyone',
          color: 0,
          colors: { primary_color: 0, secondary_color: null, tertiary_color: null },
          hoist: false,
          position: 0,
          permissions: String(MEMBER_PERMISSIONS),
          managed: false,
          mentionable: false,
          flags: 0,
        },
        {
          id: moderatorRole(guild.id),
          name: 'Moderator',
          color: 0,
          colors: { primary_color: 0, secondary_color: null, tertiary_color: null },
          hoist: false,
          position: 1,
          permissions: String(MEMBER_PERMISSIONS | MODERATOR_PERMISSIONS),
          managed: false,
          mentionable: false,
          flags: 0,
        },
      ],
      joined_at: '2024-01-01T00:00:00.000Z',
      large: false,
      unavailable: false,
      member_count: this.users.size,
      members: [this.memberPayload(this.bot, guild.id)],
      channels: guild.channelIds.flatMap((id) => {
        const channel = this.channels.get(id);
        return channel ? [this.channelPayload(channel)] : [];
      }),
      threads: [...this.channels.values()]
        .filter(
          ({ guildId, parentId, archived }) => guildId === guild.id && parentId !== undefined && !archived,
        )
        .map((thread) => this.channelPayload(thread)),
      presences: [],
      voice_states: [],
      stage_instances: [],
      guild_scheduled_events: [],
      soundboard_sounds: [],
    };
  }
}
