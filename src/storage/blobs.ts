/** Picture files, each named by the SHA-256 of its content, so that equal pictures are stored once. */
import { createHash, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { copyFile, mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';

const HASH = /^[0-9a-f]{64}$/;
/** A file that is still being written has a UUID after its hash. */
const OWN_FILE = /^([0-9a-f]{64})(\.[0-9a-f-]{36})?$/;

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

export class Blobs {
  constructor(private readonly folder: string) {}

  /** Writes to a temporary file and renames it, so that no name ever holds a partial file. Returns the hash. */
  put(bytes: Uint8Array): string {
    const hash = sha256(bytes);
    const file = this.#file(hash);
    if (existsSync(file)) return hash;
    mkdirSync(path.dirname(file), { recursive: true });
    const temporary = `${file}.${randomUUID()}`;
    try {
      writeFileSync(temporary, bytes, { flush: true });
      renameSync(temporary, file);
    } catch (thrown) {
      rmSync(temporary, { force: true });
      throw thrown;
    }
    return hash;
  }

  /** @throws Error when the file is missing or its content no longer matches its hash */
  get(hash: string): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(readFileSync(this.#file(hash)));
    if (sha256(bytes) !== hash) throw new Error(`the picture ${hash} has changed on disk`);
    return bytes;
  }

  remove(hash: string): void {
    rmSync(this.#file(hash), { force: true });
  }

  /** Copies every picture that the other folder lacks. Pictures that are deleted meanwhile are left out. */
  async copyTo(folder: string): Promise<void> {
    if (!existsSync(this.folder)) return;
    const entries = await readdir(this.folder, { recursive: true, withFileTypes: true });
    for (const { name } of entries.filter((entry) => entry.isFile() && HASH.test(entry.name))) {
      const copy = path.join(folder, name.slice(0, 2), name);
      if (existsSync(copy)) continue;
      await mkdir(path.dirname(copy), { recursive: true });
      await copyFile(this.#file(name), copy).catch((thrown: unknown) => {
        if ((thrown as NodeJS.ErrnoException).code !== 'ENOENT') throw thrown;
      });
    }
  }

  /**
   * Deletes every picture with another hash, and every file that was never finished; files of other programs stay. No
   * one else may be writing. Returns how many files were deleted.
   */
  keepOnly(hashes: ReadonlySet<string>): number {
    if (!existsSync(this.folder)) return 0;
    const entries = readdirSync(this.folder, { recursive: true, withFileTypes: true });
    const orphans = entries.filter(
      (entry) => entry.isFile() && OWN_FILE.test(entry.name) && !hashes.has(entry.name),
    );
    for (const { parentPath, name } of orphans) rmSync(path.join(parentPath, name), { force: true });
    return orphans.length;
  }

  #file(hash: string): string {
    return path.join(this.folder, hash.slice(0, 2), hash);
  }
}
