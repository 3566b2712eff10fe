/**
 * Makes the pictures of the gallery, and the page that shows each of them with its command.
 * `npm run gallery` makes all of them, `npm run gallery -- NAME…` only the named ones.
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { animate } from '../../src/pipeline/export/animation.js';
import { drawnAnimation } from '../../test/drawn-animation.js';
import { TEST_DATA } from '../../test/test-data.js';

const HERE = import.meta.dirname;
const PICTURES = fileURLToPath(new URL('images', TEST_DATA));

interface Piece {
  readonly name: string;
  readonly title: string;
  readonly command: string;
}

const style = (content: string, styles: string, more = '') =>
  `style --network vgg19 --size 512 --content ${content} --style ${styles}${more && ` ${more}`}`;
const dream = (image: string, layer: string, more = '') =>
  `dream --network googlenet --size 512 --image ${image} --layer ${layer}${more && ` ${more}`}`;

const PIECES: readonly Piece[] = [
  { name: 'dream-1', title: 'conv2: hatching', command: dream('shipwreck.jpg', 'conv2/3x3') },
  {
    name: 'dream-2',
    title: 'inception_3b: eyes and fur',
    command: dream('shipwreck.jpg', 'inception_3b/output'),
  },
  {
    name: 'dream-3',
    title: 'inception_4c: animals',
    command: dream('shipwreck.jpg', 'inception_4c/output'),
  },
  {
    name: 'dream-4',
    title: 'inception_5a: whole animals',
    command: dream('shipwreck.jpg', 'inception_5a/output'),
  },
  {
    name: 'guided',
    title: 'Guided: a cup of coffee dreaming of a cat',
    command: dream('coffee.png', 'inception_4c/output', '--guide chelsea.png --guidance match'),
  },
  {
    name: 'sheet',
    title: 'What nine channels of inception_4c look for',
    command:
      'visualise --network googlenet --layer inception_4c/output --channels 0-8 --size 192 --steps 128',
  },
  {
    name: 'starry',
    title: 'A cat after van Gogh',
    command: style('chelsea.png', 'starry_night.jpg', '--chart chart.png --strip strip.png'),
  },
  {
    name: 'instant',
    title: 'A cup of coffee after four painters, in one pass each',
    command:
      'sheet --size 384 --content coffee.png --style starry_night.jpg --style wave.jpg --style the_scream.jpg --style composition_vii.jpg',
  },
  {
    name: 'animation',
    title: 'An animation after Hokusai',
    command:
      'style --technique instant --size 320 --content landscape.webp --style wave.jpg --animation animation.webp',
  },
  { name: 'wave', title: 'A shipwreck after Hokusai', command: style('shipwreck.jpg', 'wave.jpg') },
  { name: 'scream', title: 'A portrait after Munch', command: style('astronaut.png', 'the_scream.jpg') },
  {
    name: 'colour',
    title: 'Kandinsky’s strokes in the photograph’s colours',
    command: style('coffee.png', 'composition_vii.jpg', '--colour luminance'),
  },
  {
    name: 'two',
    title: 'Two styles at once: half Munch, half van Gogh',
    command: style('rocket.jpg', 'the_scream.jpg:1 --style starry_night.jpg:1'),
  },
  {
    name: 'mask',
    title: 'One style on the left, another on the right',
    command: style(
      'coffee.png',
      'starry_night.jpg --style composition_vii.jpg',
      '--mask left.png --mask right.png',
    ),
  },
];

/** What `starry` leaves beside its picture. */
const RECORDS: readonly Omit<Piece, 'command'>[] = [
  { name: 'chart', title: 'Its losses, in the paper’s units' },
  { name: 'strip', title: 'Its growth, from scale to scale' },
];

const studio = mkdtempSync(path.join(tmpdir(), 'gallery-'));

/** Two soft halves. */
async function masks(): Promise<void> {
  for (const [name, from, to] of [
    ['left', 'white', 'black'],
    ['right', 'black', 'white'],
  ] as const)
    await sharp(
      Buffer.from(
        `<svg xmlns="http://www.w3.org/2000/svg" width="300" height="200"><linearGradient id="g">
         <stop offset="0.45" stop-color="${from}"/><stop offset="0.55" stop-color="${to}"/></linearGradient>
         <rect width="300" height="200" fill="url(#g)"/></svg>`,
      ),
    )
      .png()
      .toFile(path.join(studio, `${name}.png`));
}

/** The drawn landscape under a circling camera. */
async function landscape(): Promise<void> {
  const animation = await drawnAnimation({ longest: 320 });
  const { bytes } = await animate(animation, { maxBytes: 8e6, format: 'webp' });
  writeFileSync(path.join(studio, 'landscape.webp'), bytes);
}

/** The path of a picture: an input, or one that was made on the way. */
const placed = (word: string): string => {
  if (!/\.(png|jpg|webp)(:|$)/.test(word)) return word;
  const [file = '', weight] = word.split(':');
  const input = path.join(PICTURES, file);
  return (existsSync(input) ? input : path.join(studio, file)) + (weight ? `:${weight}` : '');
};

const wanted = process.argv.slice(2);
await masks();
await landscape();
for (const { name, command } of PIECES) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  process.stdout.write(`${name}: reverie ${command}\n`);
  const words = [...command.split(' '), '--out', `${name}.png`].map(placed);
  execFileSync(process.execPath, ['--import', 'tsx', 'src/cli/main.ts', ...words], { stdio: 'inherit' });
  if (command.includes('--animation')) {
    copyFileSync(path.join(studio, `${name}.webp`), path.join(HERE, `${name}.webp`));
    continue;
  }
  for (const made of [name, ...(command.includes('--chart') ? RECORDS.map((r) => r.name) : [])])
    await sharp(path.join(studio, `${made}.png`))
      .resize({ width: 800, withoutEnlargement: true })
      .webp({ quality: 88 })
      .toFile(path.join(HERE, `${made}.webp`));
}

const shown = ({ name, title }: Omit<Piece, 'command'>) => `![${title}](${name}.webp)`;
const page = [
  '# Gallery',
  '',
  '`npm run gallery` makes these pictures and this page. The sheets and the animation were made on two CPU cores, the others',
  'on a GPU with ONNX Runtime’s WebGPU provider. The input pictures are in the folder `images` of `REVERIE_TEST_DATA`, and the',
  'networks in `MODELS_DIR`.',
  '',
  ...PIECES.filter(({ name }) => existsSync(path.join(HERE, `${name}.webp`))).flatMap((piece) => [
    `<a id="${piece.name}"></a>`,
    '',
    `## ${piece.title}`,
    '',
    shown(piece),
    '',
    `\`reverie ${piece.command} --out ${piece.name}.png\``,
    '',
    ...(piece.command.includes('--chart')
      ? RECORDS.flatMap((record) => [`${record.title}:`, '', shown(record), ''])
      : []),
  ]),
];
writeFileSync(path.join(HERE, 'README.md'), page.join('\n'));
