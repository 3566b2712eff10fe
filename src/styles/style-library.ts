/** The operator's style pictures: downloaded paintings and files of their own. */
import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { ReverieError } from '../errors.js';
import { decode } from '../pipeline/image/decode.js';
import { encodePng } from '../pipeline/image/encode.js';
import { inspect } from '../pipeline/image/inspect.js';
import { DRAWN } from './drawn/index.js';

const line = z.string().trim().min(1).max(80);

export const styleCardSchema = z.object({
  title: line,
  artist: line.optional(),
  year: line.optional(),
  licence: line.optional(),
});

/** What members and the operator read about a style picture. */
export type StyleCard = z.infer<typeof styleCardSchema>;

export interface LibraryStyle {
  readonly name: string;
  readonly card: StyleCard;
}

const NAME = /^[a-z0-9][a-z0-9-]{0,39}$/;
/** Names of the drawn styles, and the one that stands for a picture attached to a command. */
const RESERVED = new Set([...DRAWN.map(({ name }) => name), 'attached']);
/** The longest side of a stored picture in pixels. Larger results are rare, so more detail would not be seen. */
const SIDE_MAX = 2048;

/** @throws ReverieError `invalid-parameter` when the name is malformed or reserved */
export function checkStyleName(name: string): void {
  if (NAME.test(name) && !RESERVED.has(name)) return;
  throw new ReverieError(
    'invalid-parameter',
    RESERVED.has(name)
      ? `The name ${name} belongs to a built-in style.`
      : 'A style’s name may contain up to 40 lower-case letters, digits and hyphens, as in water-lilies.',
  );
}

/**
 * Decodes the picture, shrinks it if it is large, and encodes it again, which drops all metadata.
 * @throws ReverieError when it cannot be decoded
 */
export async function cleanStyle(bytes: Uint8Array): Promise<Uint8Array> {
  const { width, height } = await inspect(bytes);
  const scale = Math.min(1, SIDE_MAX / Math.max(width, height));
  const scaled = (side: number) => Math.max(1, Math.round(side * scale));
  return encodePng(await decode(bytes, scaled(width), scaled(height)));
}

/** Writes to a temporary file and renames it: a reader sees the complete file or none. */
async function writeAtomically(file: string, content: Uint8Array | string): Promise<void> {
  const temporary = `${file}.${randomUUID()}.new`;
  try {
    const handle = await open(temporary, 'wx');
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } finally {
    await rm(temporary, { force: true });
  }
}

/** What a name's files end in; the last is there where swift was taught the style, a drawn one too. */
const [CARD, PICTURE, TAUGHT] = ['json', 'png', 'safetensors'] as const;

/** A folder with a picture and a card for each style. A style that lacks one of them is ignored. */
export class StyleLibrary {
  constructor(readonly folder: string) {}

  async list(): Promise<readonly LibraryStyle[]> {
    const files = new Set(await readdir(this.folder).catch(() => []));
    const names = [...files]
      .filter((file) => file.endsWith('.json'))
      .map((file) => file.slice(0, -'.json'.length))
      .filter((name) => NAME.test(name) && !RESERVED.has(name) && files.has(`${name}.png`))
      .sort();
    const cards = await Promise.all(names.map((name) => this.#card(name)));
    return names.flatMap((name, i) => {
      const card = cards[i];
      return card ? [{ name, card }] : [];
    });
  }

  /** The picture as a PNG file. */
  png(name: string): Promise<Uint8Array> {
    return readFile(this.#file(name, PICTURE));
  }

  /** The file of what swift was taught of a style; undefined where it was not taught. Of drawn styles too. */
  taught(name: string): Promise<Uint8Array | undefined> {
    return readFile(this.#file(name, TAUGHT)).catch((thrown: unknown) => {
      if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw thrown;
    });
  }

  /** Stores what swift was taught of a style, installed or drawn. */
  async saveTaught(name: string, file: Uint8Array): Promise<void> {
    await mkdir(this.folder, { recursive: true });
    await writeAtomically(this.#file(name, TAUGHT), file);
  }

  /**
   * Stores a picture under that name and replaces the one that had it.
   * @throws ReverieError when the name, the card or the picture is invalid
   */
  async add(name: string, picture: Uint8Array, card: StyleCard): Promise<void> {
    checkStyleName(name);
    const parsed = styleCardSchema.safeParse(card);
    if (!parsed.success)
      throw new ReverieError(
        'invalid-parameter',
        'Title, artist, year and licence must have 1 to 80 characters each.',
      );
    const png = await cleanStyle(picture);
    await mkdir(this.folder, { recursive: true });
    // What was taught belongs to the picture before.
    await rm(this.#file(name, TAUGHT), { force: true });
    await writeAtomically(this.#file(name, PICTURE), png);
    await writeAtomically(this.#file(name, CARD), `${JSON.stringify(parsed.data, undefined, 1)}\n`);
  }

  /** Returns false when there is no such style. */
  async remove(name: string): Promise<boolean> {
    checkStyleName(name);
    const stored = (await this.list()).some((style) => style.name === name);
    for (const ending of [CARD, PICTURE, TAUGHT]) await rm(this.#file(name, ending), { force: true });
    return stored;
  }

  #file(name: string, ending: string): string {
    return path.join(this.folder, `${name}.${ending}`);
  }

  /** Undefined when the card is invalid, so that one bad file does not hide the other styles. */
  async #card(name: string): Promise<StyleCard | undefined> {
    const text = await readFile(this.#file(name, CARD), 'utf8').catch(() => '');
    try {
      return styleCardSchema.parse(JSON.parse(text));
    } catch {
      return undefined;
    }
  }
}

/** The name of a style that is given none: that of its file, in the characters that are allowed. */
export const styleNameOf = (file: string): string =>
  path
    .basename(file, path.extname(file))
    .toLowerCase()
    .normalize('NFKD')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 40);

/**
 * Adds a file of the operator's and returns the name of its style.
 * @throws ReverieError when the file, the name or the picture is invalid
 */
export async function addStyle(
  library: StyleLibrary,
  file: string,
  { name = styleNameOf(file), ...card }: Partial<StyleCard> & { readonly name?: string },
): Promise<string> {
  const bytes = await readFile(file).catch((cause: unknown) => {
    throw new ReverieError('invalid-parameter', `The picture ${file} cannot be read.`, { cause });
  });
  await library.add(name, bytes, { ...card, title: card.title ?? name });
  return name;
}
