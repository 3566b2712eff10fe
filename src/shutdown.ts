/** Stops everything in order and within ten seconds, and ends the process with a code that says why. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { exitNow } from './exit-now.js';

/** What an unfinished delivery has to end. What has not ended then is written down for the next process. */
const DRAIN_MS = 7000;
const STOP_MS = 9500;

/** Codes of a process that did not end because it was asked to. */
export const EXIT = {
  /** Discord lets the bot in no more. */
  shutOut: 3,
  /** A step of a render hangs: the supervisor should start the process again. EX_TEMPFAIL of sysexits.h. */
  hung: 75,
} as const;

/** What is stopped, in this order. What has not been started yet is missing. */
export interface Parts {
  queue?: { drain(): Promise<void> };
  health?: { close(): Promise<void> } | undefined;
  bot?: { stop(): Promise<void> };
  sandbox?: { close(): Promise<void> };
  renderer?: { close(): Promise<void> };
  /** Closed even if something before it could not be stopped. */
  store?: { close(): void };
  log?: Logger;
}

export class Shutdown {
  readonly #begun = new AbortController();
  /** What is being stopped, for the log where that takes too long. */
  #waitingFor: keyof Parts | undefined;

  constructor(private readonly parts: Parts) {}

  /** Aborted when the shutdown begins. */
  get signal(): AbortSignal {
    return this.#begun.signal;
  }

  listen(): void {
    // Not `once`: Ctrl-C under npm arrives twice, from the terminal and from npm, and the second must not kill.
    for (const signal of ['SIGINT', 'SIGTERM'] as const)
      process.on(signal, () => {
        void this.begin(signal);
      });
  }

  /** @param code what the process ends with if everything can be stopped */
  async begin(reason: string, code = 0): Promise<void> {
    if (this.signal.aborted) return;
    this.#begun.abort();
    this.parts.log?.info({ reason }, 'stopping');
    const stopped = await this.#stop();
    this.#close();
    if (stopped) process.exit(code);
    this.parts.log?.fatal(
      { waitingFor: this.#waitingFor },
      'could not stop in time; exiting now, and unfinished jobs will start over',
    );
    exitNow(code === 0 ? EXIT.hung : code);
  }

  /** A thread that hangs can neither be ended nor waited for, so the process ends around it. */
  async hang(finding: string): Promise<void> {
    this.parts.log?.fatal(
      { finding },
      `rendering hangs; exiting with code ${EXIT.hung}, and the job will start over after a restart`,
    );
    if (this.signal.aborted) return;
    this.#begun.abort();
    await this.#stop();
    this.#close();
    exitNow(EXIT.hung);
  }

  /** Whether everything was stopped in time. */
  #stop(): Promise<boolean> {
    const { queue, health, bot, sandbox, renderer } = this.parts;
    const stops: readonly [keyof Parts, (() => Promise<unknown>) | undefined][] = [
      ['queue', queue && (() => Promise.race([queue.drain(), sleep(DRAIN_MS)]))],
      ['health', health && (() => health.close())],
      ['bot', bot && (() => bot.stop())],
      ['sandbox', sandbox && (() => sandbox.close())],
      ['renderer', renderer && (() => renderer.close())],
    ];
    const stop = async (): Promise<boolean> => {
      for (const [part, ended] of stops) {
        this.#waitingFor = part;
        await ended?.();
      }
      return true;
    };
    const failed = (thrown: unknown): boolean => {
      this.parts.log?.error({ err: thrown }, 'some parts could not be stopped');
      return false;
    };
    return Promise.race([stop().catch(failed), sleep(STOP_MS, false)]);
  }

  #close(): void {
    try {
      this.parts.store?.close();
    } catch (thrown) {
      this.parts.log?.error({ err: thrown }, 'the database could not be closed');
    }
  }
}
