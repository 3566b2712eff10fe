/** Public-domain paintings, downloaded from Wikimedia Commons. */
import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { ReverieError } from '../errors.js';
import { cleanStyle, styleCardSchema, type StyleLibrary } from './style-library.js';
import { withFileLock } from '../weights/file-lock.js';
import { readBundled } from '../weights/bundled.js';
import { downloadFile, type Download } from '../weights/download.js';

const paintings = z.record(
  z.string(),
  styleCardSchema.required().extend({ addresses: z.array(z.url()).min(1) }),
);
export type Paintings = z.infer<typeof paintings>;

export const readPaintings = (): Promise<Paintings> => readBundled('styles.json', paintings);

/** The files have no known checksum, so their size is limited and only the decoded picture is stored. */
const BYTES_MAX = 25 * 2 ** 20;

export interface PullOptions extends Pick<
  Download,
  'onProgress' | 'signal' | 'stallMs' | 'backoffMs' | 'rounds'
> {
  readonly known: Paintings;
}

/**
 * Downloads a painting into the library. Returns false when it is there already.
 * @throws ReverieError `unknown-preset`, `download-failed`, `aborted`
 */
export async function pullPainting(
  library: StyleLibrary,
  name: string,
  options: PullOptions,
): Promise<boolean> {
  const { known, ...download } = options;
  const painting = Object.hasOwn(known, name) ? known[name] : undefined;
  if (!painting) {
    const names = Object.keys(known).join(', ');
    throw new ReverieError('unknown-preset', `There is no painting called “${name}”. Available: ${names}.`, {
      details: { name, names },
    });
  }
  const { addresses, ...card } = painting;
  const isStored = async () => (await library.list()).some((style) => style.name === name);
  const file = path.join(library.folder, `${name}.original`);
  if (await isStored()) return false;
  return withFileLock(file, async (lost) => {
    if (await isStored()) return false;
    try {
      await downloadFile({
        ...{ ...download, addresses, file, maxBytes: BYTES_MAX },
        check: async (complete) => {
          await cleanStyle(await readFile(complete));
        },
        signal: AbortSignal.any([lost, ...(download.signal ? [download.signal] : [])]),
      });
      await library.add(name, await readFile(file), card);
      return true;
    } finally {
      for (const leftover of [file, `${file}.part`]) await rm(leftover, { force: true });
    }
  });
}
