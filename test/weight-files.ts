/** Weight files in the published formats, written without the code that reads them. */
import { readFile } from 'node:fs/promises';
import h5wasm, { File } from 'h5wasm/node';
import protobuf from 'protobufjs';
import { sequence } from './fixtures.js';

export type Tensors = Readonly<Record<string, { shape: number[]; data: Float32Array }>>;

export function randomTensors(shapes: Readonly<Record<string, readonly number[]>>): Tensors {
  return Object.fromEntries(
    Object.entries(shapes).map(([name, shape], i) => [
      name,
      {
        shape: [...shape],
        data: sequence(
          shape.reduce((product, n) => product * n, 1),
          i + 1,
          -1,
        ),
      },
    ]),
  );
}

const layersOf = (tensors: Tensors): Map<string, string[]> => {
  const layers = new Map<string, string[]>();
  for (const name of Object.keys(tensors)) {
    const layer = name.slice(0, name.lastIndexOf('/'));
    layers.set(layer, [...(layers.get(layer) ?? []), name]);
  }
  return layers;
};

/** Keras' "notop" layout: VGG19's `…_W_1:0` and `…_b_1:0`, or the later `layer/kernel:0`. */
export async function writeKeras(
  file: string,
  tensors: Tensors,
  { names = 'early', below = '', without = '' } = {},
): Promise<void> {
  await h5wasm.ready;
  const opened = new File(file, 'w');
  const root = below ? opened.create_group(below) : opened;
  const layers = layersOf(tensors);
  root.create_attribute('layer_names', ['input_1', ...layers.keys()], null, 'S32');
  root.create_attribute('backend', 'tensorflow', null, 'S10');
  root.create_group('input_1');
  for (const [layer, members] of layers) {
    const group = root.create_group(layer);
    const stored = members.map((name) => {
      const role = name.slice(layer.length + 1);
      return names === 'early' ? `${layer}_${role === 'kernel' ? 'W' : 'b'}_1:0` : `${layer}/${role}:0`;
    });
    group.create_attribute('weight_names', stored, null, 'S64');
    if (names === 'later') group.create_group(layer);
    members.forEach((name, i) => {
      if (name === without) return;
      const parent = names === 'later' ? (group.get(layer) as typeof group) : group;
      const own = names === 'later' ? stored[i]!.slice(layer.length + 1) : stored[i]!;
      parent.create_dataset({ name: own, data: tensors[name]!.data, shape: tensors[name]!.shape });
    });
  }
  opened.close();
}

const CAFFE = `syntax = "proto2";
message BlobShape { repeated int64 dim = 1 [packed = true]; }
message BlobProto { optional int32 num = 1; optional int32 channels = 2; optional int32 height = 3;
  optional int32 width = 4; repeated float data = 5 [packed = true]; optional BlobShape shape = 7;
  repeated double double_data = 8 [packed = true]; }
message LayerParameter { optional string name = 1; optional string type = 2; repeated string bottom = 3;
  repeated BlobProto blobs = 7; }
message V1LayerParameter { repeated string bottom = 2; optional string name = 4; optional int32 type = 5;
  repeated BlobProto blobs = 6; }
message NetParameter { optional string name = 1; repeated V1LayerParameter layers = 2; repeated LayerParameter layer = 100; }`;

/** A NetParameter, encoded from its message definition: with shapes, or with four dimensions as in the first version. */
export function encodeCaffe(tensors: Tensors, version: 'new' | 'old' | 'double' = 'new'): Uint8Array {
  const type = protobuf.parse(CAFFE, { keepCase: true }).root.lookupType('NetParameter');
  const layers = [...layersOf(tensors)].map(([name, members]) => ({
    name,
    blobs: members.map((member) => {
      const { shape, data } = tensors[member]!;
      const [num = 1, channels = 1, height = 1, width = 1] = [1, 1, 1, 1, ...shape].slice(-4);
      const values = [...data];
      if (version === 'old') return { num, channels, height, width, data: values };
      return { shape: { dim: shape }, ...(version === 'new' ? { data: values } : { double_data: values }) };
    }),
  }));
  const field = version === 'old' ? 'layers' : 'layer';
  const auxiliary = { name: 'loss1/classifier', blobs: [{ shape: { dim: [2] }, data: [1, 2] }] };
  return type.encode(type.create({ name: 'net', [field]: [...layers, auxiliary] })).finish();
}

/** A safetensors file of 32-bit floats, in this order. */
export function encodeSafetensors(tensors: Tensors): Buffer {
  let end = 0;
  const entries = Object.entries(tensors).map(([name, { shape, data }]) => [
    name,
    { dtype: 'F32', shape, data_offsets: [end, (end += data.byteLength)] },
  ]);
  const header = Buffer.from(JSON.stringify(Object.fromEntries(entries)));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.byteLength));
  const data = Object.values(tensors).map((tensor) => Buffer.from(tensor.data.buffer));
  return Buffer.concat([length, header, ...data]);
}

/** The bundled network with only its first classes. */
export async function miniOf(classes: number): Promise<Uint8Array> {
  const whole = await readFile(new URL('../models/mini.safetensors', import.meta.url));
  const start = 8 + Number(whole.readBigUInt64LE(0));
  const header = JSON.parse(whole.toString('utf8', 8, start)) as Record<
    string,
    { shape: number[]; data_offsets: [number, number] }
  >;
  const kernel = header['predictions/kernel']!.data_offsets;
  const bias = header['predictions/bias']!;
  const end = kernel[0] + 2 * 256 * classes;
  Object.assign(header['predictions/kernel']!, { shape: [256, classes], data_offsets: [kernel[0], end] });
  Object.assign(bias, { shape: [classes], data_offsets: [end, end + 4 * classes] });
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.byteLength));
  return Buffer.concat([length, json, whole.subarray(start, start + end + 4 * classes)]);
}
