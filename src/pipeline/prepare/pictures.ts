/** The pictures of a request, by hash. */
import { createHash } from 'node:crypto';
import type { PictureFiles, PictureHash, WithoutPictures } from '../prepared-run.js';

const hashes = new WeakMap<Uint8Array, PictureHash>();

/** A file that is asked about again, for a request at other sizes, is not hashed again. */
export function hashOf(file: Uint8Array): PictureHash {
  const known = hashes.get(file);
  if (known !== undefined) return known;
  const hash = createHash('sha256').update(file).digest('hex');
  hashes.set(file, hash);
  return hash;
}

/** The same data with each picture file, at any depth, replaced by `{ sha256 }`, and the files. */
export function extractPictures<T extends object>(
  data: T,
): {
  readonly described: WithoutPictures<T>;
  readonly pictures: PictureFiles;
} {
  const pictures = new Map<PictureHash, Uint8Array>();
  const describe = (value: unknown): unknown => {
    if (value instanceof Uint8Array) {
      const sha256 = hashOf(value);
      pictures.set(sha256, value);
      return { sha256 };
    }
    if (Array.isArray(value)) return value.map(describe);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, describe(inner)]));
  };
  return { described: describe(data) as WithoutPictures<T>, pictures };
}
