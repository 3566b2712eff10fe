import { createAdaptorServer } from '@hono/node-server';
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Hono } from 'hono';
import type { HttpBindings } from '@hono/node-server';
import { Faults, type Fault } from './faults.js';
import { fileRoutes } from './file-routes.js';
import { Gateway } from './gateway.js';
import { Interactions } from './interactions.js';
import type { Choice, Invocation } from './invocation.js';
import { EPHEMERAL, Messages, type Change, type Message } from './messages.js';
import { pageRoutes, type Sample } from './page-routes.js';
import { problems } from './problem.js';
import { Reactions } from './reactions.js';
import type { Download, LoggedRequest, Parts } from './parts.js';
import { restApp } from './rest.js';
import { Sender, type CommandCall, type Place, type Posting } from './sender.js';
import type { Json } from './wire.js';
import {
  World,
  type Channel,
  type NewChannel,
  type NewGuild,
  type SandboxGuild,
  type SandboxUser,
} from './world.js';

export interface SandboxOptions {
  /** 0 or nothing: any free port. */
  port?: number;
  now?: () => number;
  token?: string;
  /** Pictures the page offers beside uploads. */
  samples?: readonly Sample[];
}

/** A Discord of one's own, on the loopback address only. */
export interface Sandbox {
  readonly url: string;
  /** For `new Client({ rest: { api } })`. */
  readonly api: string;
  readonly token: string;
  readonly applicationId: string;
  readonly guilds: readonly SandboxGuild[];
  /** People, without the bot. */
  readonly users: readonly SandboxUser[];
  readonly requests: readonly LoggedRequest[];
  /** Files that were asked for. */
  readonly downloads: readonly Download[];
  /** Gateway sessions taken up again so far. */
  readonly resumes: number;
  addGuild(of: NewGuild): SandboxGuild;
  addUser(of: { name: string; bot?: boolean; moderator?: boolean; closed?: boolean }): SandboxUser;
  addChannel(of: NewChannel): Channel;
  addThread(of: { channel: string; name: string }): Channel;
  /** A conversation of people, where the app is only what one of them has installed. */
  addGroup(of: { name: string }): Channel;
  archive(thread: string): void;
  /** From now on the bot may do no more than this in the channel and its threads. */
  permit(channel: string, permissions: bigint): void;
  registeredCommands(): unknown[];
  /** Resolves when the bot has registered commands and is connected to the gateway. */
  untilCommands(timeoutMs?: number): Promise<void>;
  /** Posts a message as a person would; its id. */
  post(message: Posting): string;
  command(call: CommandCall): Promise<Invocation>;
  contextCommand(call: Place & { name: string; target: string }): Promise<Invocation>;
  autocomplete(call: CommandCall & { focused: string }): Promise<Choice[]>;
  component(call: Parameters<Sender['component']>[0]): Promise<Invocation>;
  modal(call: Parameters<Sender['modal']>[0]): Promise<Invocation>;
  react(of: { message: string; emoji: string; user?: string; remove?: boolean }): void;
  /** Deletes a message as a person would. */
  deleteMessage(id: string): void;
  /** The messages of a channel as people see them. */
  messages(channelId: string): unknown[];
  fault(fault: Fault): void;
  /** Forgets the faults that have not come yet. */
  clearFaults(): void;
  /** From now on this share of all requests, 0 to 1, fails in one way or another. */
  unrest(share: number): void;
  dropConnections(): void;
  /** Ends every gateway session: op 9, not resumable. */
  invalidateSessions(): void;
  /** From now on the gateway closes with this code, also for whoever identifies anew. */
  closeGateway(code: number): void;
  /** Deletes a channel with its messages, as a moderator would. */
  deleteChannel(id: string): void;
  /** Puts the bot out of a guild. */
  expel(guildId: string): void;
  /** Resets the bot's token: the gateway closes with 4004, requests are answered with 401. */
  revokeToken(): void;
  close(): Promise<void>;
}

const INTENT_GUILD_MESSAGES = 1 << 9;
const INTENT_DIRECT_MESSAGES = 1 << 12;

export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const now = options.now ?? Date.now;
  const world = new World(now, options.token ?? 'sandbox.bot.token');
  for (const name of ['Atelier', 'Moonlight Gallery', 'Night School']) world.addGuild({ name });
  for (const name of ['Ines', 'Marlow', 'Yuki']) world.addUser({ name, moderator: name === 'Ines' });

  const messages = new Messages(world);
  const interactions = new Interactions(world, messages);
  const gateway = new Gateway(world);
  const reactions = new Reactions(world, messages, gateway);
  const sender = new Sender(world, messages, interactions, gateway);
  const faults = new Faults();
  const requests: LoggedRequest[] = [];
  const downloads: Download[] = [];
  const parts: Parts = { world, messages, interactions, gateway, reactions, faults, requests, downloads };
  messages.onChange((change, message) => {
    announce(gateway, messages, change, message);
  });

  const app = new Hono<{ Bindings: HttpBindings }>();
  app.route('/api/v10', restApp(parts));
  fileRoutes(app, parts);
  pageRoutes(app, { ...parts, sender, samples: options.samples ?? [] });

  const server = createAdaptorServer({ fetch: app.fetch }) as Server;
  server.on('upgrade', gateway.upgrade.bind(gateway));
  server.listen(options.port ?? 0, '127.0.0.1');
  await once(server, 'listening');
  world.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  const tell = (event: string, channel: Channel): void => {
    const { guildId } = channel;
    gateway.dispatch(event, world.channelPayload(channel), { guildId, intents: 1 });
  };
  const people = (): SandboxUser[] => [...world.users.values()].filter(({ bot }) => !bot);
  return {
    url: world.url,
    api: `${world.url}/api`,
    get token() {
      return world.token;
    },
    applicationId: world.applicationId,
    requests,
    downloads,
    get guilds() {
      return [...world.guilds.values()];
    },
    get users() {
      return people();
    },
    get resumes() {
      return gateway.resumes;
    },
    addGuild(of) {
      const guild = world.addGuild(of);
      if (guild.installed)
        gateway.dispatch('GUILD_CREATE', world.guildPayload(guild), { guildId: guild.id, intents: 1 });
      return guild;
    },
    addUser: (of) => world.addUser(of),
    addChannel(of) {
      const channel = world.addChannel(of);
      tell('CHANNEL_CREATE', channel);
      return channel;
    },
    addThread(of) {
      const thread = world.addThread(of);
      tell('THREAD_CREATE', thread);
      return thread;
    },
    addGroup: (of) => world.addGroup(of),
    archive(id) {
      const thread = world.channels.get(id);
      if (!thread) throw problems.unknownChannel();
      thread.archived = true;
      tell('THREAD_UPDATE', thread);
    },
    permit(id, permissions) {
      const channel = world.channels.get(id);
      if (!channel) throw problems.unknownChannel();
      channel.botPermissions = permissions;
    },
    registeredCommands: () => world.allCommands(),
    untilCommands: (timeoutMs = 15_000) => untilCommands(world, gateway, timeoutMs),
    post: (message) => sender.post(message),
    // Refusals of the sender (no such command) are rejections, not exceptions.
    command: async (call) => Promise.resolve(sender.command(call)),
    contextCommand: async (call) => Promise.resolve(sender.contextCommand(call)),
    autocomplete: (call) => sender.autocomplete(call),
    component: async (call) => Promise.resolve(sender.component(call)),
    modal: async (call) => Promise.resolve(sender.modal(call)),
    react({ message, emoji, user, remove }) {
      const who = user ?? people()[0]?.id ?? '';
      reactions[remove ? 'remove' : 'add'](messages.get(message), emoji, who);
    },
    deleteMessage(id) {
      messages.delete(messages.get(id));
    },
    messages: (channelId) => messages.in(channelId).map((message) => messages.seen(message)),
    fault(fault) {
      faults.add(fault);
    },
    clearFaults() {
      faults.clear();
    },
    unrest(share) {
      faults.unrest = share;
    },
    dropConnections() {
      gateway.dropConnections();
    },
    invalidateSessions() {
      gateway.invalidateSessions();
    },
    closeGateway(code) {
      gateway.refuse(code);
    },
    deleteChannel(id) {
      for (const message of messages.in(id)) messages.delete(message);
      tell('CHANNEL_DELETE', world.deleteChannel(id));
    },
    expel(guildId) {
      world.expel(guildId);
      gateway.dispatch('GUILD_DELETE', { id: guildId }, { guildId, intents: 1 });
    },
    revokeToken() {
      world.token = crypto.randomUUID();
      gateway.shutOut();
    },
    async close() {
      gateway.close();
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function announce(gateway: Gateway, messages: Messages, change: Change, message: Message): void {
  if (message.flags & EPHEMERAL) return;
  const { guildId, id: channelId } = message.channel;
  const place = guildId ? { guild_id: guildId } : {};
  const data: Json =
    change === 'delete'
      ? { id: message.id, channel_id: channelId, ...place }
      : { ...messages.withoutContent(message), ...place };
  const intents = guildId ? INTENT_GUILD_MESSAGES : INTENT_DIRECT_MESSAGES;
  gateway.dispatch(`MESSAGE_${change.toUpperCase()}`, data, { guildId, intents });
}

function untilCommands(world: World, gateway: Gateway, timeoutMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const look = (): void => {
      if (world.allCommands().length === 0 || !gateway.connected) return;
      stop();
      resolve();
    };
    const offReady = gateway.onReady(look);
    const offCommands = world.onCommands(look);
    const timer = setTimeout(() => {
      stop();
      reject(new Error(`No bot with commands was connected within ${timeoutMs} ms`));
    }, timeoutMs);
    const stop = (): void => {
      clearTimeout(timer);
      offReady();
      offCommands();
    };
    look();
  });
}
