/** Installs networks into the folder of weights: downloads, imports, verifies and removes them. */
import { randomUUID } from 'node:crypto';
import { open, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { errorMessage, ReverieError } from '../errors.js';
import { BUNDLED } from './bundled.js';
import { convert } from './convert.js';
import { downloadFile, type Download } from './download.js';
import { withFileLock } from './file-lock.js';
import { knownNetwork, type KnownNetwork, type Manifest, type WeightSource } from './manifest.js';
import { exists, verifyWeights } from './verify-weights.js';

export interface WeightInstallerOptions {
  readonly folder: string;
  readonly manifest: Manifest;
  /** The operator's own http or https folders of the published files, under their original names. Asked first. */
  readonly mirrors?: readonly string[];
  readonly bundled?: string;
  /** For tests. */
  readonly timing?: Pick<Download, 'stallMs' | 'backoffMs' | 'rounds'>;
}

export interface Verification {
  readonly name: string;
  readonly file: string;
  readonly valid: boolean;
  /** What was checked, or what is wrong. */
  readonly finding: string;
}

export interface WeightInstaller {
  list(): Promise<readonly { name: string; known: KnownNetwork; file: string | undefined }[]>;
  /**
   * Downloads, verifies and converts a network. Returns false when it is here already.
   * @throws ReverieError `unknown-network`, `network-missing`, `network-broken`, `download-failed`, `aborted`
   */
  pull(
    name: string,
    options?: Pick<Download, 'onProgress' | 'signal'> & { readonly offline?: boolean },
  ): Promise<boolean>;
  /**
   * Installs a file that the operator has: HDF5 or caffemodel as published, or safetensors.
   * @throws ReverieError `unknown-network`, `invalid-parameter`, `network-broken`
   */
  import(name: string, file: string): Promise<void>;
  verify(): Promise<readonly Verification[]>;
  /** Returns false when there is nothing to remove. Bundled networks stay. */
  remove(name: string): Promise<boolean>;
}

/** Makes a rename durable. Some systems cannot open a folder. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder).catch(() => undefined);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}

export function createWeightInstaller(options: WeightInstallerOptions): WeightInstaller {
  const { folder, manifest, mirrors = [], bundled = BUNDLED, timing } = options;
  const fileOf = (name: string, where = folder): string => path.join(where, `${name}.safetensors`);

  async function find(name: string): Promise<string | undefined> {
    for (const file of [fileOf(name), fileOf(name, bundled)]) if (await exists(file)) return file;
    return undefined;
  }

  /** Converts to a temporary file and renames it: a reader sees the old network or the new one, never half of it. */
  async function install(name: string, from: string): Promise<void> {
    const leftover = new RegExp(`^${name}\\.[0-9a-f-]{36}\\.new$`);
    for (const entry of await readdir(folder))
      if (leftover.test(entry)) await rm(path.join(folder, entry), { force: true });
    const to = path.join(folder, `${name}.${randomUUID()}.new`);
    await convert({ name, from, to, shapes: knownNetwork(manifest, name).tensors });
    await rename(to, fileOf(name));
    await syncFolder(folder);
  }

  /** The operator's mirrors first, then the authors' own addresses. */
  function addressesOf({ addresses }: WeightSource): string[] {
    const filename = path.posix.basename(new URL(addresses[0]!).pathname);
    return [...mirrors.map((mirror) => `${mirror.replace(/\/+$/, '')}/${filename}`), ...addresses];
  }

  return {
    async list() {
      return Promise.all(
        Object.entries(manifest).map(async ([name, known]) => ({ name, known, file: await find(name) })),
      );
    },

    async pull(name, { onProgress, signal, offline = false } = {}) {
      const { original } = knownNetwork(manifest, name);
      if (await find(name)) return false;
      if (!original)
        throw new ReverieError('network-missing', `${name} comes with Reverie, but its file is missing.`);
      return withFileLock(fileOf(name), async (lost) => {
        if (await find(name)) return false;
        const file = path.join(folder, `${name}.original`);
        if (offline && !(await exists(file)))
          throw new ReverieError(
            'network-missing',
            `${name} is not here, and nothing is downloaded while offline. Download ${original.addresses[0]} elsewhere, then run: reverie models import ${name} FILE`,
          );
        if (!(await exists(file)))
          await downloadFile({
            addresses: addressesOf(original),
            file,
            size: original.size,
            maxBytes: original.size,
            checksum: original.checksum,
            ...timing,
            ...(onProgress && { onProgress }),
            signal: AbortSignal.any([lost, ...(signal ? [signal] : [])]),
          });
        try {
          await install(name, file);
        } finally {
          await rm(file, { force: true });
        }
        return true;
      });
    },

    async import(name, file) {
      knownNetwork(manifest, name);
      const found = await stat(file).catch(() => undefined);
      if (!found?.isFile()) throw new ReverieError('invalid-parameter', `The file ${file} cannot be read.`);
      await withFileLock(fileOf(name), () => install(name, file));
    },

    async verify() {
      const files = Object.entries(manifest).flatMap(([name, known]) => [
        { name, known, file: fileOf(name), listed: undefined },
        { name, known, file: fileOf(name, bundled), listed: known.sha256 },
      ]);
      const results: Verification[] = [];
      // One at a time: each is read into memory completely.
      for (const { name, known, file, listed } of files) {
        if (!(await exists(file))) continue;
        const [valid, finding] = await verifyWeights(file, known, listed).then(
          (text) => [true, text] as const,
          (thrown: unknown) => [false, errorMessage(thrown)] as const,
        );
        results.push({ name, file, valid, finding });
      }
      return results;
    },

    async remove(name) {
      knownNetwork(manifest, name);
      const file = fileOf(name);
      const installed = await exists(file);
      for (const old of [file, `${folder}/${name}.original`, `${folder}/${name}.original.part`])
        await rm(old, { force: true });
      return installed;
    },
  };
}
