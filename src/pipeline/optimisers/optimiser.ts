import type { Planes } from '../image/planes.js';

/** Moves parameters downhill, in place. */
export interface Optimiser {
  /**
   * @param gradients one for each array of parameters, of its length
   * @param loss at the current parameters
   * @param rateFactor multiplies the learning rate of this step; an optimiser that finds its own step length ignores it
   */
  step(gradients: readonly Planes[], loss: number, rateFactor: number): void;
}

/** The learning rate is constant for this share of the steps, and never falls below this factor. */
const CONSTANT = { share: 0.5, least: 0.05 };

/** The factor of the learning rate at a step: in the second half it decreases, so that the picture settles. */
export const learningRateSchedule = (step: number, steps: number): number =>
  Math.max(CONSTANT.least, Math.min(1, (1 - step / steps) / CONSTANT.share));
