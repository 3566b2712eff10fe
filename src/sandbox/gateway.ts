/** The gateway, version 10: hello, identify, resume, heartbeats and dispatches. */
import type { Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';

const OPCODE = { dispatch: 0, heartbeat: 1, identify: 2, resume: 6, invalidSession: 9, hello: 10, ack: 11 };

export class Gateway {
  readonly #server = new WebSocketServer({ noServer: true });
  readonly #ready = new Set<WebSocket>();
  readonly #sent: { t: string; s: number; d: unknown }[] = [];
  #sequence = 0;

  constructor(
    http: Server,
    private readonly token: string,
    /** The READY event's data, and what follows it. */
    private readonly welcome: () => { ready: object; guilds: readonly object[] },
  ) {
    http.on('upgrade', (request, socket: Duplex, head) => {
      if (!request.url?.startsWith('/gateway')) {
        socket.destroy();
        return;
      }
      this.#server.handleUpgrade(request, socket, head, (client) => {
        this.#greet(client);
      });
    });
  }

  get connected(): boolean {
    return this.#ready.size > 0;
  }

  dispatch(event: string, data: unknown): void {
    const packet = this.#packet(event, data);
    for (const client of this.#ready) client.send(packet);
  }

  dropConnections(): void {
    for (const client of this.#server.clients) client.terminate();
  }

  close(): void {
    this.dropConnections();
    this.#server.close();
  }

  #packet(t: string, d: unknown): string {
    const entry = { op: OPCODE.dispatch, t, s: ++this.#sequence, d };
    this.#sent.push(entry);
    if (this.#sent.length > 500) this.#sent.shift();
    return JSON.stringify(entry);
  }

  #greet(client: WebSocket): void {
    client.on('close', () => this.#ready.delete(client));
    client.on('error', () => {
      client.terminate();
    });
    client.on('message', (raw: Buffer) => {
      this.#receive(client, JSON.parse(raw.toString()) as { op: number; d: Record<string, unknown> | null });
    });
    client.send(JSON.stringify({ op: OPCODE.hello, d: { heartbeat_interval: 41_250 } }));
  }

  #receive(client: WebSocket, { op, d }: { op: number; d: Record<string, unknown> | null }): void {
    if (op === OPCODE.heartbeat) client.send(JSON.stringify({ op: OPCODE.ack }));
    if (op !== OPCODE.identify && op !== OPCODE.resume) return;
    if (d?.token !== this.token) {
      client.close(4004, 'Authentication failed.');
      return;
    }
    this.#ready.add(client);
    if (op === OPCODE.resume) {
      const seen = Number(d.seq);
      for (const entry of this.#sent) if (entry.s > seen) client.send(JSON.stringify(entry));
      client.send(this.#packet('RESUMED', {}));
      return;
    }
    const { ready, guilds } = this.welcome();
    client.send(this.#packet('READY', ready));
    for (const guild of guilds) client.send(this.#packet('GUILD_CREATE', guild));
  }
}
