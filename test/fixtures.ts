/** Inputs and expectations that several tests share. */
import sharp from 'sharp';
import { expect } from 'vitest';

/** x ← (1664525·x + 1013904223) mod 2³², value x/2³² mapped to the range. */
export function sequence(count: number, seed: number, from = 0, to = 1): Float32Array {
  let x = seed;
  return Float32Array.from({ length: count }, () => {
    x = (Math.imul(1664525, x) + 1013904223) >>> 0;
    return from + (x / 2 ** 32) * (to - from);
  });
}

/** A PNG of smooth coloured noise. */
export async function noisePng(width: number, height: number, seed = 1): Promise<Uint8Array> {
  const small = Buffer.from(sequence(8 * 8 * 3, seed, 0, 255).map(Math.round));
  return sharp(small, { raw: { width: 8, height: 8, channels: 3 } })
    .resize(width, height, { fit: 'fill', kernel: 'cubic' })
    .png()
    .toBuffer();
}

/** Expects every element to be within 1e-4 of the largest one's magnitude. */
export function expectAgreement(found: Float32Array, wanted: readonly number[]): void {
  const largest = Math.max(...wanted.map(Math.abs));
  expect(found).toHaveLength(wanted.length);
  for (const [i, value] of wanted.entries()) expect(Math.abs(found[i]! - value) / largest).toBeLessThan(1e-4);
}
