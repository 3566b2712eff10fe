/** The pictures that the benchmarks paint and judge. */
import { existsSync, readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { decode } from '../src/pipeline/image/decode.js';
import { encodePng } from '../src/pipeline/image/encode.js';
import { inspect } from '../src/pipeline/image/inspect.js';
import type { Size } from '../src/pipeline/prepared-run.js';
import { createPresets } from '../src/styles/presets.js';
import { drawScene, SCENE_NAMES } from '../src/styles/scenes/index.js';
import { TEST_DATA } from '../test/test-data.js';

const IMAGES = fileURLToPath(new URL('images', TEST_DATA));
const FILES = existsSync(IMAGES) ? readdirSync(IMAGES) : [];

export const hasRealPictures = FILES.length > 0;

/** Content and style. Without the test data there is only a drawn pair. */
export const PAIRS: readonly string[] = hasRealPictures
  ? [
      'chelsea:wave',
      'coffee:the_scream',
      'rocket:starry_night',
      'astronaut:composition_vii',
      'astronaut:shipwreck',
      'coffee:starry_night',
    ]
  : ['landscape:starry'];

export interface Pair {
  readonly name: string;
  /** A PNG file of the size at which results are judged. */
  readonly content: Uint8Array;
  /** A PNG file of the style picture's own size. */
  readonly style: Uint8Array;
  readonly size: Size;
}

/**
 * @param name CONTENT:STYLE, each the name of a picture in the test data's `images` without its extension, of a drawn
 *   scene, or of a built-in style
 * @param longest longest side of the content in pixels
 */
export async function openPair(name: string, longest: number): Promise<Pair> {
  const [content, style, ...rest] = name.split(':');
  if (!content || !style || rest.length > 0) throw new Error(`“${name}” is no pair: write CONTENT:STYLE`);
  const file = await findPicture(content);
  const size = judgedSize(await inspect(file), longest);
  const { width, height } = size;
  return {
    name: `${content} × ${style}`,
    content: await encodePng(await decode(file, width, height)),
    style: await findPicture(style),
    size,
  };
}

/** As a PNG file: a JPEG is shrunk while it is decoded, which is faster but not quite Lanczos. */
async function findPicture(name: string): Promise<Uint8Array> {
  const file = FILES.find((candidate) => path.parse(candidate).name === name);
  if (file) {
    const bytes = await readFile(path.join(IMAGES, file));
    const { width, height } = await inspect(bytes);
    return encodePng(await decode(bytes, width, height), 1);
  }
  const scene = SCENE_NAMES.find((candidate) => candidate === name);
  return scene ? drawScene(scene) : createPresets().png(name);
}

/** The picture's proportions in sides that are multiples of 4, so that half and a quarter of the size are exact. */
export function judgedSize({ width, height }: Size, longest: number): Size {
  const factor = longest / Math.max(width, height);
  const side = (length: number) => 4 * Math.max(1, Math.round((length * factor) / 4));
  return { width: side(width), height: side(height) };
}
