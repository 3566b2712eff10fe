/**
 * The half of a conversion that runs in a thread of its own, where a hostile file can be cut off. Writes native
 * safetensors of 32-bit floats tensor by tensor; the checksum of the data goes into the header at the end.
 */
import { createHash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { openSafetensors } from '../pipeline/networks/safetensors.js';
import { openCaffe } from './caffe.js';
import type { Conversion } from './convert.js';
import { openKeras } from './keras.js';
import type { Shapes } from './manifest.js';
import { sameShape, type Original } from './original.js';

const HDF5 = Buffer.from('\x89HDF\r\n\x1a\n', 'latin1');

async function firstBytes(file: string): Promise<Buffer> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(9), 0, 9, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

async function openNative(file: string, shapes: Shapes): Promise<Original> {
  const { weights } = await openSafetensors(file);
  return {
    read(name) {
      const { shape, data } = weights(name);
      if (!sameShape(shape, shapes[name]!)) throw new Error(`${name} has the shape ${String(shape)}`);
      return data;
    },
    close: () => undefined,
  };
}

/** The file's own first bytes tell what it is, whatever its name. */
async function openOriginal(file: string, shapes: Shapes): Promise<Original> {
  const start = await firstBytes(file);
  if (start.subarray(0, 8).equals(HDF5)) return openKeras(file, shapes);
  return start[8] === '{'.charCodeAt(0) ? openNative(file, shapes) : openCaffe(file, shapes);
}

/** Padded with spaces to a multiple of eight, so that the data is aligned. */
function header(shapes: Shapes, metadata: Record<string, string>): Buffer {
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

async function write(out: FileHandle, original: Original, { name, shapes }: Conversion): Promise<void> {
  const hash = createHash('sha256');
  const headed = (sha256: string) => header(shapes, { network: name, version: '1', data_sha256: sha256 });
  let position = headed('0'.repeat(64)).byteLength;
  for (const tensor of Object.keys(shapes)) {
    const values = original.read(tensor);
    if (!values.every(Number.isFinite)) throw new Error(`${tensor} holds values that are no numbers`);
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    hash.update(bytes);
    await out.write(bytes, 0, bytes.byteLength, position);
    position += bytes.byteLength;
  }
  await out.write(headed(hash.digest('hex')), 0, undefined, 0);
  await out.sync();
}

async function convert(conversion: Conversion): Promise<void> {
  const original = await openOriginal(conversion.from, conversion.shapes);
  const out = await open(conversion.to, 'wx');
  try {
    await write(out, original, conversion);
  } finally {
    await out.close();
    original.close();
  }
}

try {
  await convert(workerData as Conversion);
  parentPort!.postMessage({ done: true });
} catch (thrown) {
  const cause = thrown instanceof Error && thrown.cause instanceof Error ? thrown.cause : thrown;
  parentPort!.postMessage({ reason: cause instanceof Error ? cause.message : String(cause) });
}
