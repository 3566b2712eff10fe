/**
 * Reads safetensors: 8 bytes little-endian header length, JSON header, raw little-endian data. The file is hostile
 * until every entry of its header has been held against its length.
 */
import { readFile, stat } from 'node:fs/promises';
import { z } from 'zod';
import { ReverieError } from '../../errors.js';

export interface WeightTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

export type Weights = (name: string) => WeightTensor;

const HEADER_MAX = 10 * 2 ** 20;
const FILE_MAX = 2 ** 30;

const entrySchema = z.object({
  dtype: z.enum(['F32', 'F16']),
  shape: z.array(z.int().min(0)).max(8),
  data_offsets: z.tuple([z.int().min(0), z.int().min(0)]),
});

type Entry = z.infer<typeof entrySchema>;

export interface SafetensorsFile {
  readonly metadata: Readonly<Record<string, string>>;
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  /** Everything behind the header. */
  readonly data: Uint8Array;
  /** @throws ReverieError `network-broken` when the tensor is not there or not finite */
  readonly weights: Weights;
}

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

const broken = (cause: unknown): ReverieError =>
  new ReverieError(
    'network-broken',
    'The file of that network is damaged; its operator has to fetch it again.',
    { cause },
  );

/** @throws ReverieError `network-broken` when the file is no sound safetensors file */
export async function readSafetensors(file: string): Promise<Weights> {
  return (await openSafetensors(file)).weights;
}

/** @throws ReverieError `network-broken` when the file is no sound safetensors file */
export async function openSafetensors(file: string): Promise<SafetensorsFile> {
  try {
    const { size } = await stat(file);
    if (size > FILE_MAX) throw new Error(`${size} bytes are more than any network here has`);
    return parseSafetensors(await readFile(file));
  } catch (cause) {
    throw cause instanceof ReverieError ? cause : broken(cause);
  }
}

function headerOf(bytes: Uint8Array): { json: Record<string, unknown>; start: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = bytes.byteLength >= 8 ? Number(view.getBigUint64(0, true)) : Infinity;
  if (length > HEADER_MAX || 8 + length > bytes.byteLength)
    throw new Error('the header does not fit the file');
  const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(8, 8 + length));
  return { json: z.record(z.string(), z.unknown()).parse(JSON.parse(text)), start: 8 + length };
}

/** The entries tile the data from its first byte to its last: no gap, no overlap, nothing outside. */
function checkTiling(entries: ReadonlyMap<string, Entry>, length: number): void {
  let end = 0;
  for (const [name, { dtype, shape, data_offsets }] of [...entries].sort(
    ([, a], [, b]) => a.data_offsets[0] - b.data_offsets[0] || a.data_offsets[1] - b.data_offsets[1],
  )) {
    const [from, to] = data_offsets;
    const count = shape.reduce((product, n) => product * n, 1);
    if (to - from !== count * (dtype === 'F32' ? 4 : 2))
      throw new Error(`${name}: shape and offsets disagree`);
    if (from !== end) throw new Error(`${name}: its offsets overlap another tensor's, or leave a gap`);
    end = to;
  }
  if (end !== length) throw new Error(`the header tells of ${end} bytes of data; there are ${length}`);
}

/** @throws ReverieError `network-broken` */
export function parseSafetensors(bytes: Uint8Array): SafetensorsFile {
  const entries = new Map<string, Entry>();
  let metadata: Record<string, string> = {};
  let data: Uint8Array;
  try {
    const { json, start } = headerOf(bytes);
    data = bytes.subarray(start);
    for (const [name, value] of Object.entries(json))
      if (name === '__metadata__') metadata = z.record(z.string(), z.string()).parse(value);
      else entries.set(name, entrySchema.parse(value));
    checkTiling(entries, data.byteLength);
  } catch (cause) {
    throw broken(cause);
  }
  return {
    metadata,
    shapes: new Map([...entries].map(([name, { shape }]) => [name, shape])),
    data,
    weights(name) {
      const entry = entries.get(name);
      if (!entry)
        throw new ReverieError('network-broken', 'The file of that network lacks a layer.', { cause: name });
      // A copy of its own: a Buffer's memory is shared and need not be aligned.
      const raw = new Uint8Array(data.subarray(...entry.data_offsets)).buffer;
      const values =
        entry.dtype === 'F32'
          ? new Float32Array(raw)
          : Float32Array.from(new Uint16Array(raw), (half) => HALVES[half]!);
      if (!values.every(Number.isFinite)) throw broken(`${name} holds values that are no numbers`);
      return { shape: entry.shape, data: values };
    },
  };
}
