/** Collects the nodes and constants of an ONNX graph. Each method returns the name of the value it adds. */
import type { Window } from '../../graph/graph.js';
import type { AttributeValue, OnnxNode, OnnxTensor } from './file.js';

export class OnnxWriter {
  readonly nodes: OnnxNode[] = [];
  readonly constants: OnnxTensor[] = [];
  readonly #integers = new Map<string, string>();
  #count = 0;

  fresh(): string {
    return `t${this.#count++}`;
  }

  node(type: string, inputs: readonly string[], attributes: Record<string, AttributeValue> = {}): string {
    const out = this.fresh();
    this.nodes.push({ type, inputs, outputs: [out], attributes });
    return out;
  }

  float(data: Float32Array, shape: readonly number[]): string {
    const name = this.fresh();
    this.constants.push({ name, data, shape });
    return name;
  }

  number(value: number): string {
    return this.float(new Float32Array([value]), []);
  }

  integers(...values: readonly number[]): string {
    const key = values.join();
    const existing = this.#integers.get(key);
    if (existing) return existing;
    const name = this.fresh();
    this.constants.push({ name, data: BigInt64Array.from(values, BigInt), shape: [values.length] });
    this.#integers.set(key, name);
    return name;
  }

  cast(integer: string): string {
    return this.node('Cast', [integer], { to: 1 });
  }

  sizeOf(x: string): string {
    return this.cast(this.node('Size', [x]));
  }

  /** Number of positions H·W of an NCHW tensor. */
  positions(x: string): string {
    return this.cast(this.node('ReduceProd', [this.spatial(x)], { keepdims: 0 }));
  }

  /** Height and width of an NCHW tensor. */
  spatial(x: string): string {
    return this.node('Slice', [
      this.node('Shape', [x]),
      this.integers(2),
      this.integers(4),
      this.integers(0),
    ]);
  }

  /** [1, C, H, W] as [C, 1, H, W], a batch of maps, which avoids grouped convolutions: providers disagree on those. */
  maps(x: string, channels: number): string {
    return this.node('Reshape', [x, this.integers(channels, 1, 0, 0)]);
  }

  /** Repeats every pixel factor×factor. */
  upsample(x: string, factor: number): string {
    return this.node('Resize', [x, '', this.float(new Float32Array([1, 1, factor, factor]), [4])], {
      mode: 'nearest',
      coordinate_transformation_mode: 'asymmetric',
      nearest_mode: 'floor',
    });
  }

  /** Extends x with zeros after the last rows and columns to the height and width of `like`. */
  extend(x: string, like: string): string {
    const missing = this.node('Sub', [this.node('Shape', [like]), this.node('Shape', [x])]);
    return this.node('Pad', [x, this.node('Concat', [this.integers(0, 0, 0, 0), missing], { axis: 0 })]);
  }

  /** Crops the last rows and columns of x to the height and width of `like`. */
  fit(x: string, like: string): string {
    return this.node('Slice', [x, this.integers(0, 0), this.spatial(like), this.integers(2, 3)]);
  }
}

/** The ONNX attributes of a window. */
export const window = ({ kernel, stride, pad }: Window) => ({
  kernel_shape: kernel,
  strides: [stride, stride],
  pads: [...pad, ...pad],
});
