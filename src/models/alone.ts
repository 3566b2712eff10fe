import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { lock } from 'proper-lockfile';

/**
 * Work on a file that one process does at a time; the lock of one that died goes stale.
 * @param work is told by its signal that another process took this one for dead and took over
 */
export async function alone<T>(file: string, work: (lost: AbortSignal) => Promise<T>): Promise<T> {
  await mkdir(path.dirname(file), { recursive: true });
  const lost = new AbortController();
  const release = await lock(file, {
    realpath: false,
    stale: 5000,
    update: 1000,
    retries: { forever: true, minTimeout: 100, maxTimeout: 1000 },
    onCompromised: (error) => {
      lost.abort(error);
    },
  });
  try {
    return await work(lost.signal);
  } finally {
    if (!lost.signal.aborted) await release();
  }
}
