/** A network's file as its authors published it, open for reading. */
export interface SourceWeights {
  /** The values of a tensor, by its native name. Throws `Unsound` when it is missing or has another shape or type. */
  read(name: string): Float32Array;
  close(): void;
}

/** What is wrong with a file, in words for whoever brought it. */
export class InvalidWeights extends Error {}

/** Whatever else a library throws over a hostile file says nothing to a person: it becomes these words. */
export function orInvalid<T>(words: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw cause instanceof InvalidWeights ? cause : new InvalidWeights(words, { cause });
  }
}

/** Equal but for axes of length one: Caffe pads biases and classifiers with them. */
export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  const [one, other] = [a, b].map((shape) => shape.filter((n) => n !== 1).join('×'));
  return one === other;
}
