/** Paintings that are free for all, fetched from where the public finds them, and pictures of the operator's own. */
import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { ReverieError } from '../errors.js';
import { cleanStyle, styleCardSchema, type StyleCard, type StyleLibrary } from './style-library.js';
import { withFileLock } from '../weights/file-lock.js';
import { readBundled } from '../weights/bundled.js';
import { downloadFile, type Download } from '../weights/download.js';

const paintings = z.record(
  z.string(),
  styleCardSchema.required().extend({ addresses: z.array(z.url()).min(1) }),
);
export type Paintings = z.infer<typeof paintings>;

export const readPaintings = (): Promise<Paintings> => readBundled('styles.json', paintings);

/** Nobody vouches for a painting's bytes with a checksum: they are bounded, and what they decode to is what is kept. */
const BYTES_MAX = 25 * 2 ** 20;

export interface PullOptions extends Pick<
  Download,
  'onProgress' | 'signal' | 'stallMs' | 'backoffMs' | 'rounds'
> {
  readonly known: Paintings;
}

/**
 * Fetches a painting unless it is here; says whether it did.
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
  const here = async () => (await library.list()).some((style) => style.name === name);
  const file = path.join(library.folder, `${name}.original`);
  if (await here()) return false;
  return withFileLock(file, async (lost) => {
    if (await here()) return false;
    try {
      await downloadFile({
        ...{ ...download, addresses, file, maxBytes: BYTES_MAX },
        check: async (whole) => {
          await cleanStyle(await readFile(whole));
        },
        signal: AbortSignal.any([lost, ...(download.signal ? [download.signal] : [])]),
      });
      await library.keep(name, await readFile(file), card);
      return true;
    } finally {
      for (const left of [file, `${file}.part`]) await rm(left, { force: true });
    }
  });
}

/** What a file is called where nobody says: its own name, in the letters that names have. */
export const styleNameOf = (file: string): string =>
  path
    .basename(file, path.extname(file))
    .toLowerCase()
    .normalize('NFKD')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 40);

/** @throws ReverieError where the file, its name or its picture will not do */
export async function addStyle(
  library: StyleLibrary,
  file: string,
  { name = styleNameOf(file), ...card }: Partial<StyleCard> & { readonly name?: string },
): Promise<string> {
  const bytes = await readFile(file).catch((cause: unknown) => {
    throw new ReverieError('invalid-parameter', `The picture ${file} cannot be read.`, { cause });
  });
  await library.keep(name, bytes, { ...card, title: card.title ?? name });
  return name;
}
