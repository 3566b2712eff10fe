import { rasterise } from '../../pipeline/image/svg.js';
import type { Drawing } from '../drawing/svg.js';
import { geometric } from './geometric.js';
import { ink } from './ink.js';
import { mosaic } from './mosaic.js';
import { pointillism } from './pointillism.js';
import { stainedGlass } from './stained-glass.js';
import { starry } from './starry.js';
import { watercolour } from './watercolour.js';
import { woodcut } from './woodcut.js';

export interface DrawnStyle {
  readonly name: string;
  readonly title: string;
  readonly draw: () => Drawing;
}

/** The style pictures that Reverie draws itself. */
export const DRAWN: readonly DrawnStyle[] = [
  { name: 'starry', title: 'Swirling night', draw: starry },
  { name: 'woodcut', title: 'Woodcut waves', draw: woodcut },
  { name: 'mosaic', title: 'Mosaic', draw: mosaic },
  { name: 'stained-glass', title: 'Stained glass', draw: stainedGlass },
  { name: 'pointillism', title: 'Pointillism', draw: pointillism },
  { name: 'ink', title: 'Ink hatching', draw: ink },
  { name: 'watercolour', title: 'Watercolour', draw: watercolour },
  { name: 'geometric', title: 'Geometric abstraction', draw: geometric },
];

/** The picture as a PNG file. */
export function drawStyle({ draw }: DrawnStyle): Promise<Uint8Array> {
  const { svg, width, height } = draw();
  return rasterise(svg, width, height);
}
