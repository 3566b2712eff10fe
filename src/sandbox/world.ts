/** What the loopback Discord knows: guilds, people, messages, interactions. */
export interface SandboxFile {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly contentType?: string;
}

export interface StoredAttachment {
  readonly id: string;
  readonly filename: string;
  readonly size: number;
  readonly contentType: string;
  readonly description: string | undefined;
  readonly url: string;
  readonly bytes: Uint8Array;
}

/** One state that a message had. */
export interface Snapshot {
  readonly at: number;
  readonly id: string;
  readonly channelId: string;
  readonly content: string;
  readonly embeds: readonly unknown[];
  readonly components: readonly unknown[];
  readonly flags: number;
  readonly attachments: readonly StoredAttachment[];
  readonly deleted: boolean;
}

export interface User {
  readonly id: string;
  readonly name: string;
}

export interface Guild {
  readonly id: string;
  readonly name: string;
  readonly channelIds: readonly string[];
  readonly attachmentSizeLimit: number;
}

const EPOCH = 1420070400000n;

/** Ids as Discord makes them: milliseconds since 2015 and a counter. */
export function snowflakes(): () => string {
  let count = 0n;
  return () => (((BigInt(Date.now()) - EPOCH) << 22n) | (count++ & 0xfffn)).toString();
}

/** Waits for states of one message and remembers them all. */
export class Invocation {
  readonly history: Snapshot[] = [];
  answeredAfterMs: number | undefined;
  answerType: number | undefined;
  choices: readonly { name: string; value: string | number }[] | undefined;
  readonly #waiting = new Set<() => void>();

  constructor(
    readonly id: string,
    readonly token: string,
    readonly begun: number,
    readonly guildId: string | undefined,
    readonly channelId: string,
    readonly user: User,
  ) {}

  latest(): Snapshot | undefined {
    return this.history.at(-1);
  }

  record(snapshot: Snapshot): void {
    this.history.push(snapshot);
    this.wake();
  }

  wake(): void {
    for (const wake of [...this.#waiting]) wake();
  }

  /** Resolves with the first recorded state that satisfies the predicate, past ones included. */
  until(predicate: (snapshot: Snapshot) => boolean, timeoutMs = 30_000): Promise<Snapshot> {
    return this.#watch(() => this.history.find(predicate), timeoutMs);
  }

  /** Resolves once the bot has answered at all. */
  answered(timeoutMs = 5_000): Promise<number> {
    return this.#watch(() => this.answeredAfterMs, timeoutMs);
  }

  #watch<T>(look: () => T | undefined, timeoutMs: number): Promise<T> {
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        const found = look();
        if (found === undefined) return;
        clearTimeout(timer);
        this.#waiting.delete(settle);
        resolve(found);
      };
      const timer = setTimeout(() => {
        this.#waiting.delete(settle);
        reject(
          new Error(
            `nothing of the kind within ${timeoutMs} ms; last: ${JSON.stringify(this.latest()?.content)}`,
          ),
        );
      }, timeoutMs);
      this.#waiting.add(settle);
      settle();
    });
  }
}
