/** Moves parameters downhill, in place. */
export interface Optimiser {
  /**
   * @param gradients one for each array of parameters, of its length
   * @param loss at the parameters as they are
   * @param pace of the step, 1 unless it is to be shorter; an optimiser that finds its own length ignores it
   */
  step(gradients: readonly Float32Array[], loss: number, pace: number): void;
}
