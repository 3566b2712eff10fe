import type { Logger } from 'pino';
import { isUnavailable } from './discord-errors.js';

const FIRST_MS = 1000;
const MOST_MS = 60_000;

export interface RetryOptions {
  readonly log: Pick<Logger, 'warn'>;
  /** Keeps the process alive meanwhile. Otherwise it may end: what is written down is said by the next one. */
  readonly awake?: boolean;
}

/** Says it again, more and more slowly, for as long as Discord is away. What Discord refuses is thrown. */
export async function retryWhileUnavailable(
  say: () => Promise<unknown>,
  { log, awake = false }: RetryOptions,
): Promise<void> {
  for (let pause = FIRST_MS; ; pause = Math.min(2 * pause, MOST_MS)) {
    try {
      await say();
      return;
    } catch (thrown) {
      if (!isUnavailable(thrown)) throw thrown;
      log.warn({ err: thrown, againInMs: pause }, 'Discord is unreachable; waiting before the next attempt');
    }
    await new Promise((resolve) => {
      const timer = setTimeout(resolve, pause);
      if (!awake) timer.unref();
    });
  }
}
