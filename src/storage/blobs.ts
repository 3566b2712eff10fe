/** Pictures as files that are named by the SHA-256 of what they hold: the same bytes lie there once. */
import { createHash, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { copyFile, mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';

const HASH = /^[0-9a-f]{64}$/;
/** What is still being written has a longer name. */
const OWN = /^([0-9a-f]{64})(\.[0-9a-f-]{36})?$/;

export class Blobs {
  constructor(private readonly folder: string) {}

  /** Written beside and renamed into place, so that no name ever holds half a file. */
  put(bytes: Uint8Array): string {
    const hash = createHash('sha256').update(bytes).digest('hex');
    const file = this.#file(hash);
    if (existsSync(file)) return hash;
    mkdirSync(path.dirname(file), { recursive: true });
    const beside = `${file}.${randomUUID()}`;
    try {
      writeFileSync(beside, bytes, { flush: true });
      renameSync(beside, file);
    } catch (thrown) {
      rmSync(beside, { force: true });
      throw thrown;
    }
    return hash;
  }

  /** Throws where the file is gone or no longer holds what its name says. */
  get(hash: string): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(readFileSync(this.#file(hash)));
    if (createHash('sha256').update(bytes).digest('hex') !== hash)
      throw new Error(`the picture ${hash} changed on disk`);
    return bytes;
  }

  /** All of it, into another folder that may hold some of it already. What goes meanwhile is left out. */
  async copyTo(folder: string): Promise<void> {
    if (!existsSync(this.folder)) return;
    const entries = await readdir(this.folder, { recursive: true, withFileTypes: true });
    for (const { name } of entries.filter((entry) => entry.isFile() && HASH.test(entry.name))) {
      const there = path.join(folder, name.slice(0, 2), name);
      if (existsSync(there)) continue;
      await mkdir(path.dirname(there), { recursive: true });
      await copyFile(this.#file(name), there).catch((thrown: unknown) => {
        if ((thrown as NodeJS.ErrnoException).code !== 'ENOENT') throw thrown;
      });
    }
  }

  remove(hash: string): void {
    rmSync(this.#file(hash), { force: true });
  }

  /**
   * Deletes the files of all other pictures, and those that were never finished. Files that are not ours stay. Returns
   * how many went. Only while nobody else writes.
   */
  keepOnly(hashes: ReadonlySet<string>): number {
    if (!existsSync(this.folder)) return 0;
    const entries = readdirSync(this.folder, { recursive: true, withFileTypes: true });
    const orphans = entries.filter(
      (entry) => entry.isFile() && OWN.test(entry.name) && !hashes.has(entry.name),
    );
    for (const { parentPath, name } of orphans) rmSync(path.join(parentPath, name), { force: true });
    return orphans.length;
  }

  #file(hash: string): string {
    return path.join(this.folder, hash.slice(0, 2), hash);
  }
}

/** A value as JSON with its pictures named by their hashes, however deep they lie. */
export function pack(value: unknown, put: (bytes: Uint8Array) => string): string {
  // By the holder, not by the second argument: a Buffer has turned itself into a list of numbers by then.
  return JSON.stringify(value, function (this: Record<string, unknown>, key, part: unknown) {
    const original = this[key];
    return original instanceof Uint8Array ? { sha256: put(original) } : part;
  });
}

/** The value again, with its pictures' bytes. */
export function unpack(json: string, get: (hash: string) => Uint8Array): unknown {
  return JSON.parse(json, (_key, part: unknown) =>
    typeof part === 'object' && part !== null && 'sha256' in part ? get(String(part.sha256)) : part,
  );
}
