/** A network's file as its authors published it, open for reading. */
export interface Original {
  /** The values of a tensor, by its native name. Throws when it is missing or has another shape or type. */
  read(name: string): Float32Array;
  close(): void;
}

/** Equal but for axes of length one: Caffe pads biases and classifiers with them. */
export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  const [one, other] = [a, b].map((shape) => shape.filter((n) => n !== 1).join('×'));
  return one === other;
}
