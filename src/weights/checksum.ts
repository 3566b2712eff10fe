/**
 * A converted file carries the checksum of itself: the SHA-256 of the whole file, header and all, in which the place of
 * the checksum holds zeros.
 */
import { createHash, type Hash } from 'node:crypto';
import type { SafetensorsFile } from '../pipeline/networks/safetensors.js';

const BLANK = '0'.repeat(64);
/** Tells a converted file whose seal is gone from one that never had any. */
const FORMAT = 'reverie';

export const checksumMetadata = (network: string, sha256 = BLANK) => ({ format: FORMAT, network, sha256 });

export const startChecksum = (blankHeader: Uint8Array): Hash => createHash('sha256').update(blankHeader);

/** Nothing where the file is none of ours. */
export function verifyChecksum({ header, data, metadata }: SafetensorsFile): boolean | undefined {
  const { format, sha256 } = metadata;
  if (sha256 === undefined) return format === FORMAT ? false : undefined;
  const blank = Buffer.from(Buffer.from(header).toString('latin1').replace(sha256, BLANK), 'latin1');
  return startChecksum(blank).update(data).digest('hex') === sha256;
}
