/** Stops every part of the program in order, within ten seconds, and ends the process with a code that says why. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { exitNow } from './exit-now.js';

/** How long deliveries may take to finish. The next process makes up for those that did not. */
const DRAIN_MS = 7000;
const STOP_MS = 9500;

/** Exit codes of a process that was not asked to stop. */
export const EXIT = {
  /** Discord refuses the bot. */
  authenticationLost: 3,
  /** A step of a render hangs, and a supervisor should restart the process. EX_TEMPFAIL of sysexits.h. */
  hung: 75,
} as const;

/** What is stopped, in this order. Parts that have not been started yet are missing. */
export interface Parts {
  queue?: { drain(): Promise<void> };
  health?: { close(): Promise<void> } | undefined;
  bot?: { stop(): Promise<void> };
  sandbox?: { close(): Promise<void> };
  renderer?: { close(): Promise<void> };
  /** Closed even when an earlier part could not be stopped. */
  storage?: { close(): void };
  log?: Logger;
}

export class Shutdown {
  readonly #begun = new AbortController();
  readonly #parts: Parts = {};
  /** The part that is being stopped, for the log. */
  #waitingFor: keyof Parts | undefined;

  /** Aborts when the shutdown begins. */
  get signal(): AbortSignal {
    return this.#begun.signal;
  }

  /** Adds parts that have been started. */
  add(parts: Parts): void {
    Object.assign(this.#parts, parts);
  }

  /** Begins at SIGINT or SIGTERM. */
  listen(): void {
    // Not `once`: under npm, Ctrl-C arrives from the terminal and again from npm, and the second must not kill.
    for (const signal of ['SIGINT', 'SIGTERM'] as const)
      process.on(signal, () => {
        void this.begin(signal);
      });
  }

  /** @param code the exit code if everything can be stopped */
  async begin(reason: string, code = 0): Promise<void> {
    if (this.signal.aborted) return;
    this.#begun.abort();
    this.#parts.log?.info({ reason }, 'stopping');
    const stopped = await this.#stop();
    this.#close();
    if (stopped) process.exit(code);
    this.#parts.log?.fatal(
      { waitingFor: this.#waitingFor },
      'could not stop in time; exiting now, and unfinished jobs will start over',
    );
    exitNow(code === 0 ? EXIT.hung : code);
  }

  /** Ends the process around a thread that hangs, which can be neither stopped nor waited for. */
  async hang(finding: string): Promise<void> {
    this.#parts.log?.fatal(
      { finding },
      `rendering hangs; exiting with code ${EXIT.hung}, and the job will start over after a restart`,
    );
    if (this.signal.aborted) return;
    this.#begun.abort();
    await this.#stop();
    this.#close();
    exitNow(EXIT.hung);
  }

  /** Returns whether every part was stopped in time. */
  #stop(): Promise<boolean> {
    const { queue, health, bot, sandbox, renderer } = this.#parts;
    const steps: readonly [keyof Parts, (() => Promise<unknown>) | undefined][] = [
      ['queue', queue && (() => Promise.race([queue.drain(), sleep(DRAIN_MS)]))],
      ['health', health && (() => health.close())],
      ['bot', bot && (() => bot.stop())],
      ['sandbox', sandbox && (() => sandbox.close())],
      ['renderer', renderer && (() => renderer.close())],
    ];
    const stopAll = async (): Promise<boolean> => {
      for (const [part, stop] of steps) {
        this.#waitingFor = part;
        await stop?.();
      }
      return true;
    };
    const failed = (thrown: unknown): boolean => {
      this.#parts.log?.error({ err: thrown, part: this.#waitingFor }, 'a part could not be stopped');
      return false;
    };
    return Promise.race([stopAll().catch(failed), sleep(STOP_MS, false)]);
  }

  #close(): void {
    try {
      this.#parts.storage?.close();
    } catch (thrown) {
      this.#parts.log?.error({ err: thrown }, 'the database could not be closed');
    }
  }
}
