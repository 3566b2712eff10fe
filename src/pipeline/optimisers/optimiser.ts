import type { Planes } from '../image/planes.js';

/** Moves parameters downhill, in place. */
export interface Optimiser {
  /**
   * @param gradients one per array of parameters, of the same length
   * @param loss the loss at the current parameters
   * @param rateFactor multiplies the learning rate of this step; an optimiser that chooses its own step length ignores it
   */
  step(gradients: readonly Planes[], loss: number, rateFactor: number): void;
}

/** The learning rate is constant for a share of the steps, then decays linearly to a minimum factor. */
const SCHEDULE = { constantShare: 0.5, minFactor: 0.05 };

/** The learning-rate factor at a step. It decreases in the second half, so that the picture converges. */
export const learningRateSchedule = (step: number, steps: number): number =>
  Math.max(SCHEDULE.minFactor, Math.min(1, (1 - step / steps) / SCHEDULE.constantShare));
