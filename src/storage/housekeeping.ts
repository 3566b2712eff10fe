import type { Logger } from 'pino';
import type { Retention, RetentionLimits } from './retention.js';

const INTERVAL_MS = 15 * 60_000;

/**
 * Deletes what nobody needs any more, now and every 15 minutes until the signal aborts. Needs the lock on the data
 * folder. Failures are logged.
 */
export function startHousekeeping(
  storage: Pick<Retention, 'retain' | 'deleteOrphans'>,
  limits: RetentionLimits,
  log: Logger,
  signal: AbortSignal,
): void {
  try {
    const files = storage.deleteOrphans();
    if (files > 0) log.info({ files }, 'deleted picture files that no job uses');
  } catch (thrown) {
    log.error({ err: thrown }, 'picture files that no job uses could not be deleted');
  }
  const deleteOld = () => {
    try {
      const jobs = storage.retain(limits);
      if (jobs > 0) log.info({ jobs }, 'deleted old results to free space');
    } catch (thrown) {
      log.error({ err: thrown }, 'old results could not be deleted; trying again later');
    }
  };
  deleteOld();
  const timer = setInterval(deleteOld, INTERVAL_MS);
  signal.addEventListener('abort', () => {
    clearInterval(timer);
  });
}
