/** Moves parameters downhill, in place. */
export interface Optimiser {
  /**
   * @param gradients one for each array of parameters, of its length
   * @param loss at the parameters as they are
   */
  step(gradients: readonly Float32Array[], loss: number): void;
}
