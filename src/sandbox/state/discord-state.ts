/** The state of the mock Discord: its users, guilds, channels and registered commands. */
import type { JsonObject } from '../json.js';
import { AttachmentStore } from './attachments.js';
import { snowflakes, type Clock } from './snowflakes.js';

const DEFAULT_SIZE_LIMIT = 10 * 1024 * 1024;

export interface SandboxUser {
  id: string;
  name: string;
  bot: boolean;
  /** Has the moderator role in every guild. */
  moderator: boolean;

  refusesDirectMessages: boolean;
}

export interface NewUser {
  name: string;
  bot?: boolean;
  moderator?: boolean;
  refusesDirectMessages?: boolean;
}

export interface SandboxGuild {
  id: string;
  name: string;
  channelIds: readonly string[];
  /** Bytes. */
  attachmentSizeLimit: number;
  /** False where the bot is no member: its commands come from users who have installed the app for themselves. */
  installed: boolean;
}

export interface NewGuild {
  name: string;
  channel?: string;
  attachmentSizeLimit?: number;
  installed?: boolean;
}

export interface Channel {
  id: string;
  name: string;
  guildId?: string;
  /** Of a direct message: the user. */
  recipientId?: string;
  /** A group of users without the bot. */
  group?: boolean;
  /** Of a thread: its channel. */
  parentId?: string;
  ageRestricted?: boolean;
  archived?: boolean;
  /** All permissions where it is undefined. */
  botPermissions?: bigint;
}

export interface NewChannel {
  guild: string;
  name: string;
  ageRestricted?: boolean;
}

export class DiscordState {
  readonly nextId: () => string;
  readonly attachments: AttachmentStore;
  readonly guilds = new Map<string, SandboxGuild>();
  readonly users = new Map<string, SandboxUser>();
  readonly channels = new Map<string, Channel>();
  /** By guild id; global commands are under ''. */
  readonly commands = new Map<string, JsonObject[]>();
  private readonly commandListeners = new Set<() => void>();
  readonly bot: SandboxUser;
  /** The server's address, set as soon as its port is known. */
  url = '';

  constructor(
    readonly now: Clock,
    public token: string,
  ) {
    this.nextId = snowflakes(now);
    this.attachments = new AttachmentStore(this.nextId, () => this.url, now);
    this.bot = this.addUser({ name: 'Reverie', bot: true });
  }

  get applicationId(): string {
    return this.bot.id;
  }

  /** All users but bots. */
  get members(): SandboxUser[] {
    return [...this.users.values()].filter(({ bot }) => !bot);
  }

  /** The guilds that the bot is a member of. */
  get joinedGuilds(): SandboxGuild[] {
    return [...this.guilds.values()].filter(({ installed }) => installed);
  }

  addUser({ name, bot = false, moderator = false, refusesDirectMessages = false }: NewUser): SandboxUser {
    const user = { id: this.nextId(), name, bot, moderator, refusesDirectMessages };
    this.users.set(user.id, user);
    return user;
  }

  /** A guild with one channel. */
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

  /** Removes the bot from a guild. */
  removeBot(id: string): void {
    const guild = this.guilds.get(id);
    if (!guild) throw new Error('There is no such guild in the sandbox');
    this.guilds.set(id, { ...guild, installed: false });
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
    const channel = this.channel(id);
    const guild = this.guilds.get(channel.guildId ?? '');
    if (!guild) throw new Error('This channel of the sandbox is in no guild');
    this.channels.delete(id);
    const channelIds = guild.channelIds.filter((other) => other !== id);
    this.guilds.set(guild.id, { ...guild, channelIds });
    return channel;
  }

  /** A group of users, who use the bot as an app that one of them has installed. */
  addGroupDm(of: { name: string }): Channel {
    const channel: Channel = { id: this.nextId(), name: of.name, group: true };
    this.channels.set(channel.id, channel);
    return channel;
  }

  /** The user's direct messages with the bot; the channel is created on first use. */
  directChannel(userId: string): Channel {
    for (const channel of this.channels.values()) if (channel.recipientId === userId) return channel;
    const channel: Channel = { id: this.nextId(), name: 'direct', recipientId: userId };
    this.channels.set(channel.id, channel);
    return channel;
  }

  channel(id: string): Channel {
    const channel = this.channels.get(id);
    if (!channel) throw new Error('There is no such channel in the sandbox');
    return channel;
  }

  /** False where the app is only installed by its users: the bot's token has no access there. */
  isBotMember({ guildId, group }: Channel): boolean {
    return !group && (guildId === undefined || this.guilds.get(guildId)?.installed !== false);
  }

  /** Bytes that one uploaded file may have. */
  sizeLimit(guildId: string | undefined): number {
    return this.guilds.get(guildId ?? '')?.attachmentSizeLimit ?? DEFAULT_SIZE_LIMIT;
  }

  /** Calls the listener after every registration of commands. Returns how to unsubscribe. */
  onCommands(listener: () => void): () => void {
    this.commandListeners.add(listener);
    return () => this.commandListeners.delete(listener);
  }

  setCommands(guildId: string, commands: JsonObject[]): void {
    this.commands.set(guildId, commands);
    for (const listener of [...this.commandListeners]) listener();
  }

  /** The commands offered in a guild; without an id, those of all guilds. */
  allCommands(guildId?: string): JsonObject[] {
    const keys = guildId === undefined ? [...this.commands.keys()] : ['', guildId];
    return keys.flatMap((key) => this.commands.get(key) ?? []);
  }
}
