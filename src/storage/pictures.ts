/** Pictures: a file each and a row of the table `blobs`, written and deleted together. */
import type { Blobs } from './blobs.js';
import type { Sql } from './sql.js';

/** A value whose pictures are replaced by their hashes. */
export interface Packed {
  readonly json: string;
  readonly hashes: ReadonlySet<string>;
}

export class Pictures {
  /** Hashes of the pictures written in the current transaction. */
  readonly #written = new Set<string>();

  constructor(
    private readonly sql: Sql,
    private readonly blobs: Blobs,
  ) {}

  /** Total size in bytes. */
  bytes(): number {
    return this.sql.one<{ bytes: number }>('SELECT coalesce(sum(bytes), 0) AS bytes FROM blobs')!.bytes;
  }

  /** @throws Error when the file is missing or has changed on disk */
  get(hash: string): Uint8Array<ArrayBuffer> {
    return this.blobs.get(hash);
  }

  /** Stores a picture and returns its hash. Only within `transaction`. */
  put(bytes: Uint8Array): string {
    const hash = this.blobs.put(bytes);
    this.#written.add(hash);
    this.sql.run('INSERT OR IGNORE INTO blobs (hash, bytes) VALUES (?, ?)', hash, bytes.byteLength);
    return hash;
  }

  /** Stores every picture in a value, however deep it is. Only within `transaction`. */
  pack(value: unknown): Packed {
    const hashes = new Set<string>();
    const put = (bytes: Uint8Array) => {
      const sha256 = this.put(bytes);
      hashes.add(sha256);
      return { sha256 };
    };
    // Reads the property itself: a Buffer's toJSON has already run for the second argument.
    const json = JSON.stringify(value, function (this: Record<string, unknown>, key, part: unknown) {
      const original = this[key];
      return original instanceof Uint8Array ? put(original) : part;
    });
    return { json, hashes };
  }

  /**
   * The value that was packed, with the bytes of its pictures.
   * @throws Error when a picture is missing or has changed on disk
   */
  unpack(json: string): unknown {
    return JSON.parse(json, (_key, part: unknown) =>
      typeof part === 'object' && part !== null && 'sha256' in part ? this.get(String(part.sha256)) : part,
    );
  }

  /** A database transaction that also deletes the files it has written when it is rolled back. */
  transaction<T>(work: () => T): T {
    this.#written.clear();
    try {
      return this.sql.transaction(work);
    } catch (thrown) {
      this.#removeWritten();
      throw thrown;
    }
  }

  /**
   * Deletes the pictures that neither a job nor a member's own style nor a style of a guild uses. Deletes the row first:
   * an orphaned file wastes space, a missing one loses data.
   */
  deleteUnused(): void {
    const unused = this.sql.all<{ hash: string }>(
      `DELETE FROM blobs WHERE hash NOT IN (SELECT hash FROM uses)
       AND hash NOT IN (SELECT hash FROM own_styles)
       AND hash NOT IN (SELECT picture FROM taught_styles UNION SELECT taught FROM taught_styles) RETURNING hash`,
    );
    for (const { hash } of unused) this.blobs.remove(hash);
  }

  /** Deletes the files that have no row, such as a killed process leaves. Returns how many were deleted. */
  deleteOrphans(): number {
    const rows = this.sql.all<{ hash: string }>('SELECT hash FROM blobs');
    return this.blobs.keepOnly(new Set(rows.map(({ hash }) => hash)));
  }

  #removeWritten(): void {
    try {
      for (const hash of this.#written)
        if (!this.sql.one('SELECT 1 FROM blobs WHERE hash = ?', hash)) this.blobs.remove(hash);
    } catch {
      // The transaction's own error matters more. Whatever is left is deleted at the next start.
    }
  }
}
