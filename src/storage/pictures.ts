/** Pictures and their rows: a file is written before its row, and deleted again where the row does not come to stay. */
import type { Blobs } from './blobs.js';
import type { Sql } from './sql.js';

export class Pictures {
  /** Put in the transaction under way. */
  readonly #put = new Set<string>();

  constructor(
    private readonly sql: Sql,
    private readonly blobs: Blobs,
  ) {}

  get(hash: string): Uint8Array<ArrayBuffer> {
    return this.blobs.get(hash);
  }

  /** Only in a `transaction`. Returns the picture's hash. */
  put(bytes: Uint8Array): string {
    const hash = this.blobs.put(bytes);
    this.#put.add(hash);
    this.sql.run('INSERT OR IGNORE INTO blobs (hash, bytes) VALUES (?, ?)', hash, bytes.byteLength);
    return hash;
  }

  /** All of it or nothing, files included. */
  transaction<T>(work: () => T): T {
    this.#put.clear();
    try {
      return this.sql.transaction(work);
    } catch (thrown) {
      this.#removeOrphans();
      throw thrown;
    }
  }

  /** What cannot be deleted now is deleted when the bot starts next. */
  #removeOrphans(): void {
    try {
      for (const hash of this.#put)
        if (!this.sql.one('SELECT 1 FROM blobs WHERE hash = ?', hash)) this.blobs.remove(hash);
    } catch {
      // The error that is thrown tells of the same disk.
    }
  }
}
