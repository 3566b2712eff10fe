import { access, constants, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { lock } from 'proper-lockfile';
import { ReverieError } from '../errors.js';

/**
 * Work on a file that one process does at a time; the lock of one that died goes stale.
 * @param work is told by its signal that another process took this one for dead and took over
 */
export async function withFileLock<T>(file: string, work: (lost: AbortSignal) => Promise<T>): Promise<T> {
  await checkWritable(path.dirname(file));
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

/** Without it, the lock would be tried for ever. @throws ReverieError `invalid-configuration` */
async function checkWritable(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, constants.W_OK);
  } catch (cause) {
    throw new ReverieError(
      'invalid-configuration',
      'The folder cannot be written. Networks are kept in MODELS_DIR, styles in DATA_DIR: set it to a folder that this user may write to.',
      { cause },
    );
  }
}
