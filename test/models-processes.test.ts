/** Networks pulled by several processes: at the same time, killed, and on the command line. */
import { execFile, fork, type ChildProcess } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readManifest } from '../src/weights/manifest.js';
import { createWeightInstaller } from '../src/weights/installer.js';
import { serveFile, type FileServer } from './file-server.js';
import { expectWhole, kerasFile, manifestOf } from './tiny-network.js';
import { encodeCaffe, randomTensors } from './weight-files.js';

const fileOf = (name: string) => new URL(name, import.meta.url).pathname;

let original: Uint8Array;
let folder: string;
let server: FileServer;
beforeAll(async () => {
  original = await kerasFile();
});
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'reverie-processes-'));
  server = await serveFile(original);
});
afterEach(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

const installer = () => createWeightInstaller({ folder, manifest: manifestOf(original, server.address) });

interface Report {
  readonly done?: number;
  readonly pulled?: boolean;
}

const startPull = () =>
  fork(fileOf('pull-process.ts'), [folder, JSON.stringify(manifestOf(original, server.address))], {
    execArgv: ['--import', 'tsx'],
  });

/** The first report of a process that matches. */
const report = (child: ChildProcess, matches: (message: Report) => boolean) =>
  new Promise<Report>((resolve, reject) => {
    child.on('message', (message: Report) => {
      if (matches(message)) resolve(message);
    });
    child.once('exit', () => {
      reject(new Error('the process exited without that report'));
    });
  });

const pulled = (child: ChildProcess) => report(child, (message) => message.pulled !== undefined);

async function kill(child: ChildProcess): Promise<void> {
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await gone;
}

/** Resolves as soon as the folder contains such a file. */
async function appears(file: RegExp): Promise<void> {
  while (!(await readdir(folder)).some((name) => file.test(name)))
    await new Promise((resolve) => setTimeout(resolve, 1));
}

describe('processes that pull the same network', () => {
  it('at the same time: one downloads it, the other finds it installed', async () => {
    const both = await Promise.all([pulled(startPull()), pulled(startPull())]);
    expect(both.map((one) => one.pulled).sort()).toEqual([false, true]);
    expect(server.ranges).toEqual(['']);
    await expectWhole(folder);
  });

  it('when the first is killed, the other resumes its download', async () => {
    server.faults.push({ kind: 'stall', after: 5000 });
    const first = startPull();
    await report(first, ({ done }) => done === 5000);
    const second = startPull();
    const ending = pulled(second);
    await kill(first);
    expect(await ending).toEqual({ pulled: true });
    expect(server.ranges).toEqual(['', 'bytes=5000-']);
    await expectWhole(folder);
  });

  it.each([
    ['as soon as the download is complete', /^tiny\.original$/],
    ['while the converted file is written', /\.new$/],
  ])('killed %s leave the old state, and the next one completes the work', async (_, moment) => {
    const first = startPull();
    first.on('error', () => undefined);
    await appears(moment);
    await kill(first);
    const left = await readdir(folder);
    // The file may have been renamed already; then it is complete.
    if (left.includes('tiny.safetensors')) expect((await installer().verify())[0]!.valid).toBe(true);
    await installer().pull('tiny');
    await expectWhole(folder);
  });
});

describe('reverie models', () => {
  const reverie = (...args: readonly string[]) =>
    new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
      execFile(
        process.execPath,
        ['--import', 'tsx', fileOf('../src/cli/main.ts'), 'models', ...args],
        { env: { ...process.env, MODELS_DIR: folder, MODELS_MIRROR: '' } },
        (error, stdout, stderr) => {
          resolve({ code: error ? Number(error.code) : 0, stdout, stderr });
        },
      );
    });

  it('pull --all --offline says what is installed and how to get the rest', async () => {
    const { code, stdout, stderr } = await reverie('pull', '--all', '--offline');
    expect(code).toBe(1);
    expect(stdout).toBe('mini: already installed\n');
    const missing = Object.entries(await readManifest()).filter(([, { original }]) => original);
    const lines = stderr.trim().split('\n');
    expect(lines).toHaveLength(missing.length);
    missing.forEach(([name, { original }], i) => {
      expect(lines[i]).toContain(`${name}: ${name} is not here, and nothing is downloaded while offline.`);
      expect(lines[i]).toContain(original!.addresses[0]);
      expect(lines[i]).toContain(`reverie models import ${name} FILE`);
    });
    expect(await readdir(folder)).toEqual([]);
  });

  it('import, list, verify and remove agree with each other', { timeout: 120_000 }, async () => {
    const { squeezenet } = await readManifest();
    const file = path.join(folder, 'given.caffemodel');
    await writeFile(file, encodeCaffe(randomTensors(squeezenet!.tensors)));
    expect(await reverie('import', 'squeezenet', file)).toMatchObject({ stdout: 'squeezenet: imported\n' });
    expect((await reverie('list')).stdout).toMatch(/^vgg19 +missing[^]*^squeezenet +installed/m);
    const bytes = await readFile(path.join(folder, 'squeezenet.safetensors'));
    bytes[bytes.byteLength - 1]! ^= 1;
    await writeFile(path.join(folder, 'squeezenet.safetensors'), bytes);
    const damaged = await reverie('verify');
    expect(damaged.code).toBe(1);
    expect(damaged.stdout).toMatch(/^mini +correct[^]*^squeezenet +DAMAGED +its checksum does not match/m);
    expect((await reverie('remove', 'squeezenet')).stdout).toBe('squeezenet: removed\n');
    expect(await readdir(folder)).toEqual(['given.caffemodel']);
  });
});
