/** Checksums of files: any file's digest, and the one that a converted file carries of itself. */
import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import type { SafetensorsFile } from '../pipeline/networks/safetensors.js';

/** Hex digest of a file, which is read in chunks. */
export async function fileDigest(file: string, algorithm: string): Promise<string> {
  const hash = createHash(algorithm);
  await pipeline(createReadStream(file, { highWaterMark: 2 ** 20 }), hash);
  return hash.digest('hex');
}

/** Stands in for the checksum in the header while the checksum is computed. */
const BLANK = '0'.repeat(64);
/** Tells a converted file that has lost its checksum from a file that never had one. */
const FORMAT = 'reverie';

/** The metadata of a converted file: its checksum is the SHA-256 of the whole file with zeros in the checksum's place. */
export const checksumMetadata = (network: string, sha256 = BLANK) => ({ format: FORMAT, network, sha256 });

/** @param blankHeader the header with `checksumMetadata(network)`; the data follows by `update` */
export const startChecksum = (blankHeader: Uint8Array): Hash => createHash('sha256').update(blankHeader);

/** Undefined when the file carries no checksum because Reverie did not write it. */
export function verifyChecksum({ header, data, metadata }: SafetensorsFile): boolean | undefined {
  const { format, sha256 } = metadata;
  if (sha256 === undefined) return format === FORMAT ? false : undefined;
  const blank = Buffer.from(Buffer.from(header).toString('latin1').replace(sha256, BLANK), 'latin1');
  return startChecksum(blank).update(data).digest('hex') === sha256;
}
