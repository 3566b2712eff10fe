/** An animation without anybody's pictures: the camera circles slowly over a drawn scene. */
import { decode } from '../src/pipeline/image/decode.js';
import { inspect } from '../src/pipeline/image/inspect.js';
import { fitSides, toPlanes, toRaster } from '../src/pipeline/image/planes.js';
import { warp } from '../src/pipeline/image/warp.js';
import type { Animation } from '../src/pipeline/pictures.js';
import { drawScene, type SceneName } from '../src/styles/scenes/index.js';

/** The drawn scene is larger than the frames by this factor, so that the camera never sees its edge. */
const MARGIN = 1.2;
/** Radius of the camera's circle and growth of the picture at the nearest, of the longest side and of the size. */
const RADIUS = 0.04;
const ZOOM = 0.04;

/**
 * `count` frames of 80 ms that repeat without a jump. With 24 of them the camera moves by about one per cent of the
 * longest side from frame to frame.
 * @param options.longest longest side in pixels
 */
export async function drawnAnimation({
  scene = 'landscape',
  count = 24,
  longest = 256,
}: {
  readonly scene?: SceneName;
  readonly count?: number;
  readonly longest?: number;
} = {}): Promise<Animation> {
  const file = await drawScene(scene);
  const drawn = await inspect(file);
  const size = fitSides(drawn, longest);
  const large = fitSides(drawn, Math.round(longest * MARGIN));
  const picture = toPlanes(await decode(file, large.width, large.height));
  const frames = Array.from({ length: count }, (_, i) => {
    const turn = (2 * Math.PI * i) / count;
    const shift = [RADIUS * longest * Math.cos(turn), RADIUS * longest * Math.sin(turn)] as const;
    return toRaster(warp(picture, { angle: 0, scale: 1 + ZOOM * (1 - Math.cos(turn)) * 0.5, shift }, size));
  });
  return { frames, delays: frames.map(() => 80), loop: 0 };
}
