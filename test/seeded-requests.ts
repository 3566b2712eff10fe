/**
 * Requests on the command line whose results are known to the byte. They cover every kind, every network, and the
 * options that lead through code of their own.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import sharp from 'sharp';
import { TEST_DATA } from './test-data.js';

/** SHA-256 of what a request gives. */
export interface Hashes {
  /** The pixels of the result, RGB. */
  readonly image: string;
  /** The pixels of the picture after every step, one after the other. */
  readonly frames: string;
  /** The losses of every step as JSON. */
  readonly losses: string;
}

const WEIGHTS = new URL('weights/', TEST_DATA);

/** The arguments of each request; `NAME.png` stands for a picture of `drawPictures`. */
export const REQUESTS: Readonly<Record<string, readonly string[]>> = {
  'style: mini, three scales, two styles, variation, luminance': [
    ...[
      'style',
      '--network',
      'mini',
      '--content',
      'scene.png',
      '--size',
      '256',
      '--steps',
      '8',
      '--seed',
      '1',
    ],
    ...['--style', 'waves.png:2', '--style', 'tiles.png:1', '--gamma', '0.5', '--colour', 'luminance'],
  ],
  'style: vgg19, regions, Wasserstein': [
    ...[
      'style',
      '--network',
      'vgg19',
      '--content',
      'scene.png',
      '--size',
      '96',
      '--steps',
      '5',
      '--seed',
      '2',
    ],
    ...['--style', 'waves.png', '--mask', 'left.png', '--style', 'tiles.png', '--mask', 'right.png'],
    ...['--loss', 'wasserstein', '--pooling', 'average', '--layers', 'block1_conv2=1,block3_conv1=1'],
  ],
  'style: mini, L-BFGS, Fourier, matched colours, named layers': [
    ...[
      'style',
      '--network',
      'mini',
      '--content',
      'scene.png',
      '--size',
      '128',
      '--steps',
      '6',
      '--seed',
      '3',
    ],
    ...['--style', 'waves.png', '--optimiser', 'lbfgs', '--parametrisation', 'fourier', '--colour', 'match'],
    ...['--layers', 'block1_conv2=1,block3_conv1=2', '--content-layer', 'block3_conv3', '--alpha', '2'],
  ],
  'style: squeezenet, a texture in pixels from noise, a larger brush': [
    ...['style', '--network', 'squeezenet', '--style', 'tiles.png', '--size', '128', '--steps', '6'],
    ...[
      '--parametrisation',
      'pixels',
      '--init',
      'noise',
      '--style-scale',
      '1.5',
      '--beta',
      '20',
      '--seed',
      '4',
    ],
  ],
  'style: squeezenet, regions, seen in tiles': [
    ...['style', '--network', 'squeezenet', '--content', 'scene.png', '--size', '1440', '--steps', '2'],
    ...['--style', 'waves.png', '--mask', 'left.png', '--style', 'tiles.png', '--mask', 'right.png'],
    ...['--style-scale', '0.3', '--gamma', '0.1', '--seed', '5'],
  ],
  'style: squeezenet, Wasserstein, seen in tiles': [
    ...['style', '--network', 'squeezenet', '--content', 'scene.png', '--size', '1440', '--steps', '1'],
    ...['--style', 'waves.png', '--style', 'tiles.png', '--loss', 'wasserstein', '--seed', '6'],
    ...['--layers', 'conv1=1,fire3/concat=1', '--style-scale', '0.3'],
  ],
  'dream: googlenet, octaves, Laplacian, a guide by its best matches': [
    ...['dream', '--network', 'googlenet', '--image', 'scene.png', '--guide', 'waves.png', '--size', '160'],
    ...['--octaves', '3', '--steps', '4', '--smoothing', 'laplacian', '--guidance', 'match', '--seed', '7'],
  ],
  'dream: mini, two targets, a guide by its channels': [
    ...['dream', '--network', 'mini', '--image', 'scene.png', '--guide', 'tiles.png', '--size', '128'],
    ...['--layer', 'block3_conv2', '--layer', 'block4_conv1:pre=0.5', '--guidance', 'channels'],
    ...['--octaves', '2', '--steps', '4', '--seed', '8'],
  ],
  'dream: inception_v3, the mean, Gaussian, a zoom': [
    ...['dream', '--network', 'inception_v3', '--image', 'scene.png', '--size', '128', '--objective', 'mean'],
    ...['--octaves', '1', '--steps', '3', '--smoothing', 'gaussian', '--strength', '2', '--jitter', '8'],
    ...['--zoom', '3', '--zoom-factor', '1.1', '--seed', '9'],
  ],
  'dream: mini, channels of a layer, seen in tiles': [
    ...['dream', '--network', 'mini', '--image', 'scene.png', '--size', '640', '--octaves', '2'],
    ...['--octave-ratio', '1.2', '--steps', '1', '--layer', 'block3_conv2:3-9=1', '--seed', '10'],
  ],
  'visualise: mini, a contact sheet': [
    ...['visualise', '--network', 'mini', '--layer', 'block3_conv2', '--channels', '2-4'],
    ...['--size', '96', '--steps', '3', '--seed', '11'],
  ],
  'visualise: googlenet, one channel': [
    ...['visualise', '--network', 'googlenet', '--layer', 'inception_3b/output', '--channels', '5'],
    ...['--size', '96', '--steps', '6', '--seed', '12'],
  ],
  'visualise: vgg19, the activations of a picture': [
    ...['visualise', '--network', 'vgg19', '--layer', 'block3_conv1', '--channels', '0-3'],
    ...['--image', 'scene.png', '--size', '96'],
  ],
};

/** The network of a request, where its weights are not here. */
export function missingNetwork(args: readonly string[]): string | undefined {
  const network = args[args.indexOf('--network') + 1]!;
  return network === 'mini' || existsSync(new URL(`${network}.safetensors`, WEIGHTS)) ? undefined : network;
}

/** What the bytes of a result depend on beside the program: the kernels that ONNX Runtime takes. */
export function processor(): string {
  if (process.platform !== 'linux') return `${process.platform} ${process.arch}`;
  const text = readFileSync('/proc/cpuinfo', 'utf8');
  const field = (name: string) => new RegExp(`^${name}\\s*: (.*)$`, 'm').exec(text)?.[1] ?? '?';
  const which = `family ${field('cpu family')}, model ${field('model')}`;
  return `${field('model name')}, ${which}, ${availableParallelism()} cores`;
}

type Colour = (x: number, y: number) => readonly [number, number, number];

const PICTURES: Readonly<Record<string, { readonly size: readonly [number, number]; readonly at: Colour }>> =
  {
    scene: {
      size: [240, 140],
      at: (x, y) => {
        const sun = Math.hypot(x - 0.7, y - 0.3) < 0.16;
        const hill = y > 0.62 + 0.12 * Math.sin(7 * x);
        if (sun) return [0.95, 0.8 - 0.2 * y, 0.3];
        return hill ? [0.2 + 0.2 * x, 0.45 + 0.15 * Math.sin(60 * x * y), 0.2] : [0.35, 0.55, 0.9 - 0.5 * y];
      },
    },
    waves: {
      size: [200, 160],
      at: (x, y) => [
        0.5 + 0.45 * Math.sin(30 * x + 8 * Math.sin(9 * y)),
        0.4 + 0.3 * Math.sin(23 * y + 5 * Math.cos(11 * x)),
        0.6 + 0.35 * Math.cos(17 * (x + y)),
      ],
    },
    tiles: {
      size: [160, 192],
      at: (x, y) => {
        const [u, v] = [Math.floor(9 * x), Math.floor(11 * y)];
        const grout = 9 * x - u < 0.12 || 11 * y - v < 0.12;
        const shade = (n: number) => ((u * 7 + v * 13 + n * 5) % 11) / 11;
        return grout ? [0.1, 0.1, 0.12] : [shade(1), shade(2), shade(3)];
      },
    },
    left: { size: [64, 50], at: (x, y) => (x < 0.4 + 0.2 * y ? [1, 1, 1] : [0, 0, 0]) },
    right: { size: [64, 50], at: (x, y) => (x < 0.4 + 0.2 * y ? [0, 0, 0] : [1, 1, 1]) },
  };

/** Writes the pictures that the requests name: `scene.png` and so on. */
export async function drawPictures(folder: string): Promise<void> {
  for (const [name, { size, at }] of Object.entries(PICTURES)) {
    const [width, height] = size;
    const pixels = Uint8Array.from({ length: width * height * 3 }, (_, i) => {
      const p = Math.floor(i / 3);
      return Math.round(255 * at((p % width) / width, Math.floor(p / width) / height)[i % 3]!);
    });
    const file = sharp(pixels, { raw: { width, height, channels: 3 } }).png();
    await writeFile(path.join(folder, `${name}.png`), await file.toBuffer());
  }
}

const sha256 = (...parts: readonly (Uint8Array | string)[]) => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
};

const pixelsOf = (file: string) => sharp(file).removeAlpha().raw().toBuffer();

/**
 * Performs a request with a command line, `src/cli/main.ts` of some checkout, in a process of its own.
 * @param folder where the pictures lie; what is made goes into the new folder `name` in it
 */
export async function perform(
  main: string,
  args: readonly string[],
  folder: string,
  name: string,
): Promise<Hashes> {
  const out = path.join(folder, name);
  await mkdir(out);
  const [image, frames, trace] = ['image.png', 'frames', 'trace.json'].map((file) =>
    path.join(out, file),
  ) as [string, string, string];
  const words = args.map((word) => (/^\w+\.png/.test(word) ? path.join(folder, word) : word));
  await promisify(execFile)(
    process.execPath,
    ['--import', 'tsx', main, ...words, '--out', image, '--frames', frames, '--trace', trace],
    {
      env: {
        ...process.env,
        ...{ DISCORD_TOKEN: '', ENGINE: 'onnx', DEVICE: 'cpu' },
        MODELS_DIR: existsSync(WEIGHTS) ? WEIGHTS.pathname : '',
      },
    },
  );
  const { steps } = JSON.parse(await readFile(trace, 'utf8')) as { steps: { losses: unknown }[] };
  const files = (await readdir(frames)).sort();
  const seen = [];
  for (const file of files) seen.push(await pixelsOf(path.join(frames, file)));
  return {
    image: sha256(await pixelsOf(image)),
    frames: sha256(...seen),
    losses: sha256(JSON.stringify(steps.map(({ losses }) => losses))),
  };
}
