/** Downloads the networks of MODELS_PULL while the bot is already running. */
import { toReverieError } from '../errors.js';
import type { WeightInstaller } from './installer.js';

/** The part of the logger that is used. */
export interface PullLog {
  info(values: object, line: string): void;
  warn(values: object, line: string): void;
}

/** How often the progress of a file is logged: at each tenth, wherever its chunks end. */
const PROGRESS_STEPS = 10;

/** One network after the other. One that cannot be installed is logged and does not stop the others. */
export async function pullOnStart(
  installer: Pick<WeightInstaller, 'pull'>,
  networks: readonly string[],
  log: PullLog,
  signal: AbortSignal,
): Promise<void> {
  for (const network of networks) {
    let logged = 0;
    try {
      const pulled = await installer.pull(network, {
        signal,
        onProgress(done, total) {
          if (total === undefined) return;
          const step = Math.floor((done / total) * PROGRESS_STEPS);
          if (step <= logged) return;
          logged = step;
          log.info({ network, percent: Math.floor((100 * done) / total) }, 'downloading a network');
        },
      });
      log.info({ network }, pulled ? 'the network is installed' : 'the network was installed already');
    } catch (thrown) {
      if (signal.aborted) return;
      log.warn({ network, err: thrown }, toReverieError(thrown).sentence);
    }
  }
}
