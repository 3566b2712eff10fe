/** Style pictures beside those the program draws: paintings that were pulled, and the operator's own files. */
import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { ReverieError } from '../errors.js';
import { decode, encodePng, inspect } from '../pipeline/image/files.js';
import { DRAWN } from './drawn/index.js';

const words = z.string().trim().min(1).max(80);

export const styleCardSchema = z.object({
  title: words,
  artist: words.optional(),
  year: words.optional(),
  licence: words.optional(),
});

/** What a style picture is, for whoever chooses it. */
export type StyleCard = z.infer<typeof styleCardSchema>;

export interface LibraryStyle {
  readonly name: string;
  readonly card: StyleCard;
}

const NAME = /^[a-z0-9][a-z0-9-]{0,39}$/;
const TAKEN = new Set([...DRAWN.map(({ name }) => name), 'attached']);
/** Longest side of a picture that is kept, in pixels: strokes are seen at the size of a result. */
const SIDE_MAX = 2048;

/** @throws ReverieError `invalid-parameter` where it is none, or one of the program's own styles has it */
export function checkStyleName(name: string): void {
  if (NAME.test(name) && !TAKEN.has(name)) return;
  throw new ReverieError(
    'invalid-parameter',
    TAKEN.has(name)
      ? `The name ${name} belongs to a built-in style.`
      : 'A style’s name may contain up to 40 lower-case letters, digits and hyphens, as in water-lilies.',
  );
}

/** The picture decoded and encoded anew: what it hid besides its pixels is gone. Throws as the pipeline's decoder does. */
export async function cleanStyle(bytes: Uint8Array): Promise<Uint8Array> {
  const { width, height } = await inspect(bytes);
  const scale = Math.min(1, SIDE_MAX / Math.max(width, height));
  const scaled = (side: number) => Math.max(1, Math.round(side * scale));
  return encodePng(await decode(bytes, scaled(width), scaled(height)));
}

/** Written beside, then renamed: whoever reads meets the whole file or none. */
async function put(file: string, content: Uint8Array | string): Promise<void> {
  const beside = `${file}.${randomUUID()}.new`;
  try {
    const handle = await open(beside, 'wx');
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(beside, file);
  } finally {
    await rm(beside, { force: true });
  }
}

/** A folder where each style is a picture and its card; one without the other is not there. */
export class StyleLibrary {
  constructor(readonly folder: string) {}

  async list(): Promise<readonly LibraryStyle[]> {
    const files = new Set(await readdir(this.folder).catch(() => []));
    const names = [...files]
      .filter((file) => file.endsWith('.json'))
      .map((file) => file.slice(0, -'.json'.length))
      .filter((name) => NAME.test(name) && !TAKEN.has(name) && files.has(`${name}.png`))
      .sort();
    const cards = await Promise.all(names.map((name) => this.#card(name)));
    return names.flatMap((name, i) => {
      const card = cards[i];
      return card ? [{ name, card }] : [];
    });
  }

  /** The picture as a PNG file. */
  png(name: string): Promise<Uint8Array> {
    return readFile(this.#file(name, 'png'));
  }

  /**
   * Keeps a picture under that name, instead of the one that had it.
   * @throws ReverieError where the name, the card or the picture will not do
   */
  async keep(name: string, picture: Uint8Array, card: StyleCard): Promise<void> {
    checkStyleName(name);
    const told = styleCardSchema.safeParse(card);
    if (!told.success)
      throw new ReverieError(
        'invalid-parameter',
        'Title, artist, year and licence must have 1 to 80 characters each.',
      );
    const png = await cleanStyle(picture);
    await mkdir(this.folder, { recursive: true });
    await put(this.#file(name, 'png'), png);
    await put(this.#file(name, 'json'), `${JSON.stringify(told.data, undefined, 1)}\n`);
  }

  /** Says false where there was none. */
  async remove(name: string): Promise<boolean> {
    checkStyleName(name);
    const there = (await this.list()).some((style) => style.name === name);
    for (const ending of ['json', 'png']) await rm(this.#file(name, ending), { force: true });
    return there;
  }

  #file(name: string, ending: string): string {
    return path.join(this.folder, `${name}.${ending}`);
  }

  /** Nothing where somebody's editor spoilt it: the other styles stay. */
  async #card(name: string): Promise<StyleCard | undefined> {
    const text = await readFile(this.#file(name, 'json'), 'utf8').catch(() => '');
    try {
      return styleCardSchema.parse(JSON.parse(text));
    } catch {
      return undefined;
    }
  }
}
