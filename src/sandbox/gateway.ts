/** The gateway: identifies clients, dispatches events to them, and lets them resume a session after a lost connection. */
import {
  GatewayCloseCodes,
  GatewayDispatchEvents,
  GatewayIntentBits,
  GatewayOpcodes,
} from 'discord-api-types/v10';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type RawData, type WebSocket } from 'ws';
import { isObject, toText, type JsonObject } from './json.js';
import type { DiscordState } from './state/discord-state.js';
import { guildPayload, userPayload } from './state/payloads.js';

const HEARTBEAT_INTERVAL_MS = 41_250;
/** Discord's own limit for what a client sends. */
const MAX_PAYLOAD_BYTES = 4096;
/** The newest events of each session, which a resumed session may ask for again. */
const REPLAYED_EVENTS = 500;

const KNOWN_INTENTS = Object.values(GatewayIntentBits).reduce<number>(
  (all, bit) => (typeof bit === 'number' ? all | bit : all),
  0,
);
/** Discord grants these only to applications that have enabled them in the developer portal. */
const PRIVILEGED_INTENTS =
  GatewayIntentBits.GuildMembers | GatewayIntentBits.GuildPresences | GatewayIntentBits.MessageContent;

const CLOSE_REASONS: Readonly<Record<number, string>> = {
  [GatewayCloseCodes.DecodeError]: 'Decode error.',
  [GatewayCloseCodes.AuthenticationFailed]: 'Authentication failed.',
  [GatewayCloseCodes.InvalidShard]: 'Invalid shard.',
  [GatewayCloseCodes.ShardingRequired]: 'Sharding required.',
  [GatewayCloseCodes.InvalidAPIVersion]: 'Invalid API version.',
  [GatewayCloseCodes.InvalidIntents]: 'Invalid intent(s).',
  [GatewayCloseCodes.DisallowedIntents]: 'Disallowed intent(s).',
};

interface Session {
  id: string;
  intents: number;
  shard: Shard;
  sequence: number;
  events: { sequence: number; payload: string }[];
  /** Undefined while the connection is lost. */
  socket: WebSocket | undefined;
}

interface Shard {
  readonly index: number;
  readonly count: number;
}

/** Who receives an event. */
export interface Audience {
  /** Decides the shard. */
  guildId?: string | undefined;
  /** A session needs at least one of these. Interactions need none. */
  intents?: number;
}

export class Gateway {
  private readonly server = new WebSocketServer({ noServer: true, maxPayload: MAX_PAYLOAD_BYTES });
  private readonly sessions = new Map<string, Session>();
  private readonly readyListeners = new Set<() => void>();
  private refusal: number | undefined;
  /** How many sessions were resumed so far. */
  resumes = 0;

  constructor(private readonly state: DiscordState) {
    this.server.on('connection', (socket) => {
      this.accept(socket);
    });
  }

  get address(): string {
    return `${this.state.url.replace('http', 'ws')}/gateway`;
  }

  get connected(): boolean {
    return [...this.sessions.values()].some(({ socket }) => socket !== undefined);
  }

  /** Handles the HTTP server's `upgrade` event. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    if (!/^\/gateway\/?(\?|$)/.test(request.url ?? '')) {
      socket.destroy();
      return;
    }
    this.server.handleUpgrade(request, socket, head, (accepted) => {
      this.server.emit('connection', accepted, request);
    });
  }

  /** Calls the listener whenever a session starts or resumes. Returns how to unsubscribe. */
  onReady(listener: () => void): () => void {
    this.readyListeners.add(listener);
    return () => this.readyListeners.delete(listener);
  }

  dispatch(event: GatewayDispatchEvents, data: JsonObject, audience: Audience = {}): void {
    for (const session of this.sessions.values()) {
      if (audience.intents !== undefined && !(session.intents & audience.intents)) continue;
      if (isOnShard(audience.guildId, session.shard)) this.send(session, event, data);
    }
  }

  /** Cuts every connection without a closing handshake. The sessions can be resumed. */
  dropConnections(): void {
    for (const socket of this.server.clients) socket.terminate();
  }

  /** Ends every session: its client has to identify again. */
  invalidateSessions(): void {
    for (const { socket } of this.sessions.values()) if (socket) sendInvalidSession(socket);
    this.sessions.clear();
  }

  /** Closes every connection with this code and ends its session. */
  closeAll(code: number): void {
    this.sessions.clear();
    for (const socket of this.server.clients) socket.close(code, CLOSE_REASONS[code]);
  }

  /** Closes every connection with this code, and from now on every client that identifies. */
  refuseAll(code: number): void {
    this.refusal = code;
    this.closeAll(code);
  }

  close(): void {
    this.sessions.clear();
    for (const socket of this.server.clients) socket.terminate();
    this.server.close();
  }

  private accept(socket: WebSocket): void {
    let session: Session | undefined;
    socket.on('message', (raw) => {
      const payload = parse(raw);
      if (!payload) {
        closeWith(socket, GatewayCloseCodes.DecodeError);
        return;
      }
      const data = isObject(payload.d) ? payload.d : {};
      if (payload.op === GatewayOpcodes.Heartbeat)
        socket.send(JSON.stringify({ op: GatewayOpcodes.HeartbeatAck }));
      else if (payload.op === GatewayOpcodes.Identify) session = this.identify(socket, data);
      else if (payload.op === GatewayOpcodes.Resume) session = this.resume(socket, data);
    });
    socket.on('close', () => {
      if (session?.socket === socket) session.socket = undefined;
    });
    socket.on('error', () => {
      socket.terminate();
    });
    const hello = { op: GatewayOpcodes.Hello, d: { heartbeat_interval: HEARTBEAT_INTERVAL_MS } };
    socket.send(JSON.stringify(hello));
  }

  private identify(socket: WebSocket, data: JsonObject): Session | undefined {
    if (!this.authenticate(socket, data)) return undefined;
    const [index = 0, count = 1] = Array.isArray(data.shard) ? (data.shard as unknown[]).map(Number) : [];
    const shard: Shard = { index, count };
    const intents = Number(data.intents ?? 0);
    const refusal = this.refusal ?? refusalOf(intents, shard);
    if (refusal !== undefined) {
      closeWith(socket, refusal);
      return undefined;
    }
    // A client that identifies again will not resume the session that it has lost.
    for (const old of this.sessions.values())
      if (!old.socket && old.shard.index === shard.index) this.sessions.delete(old.id);
    const id = crypto.randomUUID().replaceAll('-', '');
    const session: Session = { id, intents, shard, sequence: 0, events: [], socket };
    this.sessions.set(id, session);
    const guilds = this.state.joinedGuilds.filter((guild) => isOnShard(guild.id, shard));
    this.send(session, GatewayDispatchEvents.Ready, {
      v: 10,
      user: userPayload(this.state.bot),
      guilds: guilds.map((guild) => ({ id: guild.id, unavailable: true })),
      session_id: id,
      resume_gateway_url: this.address,
      shard: [index, count],
      application: { id: this.state.applicationId, flags: 0 },
    });
    if (intents & GatewayIntentBits.Guilds)
      for (const guild of guilds)
        this.send(session, GatewayDispatchEvents.GuildCreate, guildPayload(guild, this.state));
    for (const listener of [...this.readyListeners]) listener();
    return session;
  }

  private resume(socket: WebSocket, data: JsonObject): Session | undefined {
    if (!this.authenticate(socket, data)) return undefined;
    const session = this.sessions.get(toText(data.session_id));
    const received = Number(data.seq ?? 0);
    const oldest = session?.events[0]?.sequence ?? 0;
    if (!session || oldest > received + 1) {
      sendInvalidSession(socket);
      return undefined;
    }
    session.socket = socket;
    for (const { sequence, payload } of session.events) if (sequence > received) socket.send(payload);
    this.send(session, GatewayDispatchEvents.Resumed, {});
    this.resumes += 1;
    for (const listener of [...this.readyListeners]) listener();
    return session;
  }

  private authenticate(socket: WebSocket, data: JsonObject): boolean {
    if (toText(data.token).replace(/^Bot /, '') === this.state.token) return true;
    closeWith(socket, GatewayCloseCodes.AuthenticationFailed);
    return false;
  }

  private send(session: Session, event: GatewayDispatchEvents, data: JsonObject): void {
    const sequence = ++session.sequence;
    const payload = JSON.stringify({ op: GatewayOpcodes.Dispatch, t: event, s: sequence, d: data });
    session.events.push({ sequence, payload });
    if (session.events.length > REPLAYED_EVENTS) session.events.shift();
    session.socket?.send(payload);
  }
}

function closeWith(socket: WebSocket, code: number): void {
  socket.close(code, CLOSE_REASONS[code]);
}

/** `false`: the session cannot be resumed. */
function sendInvalidSession(socket: WebSocket): void {
  socket.send(JSON.stringify({ op: GatewayOpcodes.InvalidSession, d: false }));
}

function refusalOf(intents: number, { index, count }: Shard): GatewayCloseCodes | undefined {
  if (!Number.isInteger(intents) || intents < 0 || intents & ~KNOWN_INTENTS)
    return GatewayCloseCodes.InvalidIntents;
  if (intents & PRIVILEGED_INTENTS) return GatewayCloseCodes.DisallowedIntents;
  const isValid = Number.isSafeInteger(count) && Number.isSafeInteger(index) && index >= 0 && index < count;
  return isValid ? undefined : GatewayCloseCodes.InvalidShard;
}

/** What concerns no guild, such as direct messages, goes to shard 0. */
function isOnShard(guildId: string | undefined, { index, count }: Shard): boolean {
  return index === (guildId === undefined ? 0 : Number((BigInt(guildId) >> 22n) % BigInt(count)));
}

function parse(raw: RawData): JsonObject | undefined {
  try {
    const bytes = Array.isArray(raw) ? Buffer.concat(raw) : Buffer.from(raw as Buffer);
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
