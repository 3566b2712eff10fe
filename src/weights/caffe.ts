/**
 * Caffe's weight files: one protobuf `NetParameter`. Layers are field 100 (`LayerParameter`: name 1, blobs 7) or, in old
 * files, field 2 (`V1LayerParameter`: name 4, blobs 6). A `BlobProto` has packed floats in field 5 or doubles in 8, and
 * its shape in field 7, or num, channels, height and width in 1 to 4. The message is walked instead of being decoded into
 * objects: the values stay in the file until they are asked for.
 */
import { readFile, stat } from 'node:fs/promises';
import protobuf from 'protobufjs';
import type { Shapes } from './manifest.js';
import { WEIGHTS_BYTES_MAX } from '../pipeline/networks/safetensors.js';
import { orInvalid, sameShape, InvalidWeights, type SourceWeights } from './source-weights.js';

const { BufferReader } = protobuf;
type Reader = protobuf.Reader;

/** What the blobs of a layer are, in order. */
const ROLES = ['weight', 'bias'];
const LENGTH_DELIMITED = 2;
const AXES_MAX = 8;
const DAMAGED = 'its protobuf structure is damaged';

interface Blob {
  readonly shape: readonly number[];
  readonly values: Uint8Array;
  readonly width: 4 | 8;
}

/** Calls `visit` for each field and skips those that it does not read, for which it returns false. */
function walk(bytes: Uint8Array, visit: (field: number, wire: number, reader: Reader) => boolean): void {
  const reader = new BufferReader(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (!visit(tag >>> 3, tag & 7, reader)) reader.skipType(tag & 7);
  }
}

function dimensions(bytes: Uint8Array): number[] {
  const dims: number[] = [];
  const add = (reader: Reader): void => {
    if (dims.push(Number(reader.int64())) > AXES_MAX) throw new InvalidWeights('a shape has too many axes');
  };
  walk(bytes, (field, wire, reader) => {
    if (field !== 1) return false;
    if (wire !== LENGTH_DELIMITED) add(reader);
    else {
      const end = reader.uint32() + reader.pos;
      while (reader.pos < end) add(reader);
    }
    return true;
  });
  return dims;
}

function blob(bytes: Uint8Array): Blob {
  const old = [1, 1, 1, 1];
  let shape: number[] | undefined;
  let values: Uint8Array | undefined;
  let width: 4 | 8 = 4;
  walk(bytes, (field, wire, reader) => {
    if (field >= 1 && field <= 4 && wire === 0) old[field - 1] = reader.int32();
    else if (field === 7 && wire === LENGTH_DELIMITED) shape = dimensions(reader.bytes());
    else if ((field === 5 || field === 8) && wire === LENGTH_DELIMITED) {
      values = reader.bytes();
      width = field === 5 ? 4 : 8;
    } else return false;
    return true;
  });
  return { shape: shape ?? old, values: values ?? new Uint8Array(), width };
}

/** A layer's name and its undecoded blobs. */
function layer(bytes: Uint8Array, fields: { name: number; blobs: number }) {
  const blobs: Uint8Array[] = [];
  let name = '';
  walk(bytes, (field, wire, reader) => {
    if (wire !== LENGTH_DELIMITED) return false;
    if (field === fields.name) name = reader.string();
    else if (field === fields.blobs && blobs.length < ROLES.length) blobs.push(reader.bytes());
    else return false;
    return true;
  });
  return { name, blobs };
}

const LAYERS: Readonly<Record<number, { name: number; blobs: number }>> = {
  100: { name: 1, blobs: 7 },
  2: { name: 4, blobs: 6 },
};

/** The undecoded blobs of the wanted tensors, by tensor name. */
function blobsOf(file: Uint8Array, shapes: Shapes): Map<string, Uint8Array> {
  const found = new Map<string, Uint8Array>();
  walk(file, (field, wire, reader) => {
    const fields = LAYERS[field];
    if (!fields || wire !== LENGTH_DELIMITED) return false;
    const { name, blobs } = layer(reader.bytes(), fields);
    for (const [i, role] of ROLES.entries()) {
      const bytes = blobs[i];
      if (bytes && Object.hasOwn(shapes, `${name}/${role}`)) found.set(`${name}/${role}`, bytes);
    }
    return true;
  });
  return found;
}

function readBlob(name: string, bytes: Uint8Array, wanted: readonly number[]): Float32Array {
  const { shape, values, width } = blob(bytes);
  if (!sameShape(shape, wanted))
    throw new InvalidWeights(`${name} has the shape ${String(shape)} instead of ${String(wanted)}`);
  const count = wanted.reduce((product, n) => product * n, 1);
  if (values.byteLength !== count * width) throw new InvalidWeights(`${name} is incomplete`);
  const own = new Uint8Array(values).buffer;
  return width === 4 ? new Float32Array(own) : Float32Array.from(new Float64Array(own));
}

export async function openCaffe(file: string, shapes: Shapes): Promise<SourceWeights> {
  const { size } = await stat(file);
  if (size > WEIGHTS_BYTES_MAX) throw new InvalidWeights(`it has ${size} bytes, more than any network here`);
  const bytes = await readFile(file);
  const found = orInvalid(DAMAGED, () => blobsOf(bytes, shapes));
  return {
    read(name) {
      const own = found.get(name);
      if (!own) throw new InvalidWeights(`there is no ${name}`);
      return orInvalid(DAMAGED, () => readBlob(name, own, shapes[name]!));
    },
    close: () => undefined,
  };
}
