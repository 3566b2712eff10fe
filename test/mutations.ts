/** Hostile weight files: valid ones with mutations. The same number gives the same file. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import h5wasm, { File } from 'h5wasm/node';
import { createRandom, type Random } from '../src/styles/drawing/random.js';
import { encodeCaffe, encodeSafetensors, randomTensors, writeKeras, type Tensors } from './weight-files.js';

export const FORMATS = ['safetensors', 'keras', 'caffe'] as const;
export type Format = (typeof FORMATS)[number];

/** Small, so that most bytes of a file are structure rather than values. */
export const SHAPES = {
  'conv1/kernel': [2, 2, 3, 4],
  'conv1/bias': [4],
  'conv2/kernel': [1, 1, 4, 2],
  'conv2/bias': [2],
};
export const CAFFE_SHAPES = {
  'conv1/weight': [4, 3, 2, 2],
  'conv1/bias': [4],
  'fc/weight': [2, 4, 1, 1],
  'fc/bias': [2],
};

/** Wrong sizes, offsets and counts. */
const WRONG_NUMBERS = [
  0n,
  1n,
  0x7fn,
  0xffn,
  0xffffn,
  2n ** 31n - 1n,
  2n ** 32n - 1n,
  2n ** 40n,
  2n ** 63n - 1n,
  2n ** 64n - 1n,
];
const WIDTHS = [1, 2, 4, 8];

type Mutation = (bytes: Buffer, random: Random) => Buffer;

const below = (random: Random, end: number) => Math.floor(random.range(0, end));

/** Mutations that work on any format. */
const MUTATIONS: readonly Mutation[] = [
  (bytes, random) => bytes.subarray(0, below(random, bytes.length)),
  (bytes, random) => {
    for (let flips = below(random, 8); flips >= 0; flips--) {
      const at = below(random, bytes.length);
      bytes[at] = bytes[at]! ^ (1 << below(random, 8));
    }
    return bytes;
  },
  // Overwrites a number: a length, an offset or a count.
  (bytes, random) => {
    const width = random.pick(WIDTHS);
    const at = below(random, Math.max(1, bytes.length - width));
    const wrong = Buffer.alloc(8);
    wrong.writeBigUInt64LE(random.pick(WRONG_NUMBERS));
    wrong.copy(bytes, at, 0, width);
    return bytes;
  },
  (bytes, random) => {
    const at = below(random, Math.max(1, bytes.length - 1));
    bytes.writeUInt8((bytes[at]! + random.pick([1, 255])) % 256, at);
    return bytes;
  },
  (bytes, random) => {
    const [from, to] = [below(random, bytes.length), below(random, bytes.length)].sort((a, b) => a - b);
    return Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)]);
  },
  (bytes, random) => {
    const [from, to] = [below(random, bytes.length), below(random, bytes.length)].sort((a, b) => a - b);
    return Buffer.concat([bytes.subarray(0, to), bytes.subarray(from)]);
  },
];

/** Tensors that do not fit the network: not finite, of another shape, too long, or one too few. */
function wrongTensors(shapes: Readonly<Record<string, number[]>>, random: Random): Tensors {
  const name = random.pick(Object.keys(shapes));
  const tensors = randomTensors(shapes);
  const { shape, data } = tensors[name]!;
  const instead = (other: Tensors[string]): Tensors => ({ ...tensors, [name]: other });
  return random.pick<() => Tensors>([
    () => instead({ shape, data: data.with(0, random.pick([NaN, Infinity, -Infinity])) }),
    () => instead({ shape: [...shape].reverse(), data }),
    () => instead({ shape: [...shape, 2], data: Float32Array.from([...data, ...data]) }),
    () => instead({ shape: [shape.reduce((product, n) => product * n)], data }),
    () => Object.fromEntries(Object.entries(tensors).filter(([other]) => other !== name)),
  ])();
}

type Maker = (random: Random) => Promise<Buffer>;

const WRONG_VALUES: readonly unknown[] = [-1, 0.5, 2 ** 40, 2 ** 53, 1e308, null, '4', [], {}, true];

/** Changes one value of the header. */
function wrongHeader(random: Random): Buffer {
  const valid = encodeSafetensors(randomTensors(SHAPES));
  const length = Number(valid.readBigUInt64LE());
  const json = JSON.parse(valid.toString('utf8', 8, 8 + length)) as Record<string, Record<string, unknown>>;
  const entry = json[random.pick(Object.keys(SHAPES))]!;
  const field = random.pick(['dtype', 'shape', 'data_offsets', 'more']);
  const list = entry[field];
  if (Array.isArray(list) && random.next() < 0.8)
    list[below(random, list.length)] = random.pick([...WRONG_VALUES, 0, 4, 16, 1000]);
  else if (field === 'dtype')
    entry.dtype = random.pick(['F64', 'F16', 'I64', 'BOOL', 'f32', ...WRONG_VALUES]);
  else entry[field] = random.pick(WRONG_VALUES);
  if (random.next() < 0.2) json.__metadata__ = random.pick(WRONG_VALUES) as Record<string, unknown>;
  const text = Buffer.from(JSON.stringify(json));
  const head = Buffer.alloc(8);
  head.writeBigUInt64LE(random.next() < 0.8 ? BigInt(text.length) : random.pick(WRONG_NUMBERS));
  return Buffer.concat([head, text, valid.subarray(8 + length)]);
}

async function inFile(write: (file: string) => Promise<void>): Promise<Buffer> {
  const folder = await mkdtemp(path.join(tmpdir(), 'reverie-mutation-'));
  try {
    await write(path.join(folder, 'file'));
    return await readFile(path.join(folder, 'file'));
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** A Keras file whose first kernel has another type, or is gigabytes of compressed zeros. */
async function oddKeras(random: Random): Promise<Buffer> {
  await h5wasm.ready;
  return inFile(async (name) => {
    await writeKeras(name, randomTensors(SHAPES), { without: 'conv1/kernel' });
    const file = new File(name, 'a');
    const layer = file.get('conv1') as InstanceType<typeof h5wasm.Group>;
    const dataset = { name: 'conv1_W_1:0', shape: SHAPES['conv1/kernel'] };
    random.pick<() => unknown>([
      () => layer.create_dataset({ ...dataset, data: new Float64Array(48) }),
      () => layer.create_dataset({ ...dataset, data: new Int32Array(48) }),
      () => {
        const packed = { maxshape: [2 ** 20, 2 ** 12], chunks: [1024, 1024], compression: 9 };
        layer
          .create_dataset({ name: dataset.name, data: new Float32Array(1), shape: [1, 1], ...packed })
          .resize([2 ** 20, 2 ** 12]);
      },
      () => layer.create_group(dataset.name),
    ])();
    file.close();
  });
}

const MUTATORS: Readonly<Record<Format, readonly Maker[]>> = {
  safetensors: [
    () => Promise.resolve(encodeSafetensors(randomTensors(SHAPES))),
    (random) => Promise.resolve(encodeSafetensors(wrongTensors(SHAPES, random))),
    (random) => Promise.resolve(wrongHeader(random)),
  ],
  keras: [
    () => inFile((file) => writeKeras(file, randomTensors(SHAPES))),
    () =>
      inFile((file) => writeKeras(file, randomTensors(SHAPES), { names: 'later', below: 'model_weights' })),
    (random) => inFile((file) => writeKeras(file, wrongTensors(SHAPES, random))),
    oddKeras,
  ],
  caffe: [
    () => Promise.resolve(Buffer.from(encodeCaffe(randomTensors(CAFFE_SHAPES)))),
    (random) =>
      Promise.resolve(Buffer.from(encodeCaffe(randomTensors(CAFFE_SHAPES), random.pick(['old', 'double'])))),
    (random) =>
      Promise.resolve(
        Buffer.from(encodeCaffe(wrongTensors(CAFFE_SHAPES, random), random.pick(['new', 'old']))),
      ),
  ],
};

/** The hostile file with that number. About half of them are valid or wrong files whose bytes are mutated as well. */
export async function mutatedFile(format: Format, number: number): Promise<Buffer> {
  const random = createRandom(number * 2654435761);
  const make = MUTATORS[format][number % MUTATORS[format].length]!;
  let bytes = await make(random);
  const times = number % MUTATORS[format].length === 0 ? 1 + below(random, 2) : below(random, 2);
  for (let i = 0; i < times; i++) bytes = random.pick(MUTATIONS)(Buffer.from(bytes), random);
  return bytes;
}
