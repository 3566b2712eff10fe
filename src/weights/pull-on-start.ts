/** Networks that the operator wants to be there: fetched beside the running bot, which never waits for them. */
import { toReverieError } from '../errors.js';
import type { WeightInstaller } from './installer.js';

/** The little of a log that is needed. */
export interface PullLog {
  info(values: object, line: string): void;
  warn(values: object, line: string): void;
}

/** Progress is told once for each of these shares of a file. */
const SHARE = 0.1;

/** One after the other. A network that cannot be had is a line for the operator and stops nothing else. */
export async function pullOnStart(
  store: Pick<WeightInstaller, 'pull'>,
  networks: readonly string[],
  log: PullLog,
  signal: AbortSignal,
): Promise<void> {
  for (const network of networks) {
    let told = 0;
    try {
      const fetched = await store.pull(network, {
        signal,
        onProgress(done, total) {
          if (total === undefined || done / total < told + SHARE) return;
          told = done / total;
          log.info({ network, percent: Math.floor(told * 100) }, 'fetching a network');
        },
      });
      log.info({ network }, fetched ? 'the network is here' : 'the network was here already');
    } catch (thrown) {
      if (signal.aborted) return;
      log.warn({ network, err: thrown }, toReverieError(thrown).sentence);
    }
  }
}
