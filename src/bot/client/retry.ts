import pRetry from 'p-retry';
import type { Logger } from 'pino';
import { isUnavailable } from './discord-errors.js';

export interface RetryOptions {
  readonly log: Pick<Logger, 'warn'>;
  /** Keeps the process alive between attempts. By default it may end: the next one sends what is recorded. */
  readonly keepAlive?: boolean;
}

/** Retries with exponential backoff, from 1 s to 60 s, for as long as Discord is unavailable. Throws what Discord refuses. */
export const retryWhileUnavailable = <T>(
  attempt: () => Promise<T>,
  { log, keepAlive = false }: RetryOptions,
): Promise<T> =>
  pRetry(attempt, {
    retries: Infinity,
    minTimeout: 1000,
    maxTimeout: 60_000,
    unref: !keepAlive,
    shouldRetry: ({ error }) => isUnavailable(error),
    onFailedAttempt({ error, attemptNumber }) {
      if (!isUnavailable(error)) return;
      log.warn(
        { err: error, attempt: attemptNumber },
        'Discord is unreachable; waiting before the next attempt',
      );
    },
  });
