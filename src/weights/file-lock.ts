import { access, constants, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { lock } from 'proper-lockfile';
import { ReverieError } from '../errors.js';

/**
 * Runs work that only one process at a time may do on a file. The lock of a process that died goes stale after 5 s.
 * @param work `lost` aborts when another process has taken the lock
 * @throws ReverieError `invalid-configuration` when the folder is not writable
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

/** In a folder that is not writable, proper-lockfile would retry forever. */
async function checkWritable(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, constants.W_OK);
  } catch (cause) {
    throw new ReverieError(
      'invalid-configuration',
      'The folder is not writable. Networks are stored in MODELS_DIR and styles in DATA_DIR: set it to a folder that this user can write to.',
      { cause },
    );
  }
}
