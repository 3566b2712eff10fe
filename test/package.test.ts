/** What `npm run pack` makes is installed in an empty folder, from this checkout's tarball and the npm registry alone. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { noisePng } from './fixtures.js';
import { startProgram } from './program.js';

const run = promisify(execFile);
const CHECKOUT = fileURLToPath(new URL('..', import.meta.url));
const INSTALL_MS = 300_000;

let folder: string;
let files: readonly string[];
const installed = (file: string) => path.join(folder, 'node_modules', 'reverie', file);
const reverie = async (...words: string[]) =>
  (await run(path.join(folder, 'node_modules', '.bin', 'reverie'), words, { cwd: folder })).stdout;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'reverie-package-'));
  await writeFile(path.join(folder, 'a.png'), await noisePng(64, 48));
  const packed = await run('npm', ['run', '-s', 'pack', '--', '--json', '--pack-destination', folder], {
    cwd: CHECKOUT,
    maxBuffer: 2 ** 24,
  });
  const [tarball] = JSON.parse(packed.stdout) as [{ filename: string; files: { path: string }[] }];
  files = tarball.files.map((file) => file.path);
  // Scripts of packages need not run: the one of ONNX Runtime would download CUDA.
  const flags = ['--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund'];
  await run('npm', ['install', ...flags, `./${tarball.filename}`], { cwd: folder });
}, INSTALL_MS);
afterAll(() => rm(folder, { recursive: true, force: true }));

it('holds the program, the bundled networks and the licence, but no tests and no training', () => {
  expect(files).toEqual(
    expect.arrayContaining(['LICENSE', 'README.md', 'models/mini.safetensors', 'models/styles.json']),
  );
  const others = files.filter((file) => !/^(dist\/|models\/[\w-]+\.(json|safetensors)$)/.test(file));
  expect(others.sort()).toEqual(['.env.example', 'CHANGELOG.md', 'LICENSE', 'README.md', 'package.json']);
  expect(files.filter((file) => /\.test\.|\.map$/.test(file))).toEqual([]);
});

it('paints on the command line with the networks that come with it', async () => {
  const report = await reverie('doctor');
  expect(report).toContain(installed('models/mini.safetensors'));
  expect(report).toContain(installed('models/swift.safetensors'));
  await reverie(
    ...'style --content a.png --style a.png --size 64 --steps 2 --chart c.png --out o.png'.split(' '),
  );
  expect(await sharp(path.join(folder, 'o.png')).metadata()).toMatchObject({ width: 64, height: 48 });
  expect(await sharp(path.join(folder, 'c.png')).metadata()).toMatchObject({ width: 800, height: 450 });
});

it('starts the bot, which serves its page in the sandbox', async () => {
  const bot = startProgram({ DATA_DIR: path.join(folder, 'data') }, [installed('dist/cli/main.js'), 'bot']);
  try {
    await bot.until('"msg":"ready"');
    await bot.until(' to use it.');
    const [page] = /http:\S+/.exec(bot.written.out)!;
    expect((await fetch(page)).status).toBe(200);
  } finally {
    bot.child.kill('SIGKILL');
    await bot.ended;
  }
});

it('exports the pipeline, whose worker thread starts', async () => {
  const program = `
    import { readFileSync } from 'node:fs';
    import { createThreadedRenderer } from 'reverie';
    const renderer = createThreadedRenderer();
    const prepared = await renderer.prepare({ kind: 'dream', image: readFileSync('a.png'), size: 64, octaves: 1, steps: 1 });
    const { image } = await renderer.render(prepared);
    console.log(image.width, image.height);
    await renderer.close();`;
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', program], { cwd: folder });
  expect(stdout).toBe('64 48\n');
});
