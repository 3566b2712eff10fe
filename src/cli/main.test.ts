/** The command line as its user meets it: a process, files, exit codes. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { noisePng } from '../../test/fixtures.js';
import type { Trace } from '../pipeline/renderer.js';
import { DRAWN } from '../styles/drawn/index.js';

const main = new URL('main.ts', import.meta.url).pathname;
let folder: string;
const at = (name: string) => path.join(folder, name);

function reverie(...args: readonly string[]) {
  const env = { ...process.env, DISCORD_TOKEN: '', MODELS_DIR: folder, DATA_DIR: folder };
  return new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
    execFile(process.execPath, ['--import', 'tsx', main, ...args], { env }, (error, stdout, stderr) => {
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr });
    });
  });
}

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'reverie-cli-'));
  await writeFile(at('a.png'), await noisePng(64, 48, 1));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it('a record repeats its run to the pixel, and notices another picture', { timeout: 60_000 }, async () => {
  const dream = ['dream', '--image', at('a.png'), '--layer', 'block2_conv2', '--size', '64'];
  const first = await reverie(
    ...[...dream, '--octaves', '1', '--steps', '2', '--seed', '7'],
    ...['--out', at('1.png'), '--trace', at('t.json')],
  );
  expect(first.stderr).not.toContain('Error');
  expect(first.code).toBe(0);
  expect((await reverie('dream', '--from', at('t.json'), '--out', at('2.png'))).code).toBe(0);
  expect((await readFile(at('2.png'))).equals(await readFile(at('1.png')))).toBe(true);

  await writeFile(at('a.png'), await noisePng(64, 48, 2));
  const other = await reverie('dream', '--from', at('t.json'), '--out', at('3.png'));
  expect(other).toMatchObject({
    code: 1,
    stderr: `The picture ${at('a.png')} is not the one used in that run.\n`,
  });
});

it('a style leaves its losses, chart and animation by the names it is told, and repeats to the pixel', async () => {
  await writeFile(at('b.png'), await noisePng(64, 48, 3));
  const first = await reverie(
    ...['style', '--network', 'mini', '--content', at('b.png'), '--style', `${at('b.png')}:1`],
    ...['--size', '64', '--steps', '3', '--init', 'noise', '--parametrisation', 'fourier', '--seed', '5'],
    ...['--out', at('s1.png'), '--trace', at('s.json')],
    ...['--chart', at('s.svg'), '--strip', at('strip.png'), '--animation', at('s.gif')],
  );
  expect(first).toMatchObject({ code: 0, stderr: expect.not.stringContaining('Error') as string });
  const again = ['style', '--from', at('s.json'), '--out', at('s2.png')];
  const second = await reverie(...again, '--chart', at('s.png'), '--animation', at('s.WEBP'));
  expect(second.code).toBe(0);
  expect((await readFile(at('s2.png'))).equals(await readFile(at('s1.png')))).toBe(true);

  const { steps } = JSON.parse(await readFile(at('s.json'), 'utf8')) as Trace;
  const layers = [1, 2, 3, 4, 5].map((block) => `block${block}_conv1`);
  expect(steps).toHaveLength(3);
  expect(Object.keys(steps[0]!.losses).sort()).toEqual([...layers, 'content', 'total']);
  expect(await readFile(at('s.svg'), 'utf8')).toMatch(/^<svg[^]*>content</);
  expect(await sharp(at('s.png')).metadata()).toMatchObject({ format: 'png', width: 800 });
  expect(await sharp(at('s.gif')).metadata()).toMatchObject({ format: 'gif', pages: 3 });
  expect(await sharp(at('s.WEBP')).metadata()).toMatchObject({ format: 'webp', pages: 3 });
});

it('says what it cannot write, stops, and ends with 1', { timeout: 60_000 }, async () => {
  await writeFile(at('c.png'), await noisePng(64, 48, 4));
  // A folder stands where the second frame should go.
  await mkdir(at('frames/00002.png'), { recursive: true });
  const dream = ['dream', '--image', at('c.png'), '--size', '64', '--octaves', '1', '--steps', '50'];
  const frames = await reverie(...dream, '--frames', at('frames'), '--out', at('f.png'));
  expect(frames.code).toBe(1);
  expect(frames.stderr.trim().split('\n').at(-1)).toBe(
    `The file ${at('frames/00002.png')} cannot be written: illegal operation on a directory.`,
  );
  expect(frames.stderr).not.toContain('step 50/50');
  expect(existsSync(at('f.png'))).toBe(false);

  const out = await reverie(...dream, '--steps', '1', '--out', at('none/o.png'));
  expect(out.code).toBe(1);
  expect(out.stderr).toContain(
    `The file ${at('none/o.png')} cannot be written: no such file or directory.\n`,
  );
  const folderless = await reverie(...dream, '--frames', at('c.png/x'), '--out', at('o.png'));
  expect(folderless).toMatchObject({
    code: 1,
    stderr: `The folder ${at('c.png/x')} cannot be created: not a directory.\n`,
  });
});

it.each([
  [['dream', '--size', 'x', '--out', 'o.png'], 'It must be a number'],
  [['dream', '--image', 'none.png', '--out', 'o.png'], 'The picture none.png cannot be read.'],
  [['dream', '--animation', 'a.mp4', '--out', 'o.png'], 'end in .webp or .gif'],
  [['style', '--out', 'o.png'], 'a content picture, a style picture or both are required'],
])('%j is refused in one line', { timeout: 20_000 }, async (args, sentence) => {
  const { code, stderr } = await reverie(...args);
  expect(code).toBe(1);
  expect(stderr).toContain(sentence);
  expect(stderr.trim().split('\n')).toHaveLength(1);
});

it('names the command that fetches a network which is missing', async () => {
  const asked = ['dream', '--network', 'vgg19', '--image', at('a.png'), '--out', at('v.png')];
  const { code, stderr } = await reverie(...asked);
  expect(code).toBe(1);
  expect(stderr).toMatch(/^The network vgg19 isn’t installed here\..*\nRun “reverie models pull vgg19”/);
});

it('teaches a built-in style and lists it as taught', { timeout: 120_000 }, async () => {
  const { name } = DRAWN[0]!;
  const taught = await reverie('styles', 'teach', name, '--network', 'mini', '--steps', '1');
  expect(taught).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/: taught, mini, 1 steps, /) as string,
  });
  const listed = (await reverie('styles', 'list')).stdout.split('\n');
  expect(listed.filter((line) => line.endsWith('  taught'))).toEqual([
    expect.stringMatching(new RegExp(`^${name} .*built in`)),
  ]);
});
