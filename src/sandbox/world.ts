import { FileStore } from './files.js';
import { snowflakes, type Clock } from './ids.js';
import type { Json } from './wire.js';

export const DEFAULT_SIZE_LIMIT = 10 * 1024 * 1024;
/** What an ordinary member may do, and what a moderator may: the same with ManageMessages. */
const MEMBER_PERMISSIONS = 0x400n | 0x800n | 0x40n | 0x8000n | 0x10000n | 0x4000n | 0x80000000n;
const MANAGE_MESSAGES = 0x2000n;
const EVERYTHING = (1n << 47n) - 1n;

export interface SandboxUser {
  id: string;
  name: string;
  bot: boolean;
  /** May manage messages wherever the sandbox has this person say something. */
  moderator: boolean;
}

export interface SandboxGuild {
  id: string;
  name: string;
  channelIds: readonly string[];
  attachmentSizeLimit: number;
}

export interface Channel {
  id: string;
  name: string;
  guildId?: string;
  recipientId?: string;
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
    readonly token: string,
  ) {
    this.nextId = snowflakes(now);
    this.files = new FileStore(this.nextId, () => this.url);
    this.bot = this.addUser({ name: 'Reverie', bot: true });
  }

  get applicationId(): string {
    return this.bot.id;
  }

  addUser(of: { name: string; bot?: boolean; moderator?: boolean }): SandboxUser {
    const user = {
      id: this.nextId(),
      name: of.name,
      bot: of.bot ?? false,
      moderator: of.moderator ?? false,
    };
    this.users.set(user.id, user);
    return user;
  }

  addGuild(of: { name: string; channel?: string; attachmentSizeLimit?: number }): SandboxGuild {
    const id = this.nextId();
    const channel: Channel = { id: this.nextId(), name: of.channel ?? 'gallery', guildId: id };
    const attachmentSizeLimit = of.attachmentSizeLimit ?? DEFAULT_SIZE_LIMIT;
    const guild = { id, name: of.name, channelIds: [channel.id], attachmentSizeLimit };
    this.channels.set(channel.id, channel);
    this.guilds.set(id, guild);
    return guild;
  }

  directChannel(userId: string): Channel {
    for (const channel of this.channels.values()) if (channel.recipientId === userId) return channel;
    const channel: Channel = { id: this.nextId(), name: 'direct', recipientId: userId };
    this.channels.set(channel.id, channel);
    return channel;
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

  memberPayload(user: SandboxUser): Json {
    const permissions = user.bot ? EVERYTHING : MEMBER_PERMISSIONS | (user.moderator ? MANAGE_MESSAGES : 0n);
    return {
      user: this.userPayload(user),
      nick: null,
      avatar: null,
      roles: [],
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
    return {
      id: channel.id,
      type: 0,
      guild_id: channel.guildId,
      name: channel.name,
      position: 0,
      permission_overwrites: [],
      nsfw: false,
      parent_id: null,
      topic: null,
      last_message_id: null,
      rate_limit_per_user: 0,
      permissions: String(EVERYTHING),
    };
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
      ],
      joined_at: '2024-01-01T00:00:00.000Z',
      large: false,
      unavailable: false,
      member_count: this.users.size,
      members: [this.memberPayload(this.bot)],
      channels: guild.channelIds.flatMap((id) => {
        const channel = this.channels.get(id);
        return channel ? [this.channelPayload(channel)] : [];
      }),
      threads: [],
      presences: [],
      voice_states: [],
      stage_instances: [],
      guild_scheduled_events: [],
      soundboard_sounds: [],
    };
  }
}
