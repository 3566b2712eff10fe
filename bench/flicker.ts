/** How much an animation flickers that was painted frame by frame. */
import { readFile } from 'node:fs/promises';
import { decodeFrames, selectFrames } from '../src/pipeline/image/frames.js';
import { inspect } from '../src/pipeline/image/inspect.js';
import type { Raster } from '../src/pipeline/pictures.js';

/**
 * Mean absolute difference of consecutive frames over the same of the source: 1 moves as much as the source does. Painted
 * frames may have another size than the source's. Of a still source, 0 if the result is still too, else infinite.
 */
export function flicker(frames: readonly Raster[], sourceFrames: readonly Raster[]): number {
  const [painted, source] = [meanDifference(frames), meanDifference(sourceFrames)];
  return painted === 0 ? 0 : painted / source;
}

/** On the 0–255 scale, over all pixels, channels and pairs of consecutive frames. */
function meanDifference(frames: readonly Raster[]): number {
  let sum = 0;
  let count = 0;
  for (const [i, { data }] of frames.slice(1).entries()) {
    const before = frames[i]!.data;
    for (let p = 0; p < data.length; p++) sum += Math.abs(data[p]! - before[p]!);
    count += data.length;
  }
  return count === 0 ? 0 : sum / count;
}

/** Compares two GIF or WebP files. Of the source, the frames are used that `/style` paints. */
export async function flickerOfFiles(painted: string, source: string): Promise<void> {
  const [frames, sourceFrames] = [await read(painted), await read(source)];
  if (frames.length !== sourceFrames.length)
    throw new Error(`${painted} has ${frames.length} frames, ${source} ${sourceFrames.length}`);
  console.log(`flicker ${flicker(frames, sourceFrames).toFixed(3)} over ${frames.length} frames`);
}

async function read(file: string): Promise<Raster[]> {
  const bytes = await readFile(file);
  const { width, height } = await inspect(bytes);
  const { indices } = (await selectFrames(bytes)) ?? { indices: [0] };
  const frames: Raster[] = [];
  for await (const frame of decodeFrames(bytes, indices, width, height)) frames.push(frame);
  return frames;
}
