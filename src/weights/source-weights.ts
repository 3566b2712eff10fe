/** A network's weights in a file as its authors published it, open for reading. */
export interface SourceWeights {
  /**
   * The values of a tensor, by its name in the manifest.
   * @throws InvalidWeights when the tensor is missing or has another shape or type
   */
  read(name: string): Float32Array;
  close(): void;
}

/** A file that does not hold the weights it should. The message says what is wrong, for the person who provided it. */
export class InvalidWeights extends Error {}

/** Replaces whatever a library throws over a damaged file by `InvalidWeights` with this message. */
export function orInvalid<T>(message: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw cause instanceof InvalidWeights ? cause : new InvalidWeights(message, { cause });
  }
}

/** Whether two shapes are equal apart from axes of length one, which Caffe adds to biases and classifiers. */
export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  const [one, other] = [a, b].map((shape) => shape.filter((n) => n !== 1).join('×'));
  return one === other;
}
