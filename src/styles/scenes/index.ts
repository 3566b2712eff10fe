import { decode } from '../../pipeline/image/decode.js';
import { encodePng } from '../../pipeline/image/encode.js';
import { inspect } from '../../pipeline/image/inspect.js';
import { crop, toPlanes, toRaster } from '../../pipeline/image/planes.js';
import { rasterise } from '../../pipeline/image/svg.js';
import { landscape } from './landscape.js';
import { portrait } from './portrait.js';

export const SCENE_NAMES = ['landscape', 'portrait'] as const;
export type SceneName = (typeof SCENE_NAMES)[number];

/** A sample picture to paint on, drawn like a photograph, as a PNG file. */
export async function drawScene(name: SceneName): Promise<Uint8Array> {
  const { svg, width, height } = name === 'landscape' ? landscape() : portrait();
  return rasterise(svg, width, height);
}

/** The scenes and parts of them: near and far, sky, water, woods, skin and hair. Width and height in pixels. */
const PRACTICE: readonly (readonly [SceneName, { left: number; top: number; side: number }?])[] = [
  ['landscape'],
  ['portrait'],
  ['landscape', { left: 0, top: 0, side: 384 }],
  ['landscape', { left: 384, top: 192, side: 384 }],
  ['portrait', { left: 220, top: 180, side: 384 }],
  ['landscape', { left: 60, top: 250, side: 256 }],
];

let practice: Promise<readonly Uint8Array[]> | undefined;

/** Pictures for swift to practise a style on, as PNG files. They are drawn once, unless that fails. */
export async function practicePictures(): Promise<Uint8Array[]> {
  practice ??= drawPractice();
  practice.catch(() => {
    practice = undefined;
  });
  return [...(await practice)];
}

async function drawPractice(): Promise<Uint8Array[]> {
  const drawn = Object.fromEntries(
    await Promise.all(SCENE_NAMES.map(async (name) => [name, await drawScene(name)] as const)),
  );
  return Promise.all(
    PRACTICE.map(async ([name, part]) => {
      const scene = drawn[name]!;
      if (!part) return scene;
      const { width, height } = await inspect(scene);
      const { left, top, side } = part;
      const planes = toPlanes(await decode(scene, width, height));
      return encodePng(toRaster(crop(planes, { left, top, width: side, height: side })));
    }),
  );
}
