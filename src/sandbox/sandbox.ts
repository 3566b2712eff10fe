/** Starts the mock Discord on the loopback address, and controls it. */
import { createAdaptorServer, type HttpBindings } from '@hono/node-server';
import {
  GatewayCloseCodes,
  GatewayDispatchEvents,
  GatewayIntentBits,
  MessageFlags,
} from 'discord-api-types/v10';
import { Hono } from 'hono';
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { cdnRoutes, type Download } from './cdn.js';
import { Faults, type Fault } from './faults.js';
import { Gateway } from './gateway.js';
import type { JsonObject } from './json.js';
import {
  MemberActions,
  type CommandCall,
  type ComponentCall,
  type ContextCommandCall,
  type ModalCall,
  type NewMessage,
} from './members/member-actions.js';
import { pageServer, type Sample } from './page-server.js';
import { restApi, type LoggedRequest } from './rest/rest-api.js';
import {
  DiscordState,
  type Channel,
  type NewChannel,
  type NewGuild,
  type NewUser,
  type SandboxGuild,
  type SandboxUser,
} from './state/discord-state.js';
import { Interactions } from './state/interactions.js';
import type { Choice, Invocation } from './state/invocation.js';
import type { Message } from './state/message.js';
import { fullPayload, payloadWithoutContent } from './state/message-payloads.js';
import { MessageStore, type Change } from './state/messages.js';
import { channelPayload, guildPayload } from './state/payloads.js';
import { Reactions } from './state/reactions.js';

export interface SandboxOptions {
  /** Any free port by default. */
  port?: number;
  /** The clock that deadlines and expiry follow. */
  now?: () => number;
  token?: string;
  /** Pictures that the page offers as an alternative to uploads. */
  samples?: readonly Sample[];
}

export interface Sandbox {
  readonly url: string;
  /** For `new Client({ rest: { api } })`. */
  readonly api: string;
  readonly token: string;
  readonly applicationId: string;
  readonly guilds: readonly SandboxGuild[];
  /** All users but bots. */
  readonly users: readonly SandboxUser[];
  /** Every request to the REST API so far. */
  readonly requests: readonly LoggedRequest[];
  /** Every download of a file so far. */
  readonly downloads: readonly Download[];
  /** How many gateway sessions were resumed so far. */
  readonly resumes: number;

  addGuild(of: NewGuild): SandboxGuild;
  addUser(of: NewUser): SandboxUser;
  addChannel(of: NewChannel): Channel;
  addThread(of: { channel: string; name: string }): Channel;
  /** Adds a group of users, who use the bot as an app that one of them has installed. */
  addGroupDm(of: { name: string }): Channel;
  archiveThread(thread: string): void;
  /** Deletes a channel and its messages. */
  deleteChannel(id: string): void;
  /** Limits the bot to these permissions in a channel and its threads. */
  limitPermissions(channel: string, permissions: bigint): void;
  /** Removes the bot from a guild. */
  removeBot(guildId: string): void;

  registeredCommands(): unknown[];
  /** Resolves when the bot has registered commands and is connected to the gateway. */
  untilCommands(timeoutMs?: number): Promise<void>;

  /** Posts a message as a user, or as another bot. Returns its id. */
  post(message: NewMessage): string;
  /** Uses a slash command. */
  command(call: CommandCall): Promise<Invocation>;
  /** Uses a command of the context menu of a message or a user. */
  contextCommand(call: ContextCommandCall): Promise<Invocation>;
  /** The bot's suggestions for one option while it is typed. */
  autocomplete(call: CommandCall & { focused: string }): Promise<Choice[]>;
  /** Presses a button or chooses from a select. */
  component(call: ComponentCall): Promise<Invocation>;
  /** Submits a modal that the bot has shown. */
  modal(call: ModalCall): Promise<Invocation>;
  /** Adds or removes a reaction of a user; of the first one by default. */
  react(of: { message: string; emoji: string; user?: string; remove?: boolean }): void;
  deleteMessage(id: string): void;
  /** The payloads of a channel's messages, with all their content. */
  messages(channelId: string): unknown[];

  /** Orders a failure. */
  fault(fault: Fault): void;
  /** Cancels all ordered failures that have not happened yet. */
  clearFaults(): void;
  /** Makes this share of all requests, 0 to 1, fail at random. */
  failAtRandom(share: number): void;
  /** Cuts every gateway connection. The sessions can be resumed. */
  dropConnections(): void;
  /** Ends every gateway session: the bot has to identify again. */
  invalidateSessions(): void;
  /** Closes every gateway connection with this code, and from now on every client that identifies. */
  closeGateway(code: number): void;
  /** Replaces the bot's token: the gateway closes with 4004, and requests are answered with 401. */
  revokeToken(): void;
  close(): Promise<void>;
}

export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const state = new DiscordState(options.now ?? Date.now, options.token ?? 'sandbox.bot.token');
  for (const name of ['Atelier', 'Moonlight Gallery', 'Night School']) state.addGuild({ name });
  for (const name of ['Ines', 'Marlow', 'Yuki']) state.addUser({ name, moderator: name === 'Ines' });

  const messages = new MessageStore(state);
  const interactions = new Interactions(state, messages);
  const gateway = new Gateway(state);
  const reactions = new Reactions(state, messages, gateway);
  const members = new MemberActions(state, messages, interactions, gateway);
  const faults = new Faults();
  const requests: LoggedRequest[] = [];
  const downloads: Download[] = [];
  messages.onChange((change, message) => {
    announceMessage(gateway, state, change, message);
  });

  const app = new Hono<{ Bindings: HttpBindings }>();
  app.route('/api/v10', restApi({ state, messages, reactions, interactions, gateway, faults, requests }));
  cdnRoutes(app, { attachments: state.attachments, faults, downloads });
  const samples = options.samples ?? [];
  app.route('/', pageServer({ state, messages, reactions, interactions, gateway, members, samples }));

  const server = createAdaptorServer({ fetch: app.fetch }) as Server;
  server.on('upgrade', gateway.upgrade.bind(gateway));
  server.listen(options.port ?? 0, '127.0.0.1');
  await once(server, 'listening');
  state.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  return {
    url: state.url,
    api: `${state.url}/api`,
    get token() {
      return state.token;
    },
    applicationId: state.applicationId,
    requests,
    downloads,
    get guilds() {
      return [...state.guilds.values()];
    },
    get users() {
      return state.members;
    },
    get resumes() {
      return gateway.resumes;
    },
    ...placeControls(state, messages, gateway),
    registeredCommands: () => state.allCommands(),
    untilCommands: (timeoutMs = 15_000) => untilCommands(state, gateway, timeoutMs),
    post: (message) => members.post(message),
    // `async`: an impossible call, such as an unknown command, rejects instead of throwing.
    command: async (call) => Promise.resolve(members.command(call)),
    contextCommand: async (call) => Promise.resolve(members.contextCommand(call)),
    autocomplete: (call) => members.autocomplete(call),
    component: async (call) => Promise.resolve(members.component(call)),
    modal: async (call) => Promise.resolve(members.modal(call)),
    react({ message, emoji, user = state.members[0]?.id ?? '', remove }) {
      reactions[remove ? 'remove' : 'add'](messages.get(message), emoji, user);
    },
    deleteMessage(id) {
      messages.delete(messages.get(id));
    },
    messages: (channelId) => messages.inChannel(channelId).map((message) => fullPayload(message, state)),
    fault(fault) {
      faults.add(fault);
    },
    clearFaults() {
      faults.clear();
    },
    failAtRandom(share) {
      faults.randomShare = share;
    },
    dropConnections() {
      gateway.dropConnections();
    },
    invalidateSessions() {
      gateway.invalidateSessions();
    },
    closeGateway(code) {
      gateway.refuseAll(code);
    },
    revokeToken() {
      state.token = crypto.randomUUID();
      gateway.closeAll(GatewayCloseCodes.AuthenticationFailed);
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

type PlaceControls = Pick<
  Sandbox,
  | 'addGuild'
  | 'addUser'
  | 'addChannel'
  | 'addThread'
  | 'addGroupDm'
  | 'archiveThread'
  | 'deleteChannel'
  | 'limitPermissions'
  | 'removeBot'
>;

/** Changes of users, guilds and channels, which are announced on the gateway. */
function placeControls(state: DiscordState, messages: MessageStore, gateway: Gateway): PlaceControls {
  const announce = (event: GatewayDispatchEvents, guildId: string | undefined, data: JsonObject): void => {
    gateway.dispatch(event, data, { guildId, intents: GatewayIntentBits.Guilds });
  };
  const announceChannel = (event: GatewayDispatchEvents, channel: Channel): Channel => {
    announce(event, channel.guildId, channelPayload(channel, state));
    return channel;
  };
  return {
    addGuild(of) {
      const guild = state.addGuild(of);
      if (guild.installed) announce(GatewayDispatchEvents.GuildCreate, guild.id, guildPayload(guild, state));
      return guild;
    },
    addUser: (of) => state.addUser(of),
    addChannel: (of) => announceChannel(GatewayDispatchEvents.ChannelCreate, state.addChannel(of)),
    addThread: (of) => announceChannel(GatewayDispatchEvents.ThreadCreate, state.addThread(of)),
    addGroupDm: (of) => state.addGroupDm(of),
    archiveThread(id) {
      const thread = state.channel(id);
      thread.archived = true;
      announceChannel(GatewayDispatchEvents.ThreadUpdate, thread);
    },
    deleteChannel(id) {
      for (const message of messages.inChannel(id)) messages.delete(message);
      announceChannel(GatewayDispatchEvents.ChannelDelete, state.deleteChannel(id));
    },
    limitPermissions(id, permissions) {
      state.channel(id).botPermissions = permissions;
    },
    removeBot(guildId) {
      state.removeBot(guildId);
      announce(GatewayDispatchEvents.GuildDelete, guildId, { id: guildId });
    },
  };
}

const MESSAGE_EVENTS: Readonly<Record<Change, GatewayDispatchEvents>> = {
  create: GatewayDispatchEvents.MessageCreate,
  update: GatewayDispatchEvents.MessageUpdate,
  delete: GatewayDispatchEvents.MessageDelete,
};

function announceMessage(gateway: Gateway, state: DiscordState, change: Change, message: Message): void {
  if (message.flags & MessageFlags.Ephemeral) return;
  const { guildId, id: channelId } = message.channel;
  const guild = guildId ? { guild_id: guildId } : {};
  const data =
    change === 'delete' ? { id: message.id, channel_id: channelId } : payloadWithoutContent(message, state);
  const intents = guildId ? GatewayIntentBits.GuildMessages : GatewayIntentBits.DirectMessages;
  gateway.dispatch(MESSAGE_EVENTS[change], { ...data, ...guild }, { guildId, intents });
}

function untilCommands(state: DiscordState, gateway: Gateway, timeoutMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const check = (): void => {
      if (state.allCommands().length === 0 || !gateway.connected) return;
      stop();
      resolve();
    };
    const unsubscribe = [gateway.onReady(check), state.onCommands(check)];
    const timer = setTimeout(() => {
      stop();
      reject(new Error(`No bot has connected and registered commands within ${timeoutMs} ms`));
    }, timeoutMs);
    const stop = (): void => {
      clearTimeout(timer);
      for (const off of unsubscribe) off();
    };
    check();
  });
}
