import { ReverieError } from '../errors.js';

/** What SQLite does at once, as the promise that an interface speaks of: what it throws rejects. */
export function toPromise<T>(work: () => T): Promise<T> {
  return new Promise((resolve) => {
    try {
      resolve(work());
    } catch (thrown) {
      throw isUnwritable(thrown) ? notKept(thrown) : thrown;
    }
  });
}

/** Of the file system, and SQLite's own: READONLY, IOERR, FULL, CANTOPEN. */
const UNWRITABLE = new Set<unknown>(['ENOSPC', 'EDQUOT', 'EROFS', 'EACCES', 'EIO', 8, 10, 13, 14]);

const isUnwritable = (thrown: unknown): boolean =>
  thrown instanceof Error &&
  [(thrown as NodeJS.ErrnoException).code, (thrown as { sqliteCode?: number }).sqliteCode].some((code) =>
    UNWRITABLE.has(code),
  );

const notKept = (cause: unknown): ReverieError =>
  new ReverieError(
    'not-kept',
    'I could not save that: my disk is full or cannot be written to. The people who run me have been told.',
    { cause },
  );
