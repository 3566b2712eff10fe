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
