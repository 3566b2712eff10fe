/** A loopback Discord that an unmodified discord.js client connects to. It listens on 127.0.0.1 alone. */
import { randomUUID } from 'node:crypto';
import type { Server } from 'node:http';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { Gateway } from './gateway.js';
import { pageRoutes } from './page.js';
import { restRoutes, type Backend } from './rest.js';
import { Invocation, snowflakes, type Guild, type SandboxFile, type Snapshot, type User } from './world.js';

export interface Sample {
  readonly name: string;
  readonly title: string;
  readonly bytes: () => Promise<Uint8Array>;
}

export interface SandboxOptions {
  /** 0 takes any free port. */
  readonly port?: number;
  readonly now?: () => number;
  readonly samples?: readonly Sample[];
}

export type OptionValue = string | number | boolean | SandboxFile;

export interface CommandCall {
  readonly name: string;
  readonly user: User;
  readonly guild?: Guild;
  readonly options: Readonly<Record<string, OptionValue>>;
}

export interface Sandbox {
  readonly url: string;
  /** What `rest.api` of a discord.js client has to be. */
  readonly api: string;
  readonly token: string;
  readonly guilds: readonly Guild[];
  readonly users: readonly User[];
  readonly samples: readonly Sample[];
  registeredCommands(): readonly Record<string, unknown>[];
  /** Resolves when a bot is connected and has registered its commands. */
  untilCommands(timeoutMs?: number): Promise<void>;
  command(call: CommandCall): Promise<Invocation>;
  autocomplete(call: CommandCall & { readonly focused: string }): Promise<Invocation>;
  component(call: { message: Snapshot; customId: string; user: User; guild: Guild }): Promise<Invocation>;
  /** Calls back for every state of every message; returns how to stop. */
  watch(listener: (snapshot: Snapshot, invocation: Invocation | undefined) => void): () => void;
  addGuild(guild: { name: string; attachmentSizeLimit?: number }): Guild;
  addUser(user: { name: string }): User;
  dropConnections(): void;
  close(): Promise<void>;
}

const TYPE = { command: 2, component: 3, autocomplete: 4 };
const OPTION_TYPE = { string: 3, boolean: 5, integer: 4, number: 10, attachment: 11 };
const PERMISSIONS = String(2n ** 50n - 1n);

export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const id = snowflakes();
  const now = options.now ?? Date.now;
  const token = `${Buffer.from(id()).toString('base64url')}.sandbox.${randomUUID()}`;
  const applicationId = id();
  const guilds: Guild[] = [];
  const users: User[] = [];
  const invocations = new Map<string, Invocation>();
  const listeners = new Set<(snapshot: Snapshot, invocation: Invocation | undefined) => void>();
  let origin = '';

  const userJson = ({ id: userId, name }: User) => ({
    id: userId,
    username: name,
    discriminator: '0',
    avatar: null,
  });
  const botUser = { id: applicationId, username: 'Reverie', discriminator: '0', avatar: null, bot: true };
  const guildOf = (channelId: string) => guilds.find((g) => g.channelIds.includes(channelId));
  const channelJson = (channelId: string) => {
    const guild = guildOf(channelId);
    return (
      guild && {
        id: channelId,
        type: 0,
        name: 'general',
        guild_id: guild.id,
        position: 0,
        permission_overwrites: [],
      }
    );
  };
  const attachmentJson = ({
    id: fileId,
    filename,
    size,
    contentType,
    url,
    description,
  }: Snapshot['attachments'][number]) => ({
    id: fileId,
    filename,
    size,
    content_type: contentType,
    url,
    proxy_url: url,
    description,
  });
  const messageJson = (snapshot: Snapshot) => ({
    id: snapshot.id,
    channel_id: snapshot.channelId,
    type: 0,
    author: botUser,
    content: snapshot.content,
    embeds: snapshot.embeds,
    components: snapshot.components,
    attachments: snapshot.attachments.map(attachmentJson),
    flags: snapshot.flags,
    timestamp: new Date(snapshot.at).toISOString(),
    edited_timestamp: null,
    tts: false,
    mention_everyone: false,
    mentions: [],
    mention_roles: [],
    pinned: false,
  });
  const memberJson = (user: User) => ({
    user: userJson(user),
    roles: [],
    joined_at: new Date(0).toISOString(),
    deaf: false,
    mute: false,
    flags: 0,
    permissions: PERMISSIONS,
  });
  const guildJson = (guild: Guild) => ({
    id: guild.id,
    name: guild.name,
    owner_id: users[0]?.id ?? id(),
    unavailable: false,
    member_count: users.length,
    joined_at: new Date(0).toISOString(),
    large: false,
    roles: [{ id: guild.id, name: '@everyone', permissions: PERMISSIONS, position: 0, color: 0, flags: 0 }],
    emojis: [],
    features: [],
    channels: guild.channelIds.map(channelJson),
    members: [],
    presences: [],
    threads: [],
    voice_states: [],
    stage_instances: [],
    guild_scheduled_events: [],
    stickers: [],
    preferred_locale: 'en-US',
  });

  const backend: Backend = {
    token,
    applicationId,
    get gatewayUrl() {
      return `${origin.replace('http', 'ws')}/gateway`;
    },
    origin: () => origin,
    now,
    id,
    invocations,
    commands: [],
    messages: new Map(),
    files: new Map(),
    sizeLimit: (guildId) => guilds.find((g) => g.id === guildId)?.attachmentSizeLimit ?? 10 * 2 ** 20,
    channel: channelJson,
    message: messageJson,
    changed(snapshot, invocation) {
      invocation?.record(snapshot);
      for (const listener of listeners) listener(snapshot, invocation);
    },
  };

  const app = new Hono();
  app.route('/api/v10', restRoutes(backend));
  app.get('/files/:id/:name', (c) => {
    const file = backend.files.get(c.req.param('id'));
    if (!file) return c.notFound();
    return c.body(new Uint8Array(file.bytes), 200, { 'content-type': file.contentType });
  });

  const server = await new Promise<Server>((resolve, reject) => {
    const started = serve(
      { fetch: app.fetch, hostname: '127.0.0.1', port: options.port ?? 0 },
      ({ port }) => {
        origin = `http://127.0.0.1:${port}`;
        resolve(started as Server);
      },
    );
    started.once('error', reject);
  });
  const gateway = new Gateway(server, token, () => ({
    ready: {
      v: 10,
      user: botUser,
      guilds: guilds.map((g) => ({ id: g.id, unavailable: true })),
      session_id: randomUUID(),
      resume_gateway_url: backend.gatewayUrl,
      application: { id: applicationId, flags: 0 },
    },
    guilds: guilds.map(guildJson),
  }));

  function interact(
    type: number,
    { user, guild, data, message }: { user: User; guild: Guild | undefined; data: object; message?: object },
  ): Invocation {
    const channelId = guild?.channelIds[0] ?? id();
    const invocation = new Invocation(id(), randomUUID(), now(), guild?.id, channelId, user);
    invocations.set(invocation.id, invocation);
    gateway.dispatch('INTERACTION_CREATE', {
      id: invocation.id,
      application_id: applicationId,
      type,
      token: invocation.token,
      version: 1,
      channel_id: channelId,
      channel: channelJson(channelId),
      app_permissions: PERMISSIONS,
      locale: 'en-US',
      entitlements: [],
      authorizing_integration_owners: {},
      attachment_size_limit: backend.sizeLimit(guild?.id),
      data,
      ...(message ? { message } : {}),
      ...(guild
        ? { guild_id: guild.id, guild_locale: 'en-US', member: memberJson(user) }
        : { user: userJson(user) }),
    });
    return invocation;
  }

  function commandData({ name, options: given }: CommandCall, focused?: string): object {
    const command = backend.commands.find((c) => c.name === name);
    if (!command) throw new Error(`no command '${name}' is registered`);
    const definitions = (command.options ?? []) as { name: string; type: number }[];
    const attachments: Record<string, object> = {};
    const list = Object.entries(given).map(([option, value]) => {
      const type = definitions.find((d) => d.name === option)?.type ?? OPTION_TYPE.string;
      if (typeof value !== 'object')
        return { name: option, type, value, ...(option === focused ? { focused: true } : {}) };
      const fileId = id();
      const file = {
        id: fileId,
        filename: value.name,
        size: value.bytes.byteLength,
        contentType: value.contentType ?? 'application/octet-stream',
        description: undefined,
        url: `${origin}/files/${fileId}/${encodeURIComponent(value.name)}`,
        bytes: value.bytes,
      };
      backend.files.set(fileId, file);
      attachments[fileId] = attachmentJson(file);
      return { name: option, type: OPTION_TYPE.attachment, value: fileId };
    });
    return { id: command.id, name, type: 1, options: list, resolved: { attachments } };
  }

  const sandbox: Sandbox = {
    url: origin,
    api: `${origin}/api`,
    token,
    guilds,
    users,
    samples: options.samples ?? [],
    registeredCommands: () => backend.commands,
    async untilCommands(timeoutMs = 30_000) {
      const deadline = Date.now() + timeoutMs;
      while (!gateway.connected || backend.commands.length === 0) {
        if (Date.now() > deadline) throw new Error('no bot has connected and registered its commands');
        await new Promise((resolve) => setTimeout(resolve, 25));
      }
    },
    async command(call) {
      const invocation = interact(TYPE.command, {
        user: call.user,
        guild: call.guild,
        data: commandData(call),
      });
      await invocation.answered();
      return invocation;
    },
    async autocomplete(call) {
      const data = commandData(call, call.focused);
      const invocation = interact(TYPE.autocomplete, { user: call.user, guild: call.guild, data });
      await invocation.answered();
      return invocation;
    },
    async component({ message, customId, user, guild }) {
      const data = { custom_id: customId, component_type: 2 };
      const invocation = interact(TYPE.component, { user, guild, data, message: messageJson(message) });
      await invocation.answered();
      return invocation;
    },
    watch(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    addGuild({ name, attachmentSizeLimit = 10 * 2 ** 20 }) {
      const guild = { id: id(), name, channelIds: [id()], attachmentSizeLimit };
      guilds.push(guild);
      if (gateway.connected) gateway.dispatch('GUILD_CREATE', guildJson(guild));
      return guild;
    },
    addUser({ name }) {
      const user = { id: id(), name };
      users.push(user);
      return user;
    },
    dropConnections: () => {
      gateway.dropConnections();
    },
    close: () =>
      new Promise((resolve) => {
        gateway.close();
        server.closeAllConnections();
        server.close(() => {
          resolve();
        });
      }),
  };
  for (const name of ['Atelier', 'Moonlight Gallery', 'Night School']) sandbox.addGuild({ name });
  for (const name of ['Ada', 'Bruno', 'Chiyo']) sandbox.addUser({ name });
  app.route('/', pageRoutes(sandbox));
  return sandbox;
}
