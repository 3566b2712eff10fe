/** Converts published weights to safetensors of 32-bit floats, one tensor at a time. */
import { open, type FileHandle } from 'node:fs/promises';
import { allFinite, openSafetensors, safetensorsHeader } from '../pipeline/networks/safetensors.js';
import { openCaffe } from './caffe.js';
import { openKeras } from './keras.js';
import type { Shapes } from './manifest.js';
import { sameShape, InvalidWeights, type SourceWeights } from './source-weights.js';
import { checksumMetadata, startChecksum } from './checksum.js';

export interface Conversion {
  readonly name: string;
  readonly from: string;
  /** Must not exist yet. */
  readonly to: string;
  readonly shapes: Shapes;
}

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

async function openOwnFormat(file: string, wanted: Shapes): Promise<SourceWeights> {
  const { weights, shapes } = await openSafetensors(file);
  return {
    read(name) {
      const shape = shapes.get(name);
      if (!shape) throw new InvalidWeights(`there is no ${name}`);
      if (!sameShape(shape, wanted[name]!))
        throw new InvalidWeights(`${name} has the shape ${String(shape)}`);
      return weights(name).data;
    },
    close: () => undefined,
  };
}

/** Recognises the format by the first bytes, not by the file's name. */
async function openSource(file: string, shapes: Shapes): Promise<SourceWeights> {
  const start = await firstBytes(file);
  if (start.subarray(0, 8).equals(HDF5)) return openKeras(file, shapes);
  return start[8] === '{'.charCodeAt(0) ? openOwnFormat(file, shapes) : openCaffe(file, shapes);
}

async function write(out: FileHandle, source: SourceWeights, { name, shapes }: Conversion): Promise<void> {
  const blank = safetensorsHeader(shapes, checksumMetadata(name));
  const checksum = startChecksum(blank);
  let position = blank.byteLength;
  for (const tensor of Object.keys(shapes)) {
    const values = source.read(tensor);
    if (!allFinite(values)) throw new InvalidWeights(`${tensor} has values that are not finite`);
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    checksum.update(bytes);
    await out.write(bytes, 0, bytes.byteLength, position);
    position += bytes.byteLength;
  }
  await out.write(safetensorsHeader(shapes, checksumMetadata(name, checksum.digest('hex'))), 0, undefined, 0);
  await out.sync();
}

/**
 * Writes a complete, synced file. After a failure the caller deletes what was written.
 * @throws InvalidWeights saying what is wrong with the file, or ReverieError `network-broken` with such a cause
 */
export async function convertFile(conversion: Conversion): Promise<void> {
  const source = await openSource(conversion.from, conversion.shapes);
  try {
    const out = await open(conversion.to, 'wx');
    try {
      await write(out, source, conversion);
    } finally {
      await out.close();
    }
  } finally {
    source.close();
  }
}
