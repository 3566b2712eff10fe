import { SingleBar } from 'cli-progress';
import { toReverieError } from '../errors.js';
import type { Download } from '../weights/download.js';

/** Downloads one item. Resolves to false if it was installed already. */
export type Fetch = (
  name: string,
  options: Required<Pick<Download, 'onProgress' | 'signal'>>,
) => Promise<boolean>;

/** Downloads one after the other, each with a progress bar. A failure is reported and does not stop the others. */
export async function fetchEach(names: readonly string[], fetch: Fetch): Promise<void> {
  const abort = new AbortController();
  process.once('SIGINT', () => {
    abort.abort();
  });
  for (const name of names) {
    const bar = new SingleBar({
      format: `${name} {bar} {percentage}%  {value}/{total} bytes  {eta_formatted} left`,
      hideCursor: true,
      clearOnComplete: true,
    });
    const outcome = await fetch(name, {
      signal: abort.signal,
      onProgress(done, total) {
        if (!bar.isActive) bar.start(total ?? done, done);
        bar.setTotal(total ?? done);
        bar.update(done);
      },
    }).catch(toReverieError);
    bar.stop();
    if (typeof outcome === 'boolean') console.log(`${name}: ${outcome ? 'downloaded' : 'already installed'}`);
    else {
      console.error(`${name}: ${outcome.sentence}`);
      process.exitCode = 1;
    }
    if (abort.signal.aborted) return;
  }
}
