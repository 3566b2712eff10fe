/**
 * Safetensors: 8 bytes little-endian header length, JSON header, raw little-endian data. Files are not
 * trusted: every entry of the header is checked against the length of the data.
 */
import { open, readFile, stat } from 'node:fs/promises';
import { z } from 'zod';
import { ReverieError } from '../../errors.js';

export interface WeightTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

export type Weights = (name: string) => WeightTensor;

const HEADER_MAX = 10 * 2 ** 20;
/** Three times the size of the largest known network. Files are read as a whole, and their tensors are copied. */
export const WEIGHTS_BYTES_MAX = 2 ** 28;

const entrySchema = z.object({
  dtype: z.enum(['F32', 'F16']),
  shape: z.array(z.int().min(0)).max(8),
  data_offsets: z.tuple([z.int().min(0), z.int().min(0)]),
});

const metadataSchema = z.record(z.string(), z.string());

type Entry = z.infer<typeof entrySchema>;

/** The shapes of a file's tensors, by name. */
export type Shapes = ReadonlyMap<string, readonly number[]>;

export interface SafetensorsFile {
  readonly metadata: Readonly<Record<string, string>>;
  readonly shapes: Shapes;
  /** The header's length, the JSON and its padding. */
  readonly header: Uint8Array;
  /** Everything after the header. */
  readonly data: Uint8Array;
  /** @throws ReverieError `network-broken` if the tensor is missing or has values that are not finite */
  readonly weights: Weights;
}

/** The value of an IEEE 754 half-precision number, given its bits. */
function halfToNumber(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

const HALVES = Float32Array.from({ length: 65536 }, (_, i) => halfToNumber(i));

/** A loop, as in `allFinite`: `from` and `every` take ten times as long over tens of millions of values. */
function toFloat32(halves: Uint16Array): Float32Array {
  const values = new Float32Array(halves.length);
  for (let i = 0; i < halves.length; i++) values[i] = HALVES[halves[i]!]!;
  return values;
}

export function allFinite(values: Float32Array): boolean {
  for (const value of values) if (!Number.isFinite(value)) return false;
  return true;
}

const broken = (cause: unknown): ReverieError =>
  new ReverieError(
    'network-broken',
    'The file of that network is damaged. Please ask the bot’s owner to download it again.',
    { cause },
  );

function orBroken<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw broken(cause);
  }
}

/** @throws ReverieError `network-broken` if it is not a valid safetensors file */
export async function readSafetensors(file: string): Promise<Weights> {
  return (await openSafetensors(file)).weights;
}

/**
 * Reads only the header of a file.
 * @throws ReverieError `network-broken` if the header is damaged or does not fit the file's length
 */
export async function readShapes(file: string): Promise<Shapes> {
  try {
    const handle = await open(file);
    try {
      const { size } = await handle.stat();
      const read = async (length: number) => {
        const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, 0);
        return buffer.subarray(0, bytesRead);
      };
      const [length] = new BigUint64Array(new Uint8Array(await read(8)).buffer);
      if (length === undefined || length > HEADER_MAX) throw new Error('the header does not fit the file');
      const { entries, start } = readHeader(await read(8 + Number(length)));
      checkTiling(entries, size - start);
      return shapesOf(entries);
    } finally {
      await handle.close();
    }
  } catch (cause) {
    throw cause instanceof ReverieError ? cause : broken(cause);
  }
}

const shapesOf = (entries: ReadonlyMap<string, Entry>): Shapes =>
  new Map([...entries].map(([name, { shape }]) => [name, shape]));

/** @throws ReverieError `network-broken` if it is not a valid safetensors file */
export async function openSafetensors(file: string): Promise<SafetensorsFile> {
  try {
    const { size } = await stat(file);
    if (size > WEIGHTS_BYTES_MAX) throw new Error(`${size} bytes are more than any known network has`);
    return parseSafetensors(await readFile(file));
  } catch (cause) {
    throw cause instanceof ReverieError ? cause : broken(cause);
  }
}

function jsonOf(bytes: Uint8Array): Record<string, unknown> {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return z.record(z.string(), z.unknown()).parse(JSON.parse(text));
  } catch (cause) {
    throw new Error('its header is not a JSON object', { cause });
  }
}

/** The entries by name, the metadata, and the offset at which the data starts. */
function readHeader(bytes: Uint8Array) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = bytes.byteLength >= 8 ? Number(view.getBigUint64(0, true)) : Infinity;
  if (length > HEADER_MAX || 8 + length > bytes.byteLength)
    throw new Error('the header does not fit the file');
  const { __metadata__: untrusted = {}, ...rest } = jsonOf(bytes.subarray(8, 8 + length));
  const metadata = metadataSchema.safeParse(untrusted);
  if (!metadata.success) throw new Error('its metadata values are not strings');
  const entries = new Map<string, Entry>();
  for (const [name, value] of Object.entries(rest)) {
    const entry = entrySchema.safeParse(value);
    if (!entry.success)
      throw new Error(`the header lacks the type, shape or offsets of ${name.slice(0, 80)}`);
    entries.set(name, entry.data);
  }
  return { entries, metadata: metadata.data, start: 8 + length };
}

/** Checks that the entries cover the data from its first byte to its last: no gap, no overlap, nothing outside. */
function checkTiling(entries: ReadonlyMap<string, Entry>, length: number): void {
  let end = 0;
  for (const [name, { dtype, shape, data_offsets }] of [...entries].sort(
    ([, a], [, b]) => a.data_offsets[0] - b.data_offsets[0] || a.data_offsets[1] - b.data_offsets[1],
  )) {
    const [from, to] = data_offsets;
    const count = shape.reduce((product, n) => product * n, 1);
    if (to - from !== count * (dtype === 'F32' ? 4 : 2))
      throw new Error(`${name}: shape and offsets disagree`);
    if (from !== end) throw new Error(`${name}: its offsets overlap another tensor or leave a gap`);
    end = to;
  }
  if (end !== length) throw new Error(`the header describes ${end} bytes of data, but there are ${length}`);
}

/** @throws ReverieError `network-broken` */
export function parseSafetensors(bytes: Uint8Array): SafetensorsFile {
  const { entries, metadata, start } = orBroken(() => readHeader(bytes));
  const data = bytes.subarray(start);
  orBroken(() => {
    checkTiling(entries, data.byteLength);
  });
  return {
    metadata,
    shapes: shapesOf(entries),
    header: bytes.subarray(0, start),
    data,
    weights(name) {
      const entry = entries.get(name);
      if (!entry)
        throw new ReverieError('network-broken', 'The file of that network is missing a layer.', {
          cause: name,
        });
      // Copied, because a Buffer may be a view of shared memory that is not aligned.
      const raw = new Uint8Array(data.subarray(...entry.data_offsets)).buffer;
      const values = entry.dtype === 'F32' ? new Float32Array(raw) : toFloat32(new Uint16Array(raw));
      if (!allFinite(values)) throw broken(`${name} contains values that are not finite numbers`);
      return { shape: entry.shape, data: values };
    },
  };
}

/** The header of a file of F32 tensors, padded with spaces to a multiple of eight bytes so that the data is aligned. */
export function safetensorsHeader(
  shapes: Readonly<Record<string, readonly number[]>>,
  metadata: Readonly<Record<string, string>>,
): Buffer {
  let end = 0;
  const entries = Object.entries(shapes).map(([name, shape]) => {
    const from = end;
    end += 4 * shape.reduce((product, n) => product * n, 1);
    return [name, { dtype: 'F32', shape, data_offsets: [from, end] }];
  });
  const json = JSON.stringify({ __metadata__: metadata, ...(Object.fromEntries(entries) as object) });
  const text = Buffer.from(json.padEnd(Math.ceil(json.length / 8) * 8));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.byteLength));
  return Buffer.concat([length, text]);
}
