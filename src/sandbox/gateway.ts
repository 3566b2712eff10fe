import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type RawData, type WebSocket } from 'ws';
import { isRecord, text, type Json } from './wire.js';
import type { World } from './world.js';

const HEARTBEAT_MS = 41_250;
const INTENT_GUILDS = 1;
const KEPT_EVENTS = 500;

const INTENTS_KNOWN = (1 << 17) - 1 + (1 << 20) + (1 << 21) + (1 << 24) + (1 << 25);
/** Members, presences and message contents: only for who has turned them on in the developer portal. */
const INTENTS_PRIVILEGED = (1 << 1) | (1 << 8) | (1 << 15);

/** After these a client must not come back as it is. */
const CLOSE_REASONS: Readonly<Record<number, string>> = {
  4004: 'Authentication failed.',
  4010: 'Invalid shard.',
  4011: 'Sharding required.',
  4012: 'Invalid API version.',
  4013: 'Invalid intent(s).',
  4014: 'Disallowed intent(s).',
};

interface Session {
  id: string;
  intents: number;
  shard: readonly [number, number];
  sequence: number;
  events: { s: number; frame: string }[];
  socket: WebSocket | undefined;
}

/** For whom an event is: the guild decides the shard, the intent whether a session hears of it at all. */
export interface Audience {
  guildId?: string | undefined;
  /** Bits of which a session needs at least one; none for interactions, which need no intent. */
  intents?: number;
}

/** The gateway: identifies, keeps sessions through lost sockets, and replays what they missed. */
export class Gateway {
  private readonly server = new WebSocketServer({ noServer: true });
  private readonly sessions = new Map<string, Session>();
  private readonly readyListeners = new Set<() => void>();
  private refusal: number | undefined;
  /** How often a session was taken up again after its socket was lost. */
  resumes = 0;

  constructor(private readonly world: World) {
    this.server.on('connection', (socket) => {
      this.greet(socket);
    });
  }

  get address(): string {
    return `${this.world.url.replace('http', 'ws')}/gateway`;
  }

  get connected(): boolean {
    return [...this.sessions.values()].some(({ socket }) => socket !== undefined);
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    if (!/^\/gateway\/?(\?|$)/.test(request.url ?? '')) {
      socket.destroy();
      return;
    }
    this.server.handleUpgrade(request, socket, head, (accepted) => {
      this.server.emit('connection', accepted, request);
    });
  }

  onReady(listener: () => void): () => void {
    this.readyListeners.add(listener);
    return () => this.readyListeners.delete(listener);
  }

  dispatch(event: string, data: Json, audience: Audience = {}): void {
    for (const session of this.sessions.values()) {
      if (audience.intents !== undefined && !(session.intents & audience.intents)) continue;
      if (shardOf(audience.guildId, session.shard[1]) === session.shard[0]) this.send(session, event, data);
    }
  }

  /** Cuts every socket without a goodbye; the sessions stay and may be resumed. */
  dropConnections(): void {
    for (const socket of this.server.clients) socket.terminate();
  }

  /** Tells every session that it is none any more: whoever wants to go on has to identify anew. */
  invalidateSessions(): void {
    for (const { socket } of this.sessions.values()) socket?.send(JSON.stringify({ op: 9, d: false }));
    this.sessions.clear();
  }

  /** Shows everybody the door, as Discord does when a token is reset. */
  shutOut(): void {
    this.closeAll(4004);
  }

  /** From now on every session is closed with this code, and whoever identifies anew as well. */
  refuse(code: number): void {
    this.refusal = code;
    this.closeAll(code);
  }

  close(): void {
    this.sessions.clear();
    for (const socket of this.server.clients) socket.terminate();
    this.server.close();
  }

  private greet(socket: WebSocket): void {
    let session: Session | undefined;
    socket.on('message', (raw) => {
      const frame = parse(raw);
      if (!frame) {
        socket.close(4002, 'Decode error.');
        return;
      }
      const data = isRecord(frame.d) ? frame.d : {};
      if (frame.op === 1) socket.send(JSON.stringify({ op: 11 }));
      else if (frame.op === 2) session = this.identify(socket, data);
      else if (frame.op === 6) session = this.resume(socket, data);
    });
    socket.on('close', () => {
      if (session?.socket === socket) session.socket = undefined;
    });
    socket.on('error', () => {
      socket.terminate();
    });
    socket.send(JSON.stringify({ op: 10, d: { heartbeat_interval: HEARTBEAT_MS } }));
  }

  private identify(socket: WebSocket, data: Json): Session | undefined {
    if (!this.checkToken(socket, data)) return undefined;
    const [index, count] = Array.isArray(data.shard) ? (data.shard as unknown[]).map(Number) : [];
    const shard = [index ?? 0, count ?? 1] as const;
    const refusal = this.refusal ?? refusalOf(Number(data.intents ?? 0), shard);
    if (refusal !== undefined) {
      socket.close(refusal, CLOSE_REASONS[refusal]);
      return undefined;
    }
    // Whoever identifies anew will not come back for the session that was lost.
    for (const old of this.sessions.values())
      if (!old.socket && old.shard[0] === shard[0]) this.sessions.delete(old.id);
    const id = crypto.randomUUID().replaceAll('-', '');
    const session: Session = {
      id,
      intents: Number(data.intents ?? 0),
      shard,
      sequence: 0,
      events: [],
      socket,
    };
    this.sessions.set(id, session);
    const guilds = this.world.homes.filter((guild) => shardOf(guild.id, shard[1]) === shard[0]);
    this.send(session, 'READY', {
      v: 10,
      user: this.world.userPayload(this.world.bot),
      guilds: guilds.map((guild) => ({ id: guild.id, unavailable: true })),
      session_id: id,
      resume_gateway_url: this.address,
      shard: [...shard],
      application: { id: this.world.applicationId, flags: 0 },
    });
    if (session.intents & INTENT_GUILDS)
      for (const guild of guilds) this.send(session, 'GUILD_CREATE', this.world.guildPayload(guild));
    for (const listener of [...this.readyListeners]) listener();
    return session;
  }

  private resume(socket: WebSocket, data: Json): Session | undefined {
    if (!this.checkToken(socket, data)) return undefined;
    const session = this.sessions.get(text(data.session_id));
    const seen = Number(data.seq ?? 0);
    const oldest = session?.events[0]?.s ?? 0;
    if (!session || oldest > seen + 1) {
      socket.send(JSON.stringify({ op: 9, d: false }));
      return undefined;
    }
    session.socket = socket;
    for (const { s, frame } of session.events) if (s > seen) socket.send(frame);
    this.send(session, 'RESUMED', {});
    this.resumes += 1;
    for (const listener of [...this.readyListeners]) listener();
    return session;
  }

  private checkToken(socket: WebSocket, data: Json): boolean {
    if (text(data.token).replace(/^Bot /, '') === this.world.token) return true;
    socket.close(4004, CLOSE_REASONS[4004]);
    return false;
  }

  private closeAll(code: number): void {
    this.sessions.clear();
    for (const socket of this.server.clients) socket.close(code, CLOSE_REASONS[code]);
  }

  private send(session: Session, event: string, data: Json): void {
    const s = ++session.sequence;
    const frame = JSON.stringify({ op: 0, t: event, s, d: data });
    session.events.push({ s, frame });
    if (session.events.length > KEPT_EVENTS) session.events.shift();
    session.socket?.send(frame);
  }
}

function refusalOf(intents: number, [index, count]: readonly [number, number]): number | undefined {
  if (!Number.isInteger(intents) || intents < 0 || intents & ~INTENTS_KNOWN) return 4013;
  if (intents & INTENTS_PRIVILEGED) return 4014;
  return index >= 0 && index < count ? undefined : 4010;
}

/** Direct messages go to shard 0. */
function shardOf(guildId: string | undefined, count: number): number {
  return guildId === undefined ? 0 : Number((BigInt(guildId) >> 22n) % BigInt(count));
}

function parse(raw: RawData): Json | undefined {
  try {
    const bytes = Array.isArray(raw) ? Buffer.concat(raw) : Buffer.from(raw as Buffer);
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
