/** The folder of networks: what is there, whether it is sound, and how more get there. */
import { randomUUID } from 'node:crypto';
import { access, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { ReverieError } from '../errors.js';
import { openSafetensors, type SafetensorsFile } from '../pipeline/networks/safetensors.js';
import { withFileLock } from './file-lock.js';
import { convert } from './convert.js';
import { digest, fetchFile, type Download } from './download.js';
import { BUNDLED } from './bundled.js';
import { knownNetwork, type KnownNetwork, type Manifest } from './manifest.js';
import { errorMessage } from '../error-message.js';
import { verifyChecksum } from './checksum.js';

export interface WeightInstallerOptions {
  readonly folder: string;
  readonly manifest: Manifest;
  /** Folders of the operator's, by http or https, that hold the original files by their names. Asked first. */
  readonly mirrors?: readonly string[];
  readonly bundled?: string;
  /** Time-outs and pauses, for tests. */
  readonly patience?: Pick<Download, 'stallMs' | 'backoffMs' | 'rounds'>;
}

export interface Verification {
  readonly name: string;
  readonly file: string;
  readonly sound: boolean;
  /** What was found, in words. */
  readonly finding: string;
}

export interface WeightInstaller {
  list(): Promise<readonly { name: string; known: KnownNetwork; file: string | undefined }[]>;
  /** Fetches, checks and converts. Says false where it was there already. */
  pull(
    name: string,
    options?: Pick<Download, 'onProgress' | 'signal'> & { readonly offline?: boolean },
  ): Promise<boolean>;
  /** Takes an original (HDF5, caffemodel) or native file. */
  import(name: string, file: string): Promise<void>;
  verify(): Promise<readonly Verification[]>;
  /** Says false where there was none. Bundled networks stay. */
  remove(name: string): Promise<boolean>;
}

const exists = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  );

/** A renamed file is safe once its folder is on the disk, too. Not every system can open a folder. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder).catch(() => undefined);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}

/**
 * Whether a file is what its checksum says: the manifest's, its card's, or its own. Nothing where it carries none.
 * @param listed the manifest's, which is of the bundled file alone
 * @throws Error where the card beside it is damaged
 */
async function checksumHolds(
  file: string,
  listed: string | undefined,
  opened: SafetensorsFile,
): Promise<boolean | undefined> {
  const card = file.replace(/\.safetensors$/, '.json');
  const carded = (await exists(card)) ? cardedChecksum(await readFile(card, 'utf8')) : listed;
  if (carded === null || (listed ?? carded) !== carded)
    throw new Error(`its card, ${path.basename(card)}, is damaged`);
  return carded === undefined ? verifyChecksum(opened) : (await digest(file, 'sha256')) === carded;
}

/** Null where the card is no JSON. */
function cardedChecksum(text: string): string | null | undefined {
  try {
    return (JSON.parse(text) as { sha256?: string } | null)?.sha256;
  } catch {
    return null;
  }
}

/** Whether a tensor is as the manifest says, whatever the number of classes. */
function fits({ tensors, classifier }: KnownNetwork, name: string, shape: readonly number[]): boolean {
  const ofClasses = classifier !== undefined && name.startsWith(`${classifier}/`);
  const fixed = (axes: readonly number[]) => (ofClasses ? axes.slice(0, -1) : axes).join();
  return shape.length === tensors[name]!.length && fixed(shape) === fixed(tensors[name]!);
}

/** @returns what was found; throws with what is wrong */
async function examine(file: string, known: KnownNetwork, listed: string | undefined): Promise<string> {
  const opened = await openSafetensors(file);
  const holds = await checksumHolds(file, listed, opened);
  if (holds === false) throw new Error('its checksum differs');
  const names = Object.keys(known.tensors);
  for (const name of names) {
    const shape = opened.shapes.get(name);
    if (!shape) throw new Error(`it lacks ${name}`);
    if (!fits(known, name, shape)) throw new Error(`${name} has the shape ${shape.join('×')}`);
    opened.weights(name);
  }
  const tensors = `${names.length} tensors of the right shapes, all values finite`;
  return holds ? `${tensors}, checksum right` : `${tensors}; it carries no checksum`;
}

export function createWeightInstaller(options: WeightInstallerOptions): WeightInstaller {
  const { folder, manifest, mirrors = [], bundled = BUNDLED, patience } = options;
  const fileOf = (name: string, where = folder): string => path.join(where, `${name}.safetensors`);

  async function find(name: string): Promise<string | undefined> {
    for (const file of [fileOf(name), fileOf(name, bundled)]) if (await exists(file)) return file;
    return undefined;
  }

  /** Written beside, then renamed: whoever reads meets the old file or the new one. */
  async function install(name: string, from: string): Promise<void> {
    const leftover = new RegExp(`^${name}\\.[0-9a-f-]{36}\\.new$`);
    for (const entry of await readdir(folder))
      if (leftover.test(entry)) await rm(path.join(folder, entry), { force: true });
    const to = path.join(folder, `${name}.${randomUUID()}.new`);
    await convert({ name, from, to, shapes: knownNetwork(manifest, name).tensors });
    await rename(to, fileOf(name));
    await syncFolder(folder);
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
        throw new ReverieError('network-missing', `${name} comes with Reverie, but is not here.`);
      return withFileLock(fileOf(name), async (lost) => {
        if (await find(name)) return false;
        const file = path.join(folder, `${name}.original`);
        const canonical = original.addresses[0]!;
        const mirrored = mirrors.map(
          (mirror) => `${mirror.replace(/\/+$/, '')}/${path.posix.basename(new URL(canonical).pathname)}`,
        );
        if (offline && !(await exists(file)))
          throw new ReverieError(
            'network-missing',
            `${name} is not here, and nothing is fetched while offline. Fetch ${canonical} elsewhere, then run: reverie models import ${name} FILE`,
          );
        if (!(await exists(file)))
          await fetchFile({
            addresses: [...mirrored, ...original.addresses],
            file,
            size: original.size,
            maxBytes: original.size,
            checksum: original.checksum,
            ...patience,
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
      const files = Object.entries(manifest).flatMap(([name, known]) =>
        [folder, bundled].map((where) => ({
          ...{ name, known, file: fileOf(name, where) },
          listed: where === bundled ? known.sha256 : undefined,
        })),
      );
      const verdicts: Verification[] = [];
      // One after the other: each is wholly in memory while it is looked at.
      for (const { name, known, file, listed } of files) {
        if (!(await exists(file))) continue;
        const [sound, finding] = await examine(file, known, listed).then(
          (text) => [true, text] as const,
          (thrown: unknown) => [false, errorMessage(thrown)] as const,
        );
        verdicts.push({ name, file, sound, finding });
      }
      return verdicts;
    },

    async remove(name) {
      knownNetwork(manifest, name);
      const file = fileOf(name);
      const there = await exists(file);
      for (const old of [file, `${folder}/${name}.original`, `${folder}/${name}.original.part`])
        await rm(old, { force: true });
      return there;
    },
  };
}
