/** `reverie models`: list, download, import and verify networks. */
import type { Command } from 'commander';
import { loadConfig } from '../config.js';
import { ReverieError } from '../errors.js';
import { readManifest } from '../weights/manifest.js';
import { createWeightInstaller, type WeightInstaller } from '../weights/installer.js';
import { fetchEach } from './fetching.js';

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

async function openStore(): Promise<WeightInstaller> {
  const { modelsDir: folder, modelsMirrors: mirrors } = loadConfig();
  return createWeightInstaller({ folder, mirrors, manifest: await readManifest() });
}

async function pull(names: readonly string[], options: { all?: boolean; offline?: boolean }): Promise<void> {
  const store = await openStore();
  const wanted = options.all ? (await store.list()).map(({ name }) => name) : names;
  if (wanted.length === 0)
    throw new ReverieError(
      'invalid-parameter',
      'Name a network or use --all. “reverie models list” shows them all.',
    );
  const { offline = false } = options;
  await fetchEach(wanted, (name, progress) => store.pull(name, { offline, ...progress }));
}

export function addModels(program: Command): void {
  const models = program.command('models').description('list, download, import and verify networks');

  models
    .command('list')
    .description('list every network, whether it is installed and what it is good for')
    .action(async () => {
      for (const { name, known, file } of await (await openStore()).list()) {
        const size = known.original ? megabytes(known.original.size) : 'bundled';
        console.log(
          `${name.padEnd(13)}${file ? 'installed' : 'missing  '}  ${size.padEnd(9)} ${known.goodFor}`,
        );
        console.log(`${' '.repeat(33)}${known.licence}; ${known.attribution}`);
      }
    });

  models
    .command('pull')
    .description('download, verify and convert networks; resumes interrupted downloads')
    .argument('[names...]', 'networks')
    .option('--all', 'every network in the manifest')
    .option('--offline', 'download nothing; only report what is missing')
    .action(pull);

  models
    .command('import')
    .description('import a file you already have: Keras HDF5, caffemodel or safetensors')
    .argument('<name>', 'the network')
    .argument('<file>', 'weight file')
    .action(async (name: string, file: string) => {
      await (await openStore()).import(name, file);
      console.log(`${name}: imported`);
    });

  models
    .command('verify')
    .description('verify every installed network')
    .action(async () => {
      const verdicts = await (await openStore()).verify();
      for (const { name, file, valid, finding } of verdicts)
        console.log(`${name.padEnd(13)}${valid ? 'correct' : 'DAMAGED'}  ${finding}  (${file})`);
      if (verdicts.some(({ valid }) => !valid)) process.exitCode = 1;
    });

  models
    .command('remove')
    .description('delete networks that were pulled or imported')
    .argument('<names...>', 'networks')
    .action(async (names: string[]) => {
      const store = await openStore();
      for (const name of names)
        console.log(`${name}: ${(await store.remove(name)) ? 'removed' : 'nothing to remove'}`);
    });
}
