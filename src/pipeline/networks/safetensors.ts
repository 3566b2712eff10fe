/** Reads safetensors: 8 bytes little-endian header length, JSON header, raw little-endian data. */
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { ReverieError } from '../../errors.js';

export interface WeightTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

export type Weights = (name: string) => WeightTensor;

const HEADER_MAX = 10 * 2 ** 20;

const headerSchema = z.record(
  z.string(),
  z.object({
    dtype: z.enum(['F32', 'F16']),
    shape: z.array(z.number().int().min(0)).max(8),
    data_offsets: z.tuple([z.number().int().min(0), z.number().int().min(0)]),
  }),
);

/** IEEE 754 half precision, widened. */
function widen(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

const HALVES = Float32Array.from({ length: 65536 }, (_, i) => widen(i));

/** @throws ReverieError `network-broken` when the file is no sound safetensors file */
export async function readSafetensors(file: string): Promise<Weights> {
  const bytes = await readFile(file);
  try {
    return parseSafetensors(bytes);
  } catch (cause) {
    throw new ReverieError(
      'network-broken',
      'The file of that network is damaged; its operator has to fetch it again.',
      {
        cause,
      },
    );
  }
}

export function parseSafetensors(bytes: Uint8Array): Weights {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = bytes.byteLength >= 8 ? Number(view.getBigUint64(0, true)) : Infinity;
  if (length > HEADER_MAX || 8 + length > bytes.byteLength)
    throw new Error('the header does not fit the file');
  const parsed = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length))) as Record<
    string,
    unknown
  >;
  delete parsed.__metadata__;
  const header = headerSchema.parse(parsed);
  const start = 8 + length;
  return (name) => {
    const entry = header[name];
    if (!entry)
      throw new ReverieError('network-broken', 'The file of that network lacks a layer.', { cause: name });
    const [from, to] = entry.data_offsets;
    const count = entry.shape.reduce((product, n) => product * n, 1);
    const width = entry.dtype === 'F32' ? 4 : 2;
    if (to - from !== count * width || start + to > bytes.byteLength)
      throw new ReverieError('network-broken', 'The file of that network is damaged.', { cause: name });
    // A copy of its own: a Buffer's memory is shared and need not be aligned.
    const raw = new Uint8Array(bytes.subarray(start + from, start + to)).buffer;
    if (entry.dtype === 'F32') return { shape: entry.shape, data: new Float32Array(raw) };
    const halves = new Uint16Array(raw);
    return { shape: entry.shape, data: Float32Array.from(halves, (h) => HALVES[h]!) };
  };
}
