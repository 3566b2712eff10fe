import { paste, crop, emptyPlanes } from '../image/planes.js';
import { mosaic } from '../image/tiles.js';
import type { Evaluator, Losses } from './objective.js';

/** Longest side of a part, in pixels. It bounds the memory of a step. */
export const TILE = 512;

/**
 * Evaluates an objective on parts of a picture as if each were a picture of its own. Unlike `compileTiled` this is not
 * exact: a dream amplifies what it sees in each part. Losses are means, weighted by area.
 */
export const overMosaic = (whole: Evaluator): Evaluator => ({
  ...whole,
  async evaluate(image) {
    const { width, height } = image;
    const gradient = emptyPlanes(3, width, height);
    const losses: Record<string, number> = {};
    for (const part of mosaic(width, height, TILE)) {
      const own = await whole.evaluate(crop(image, part));
      paste(gradient, own.gradient, part.left, part.top);
      for (const [name, value] of Object.entries(own.losses))
        losses[name] = (losses[name] ?? 0) + (value * part.width * part.height) / (width * height);
    }
    return { losses: losses as Losses, gradient };
  },
});
