/** A tensor program in ONNX operators. ONNX has no gradient operators: the backward ones are spelt with forward ones. */
import type { Operation, Tensor } from '../graph/graph.js';
import type { AttributeValue, OnnxNode, OnnxTensor } from './onnx-file.js';

type Of<T extends Operation['type']> = Extract<Operation, { type: T }>;

export class Emitter {
  readonly nodes: OnnxNode[] = [];
  readonly constants: OnnxTensor[] = [];
  readonly names = new Map<Tensor, string>();
  readonly #rotated = new Map<Tensor, string>();
  readonly #indices = new Map<string, string>();
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
    const known = this.#integers.get(key);
    if (known) return known;
    const name = this.fresh();
    this.constants.push({ name, data: BigInt64Array.from(values, BigInt), shape: [values.length] });
    this.#integers.set(key, name);
    return name;
  }

  nameOf(tensor: Tensor): string {
    const name = this.names.get(tensor);
    if (name === undefined) throw new Error('a tensor was used before it was emitted');
    return name;
  }

  emit(tensor: Tensor): string {
    const { operation, inputs } = tensor;
    const [a = '', b = '', c = ''] = inputs.map((i) => this.nameOf(i));
    switch (operation.type) {
      case 'input':
        return operation.name;
      case 'constant':
        return this.float(operation.data, tensor.shape as number[]);
      case 'convolution':
        return this.node('Conv', [a, b, c], window(operation));
      case 'convolutionGradient':
        return this.#convolutionGradient(operation, inputs[1]!, a, b, c);
      case 'relu':
        return this.node('Relu', [a]);
      case 'reluGradient':
        return this.node('Where', [this.node('Greater', [a, this.number(0)]), b, this.number(0)]);
      case 'maxPool':
        return this.#maxPool(operation, a);
      case 'maxPoolGradient':
        return this.#maxPoolGradient(operation, a, b);
      case 'averagePool':
        return this.node('AveragePool', [a], { kernel_shape: [2, 2], strides: [2, 2] });
      case 'averagePoolGradient':
        return this.#averagePoolGradient(a, b);
      case 'lrn': {
        const { size, alpha, beta, bias } = operation;
        return this.node('LRN', [a], {
          size,
          alpha: { float: alpha },
          beta: { float: beta },
          bias: { float: bias },
        });
      }
      case 'lrnGradient':
        return this.#lrnGradient(operation, tensor.shape[1] as number, a, b);
      case 'concatenate':
        return this.node(
          'Concat',
          inputs.map((i) => this.nameOf(i)),
          { axis: 1 },
        );
      case 'channels':
        return this.node('Slice', [
          a,
          this.integers(operation.from),
          this.integers(operation.to),
          this.integers(1),
        ]);
      case 'add':
        return this.node('Add', [a, b]);
      case 'subtract':
        return this.node('Sub', [a, b]);
      case 'multiply':
        return this.node('Mul', [a, b]);
      case 'scale':
        return this.node('Mul', [a, this.number(operation.factor)]);
      case 'mean':
        return this.node('ReduceMean', [a], { keepdims: 0 });
      case 'sum':
        return this.node('ReduceSum', [a], { keepdims: 0 });
      case 'meanGradient':
        return this.node('Expand', [this.node('Div', [a, this.#sizeOf(b)]), this.node('Shape', [b])]);
      case 'sumGradient':
        return this.node('Expand', [a, this.node('Shape', [b])]);
      case 'gram':
        return this.#gram(inputs[0]!, a);
      case 'gramGradient':
        return this.#gramGradient(inputs[0]!, a, b);
    }
  }

  #cast(integer: string): string {
    return this.node('Cast', [integer], { to: 1 });
  }

  #sizeOf(x: string): string {
    return this.#cast(this.node('Size', [x]));
  }

  /** Number of positions H·W of an NCHW tensor. */
  #positions(x: string): string {
    const spatial = this.node('Slice', [
      this.node('Shape', [x]),
      this.integers(2),
      this.integers(4),
      this.integers(0),
    ]);
    return this.#cast(this.node('ReduceProd', [spatial], { keepdims: 0 }));
  }

  #flat(x: Tensor, name: string): string {
    return this.node('Reshape', [name, this.integers(x.shape[1] as number, -1)]);
  }

  #gram(x: Tensor, name: string): string {
    const flat = this.#flat(x, name);
    return this.node('Div', [this.node('Gemm', [flat, flat], { transB: 1 }), this.#positions(name)]);
  }

  #gramGradient(x: Tensor, name: string, dg: string): string {
    const symmetric = this.node('Add', [dg, this.node('Transpose', [dg], { perm: [1, 0] })]);
    const over = this.node('Div', [symmetric, this.#positions(name)]);
    const flat = this.node('Gemm', [over, this.#flat(x, name)]);
    return this.node('Reshape', [flat, this.node('Shape', [name])]);
  }

  #convolutionGradient(
    { kernel, stride, pad }: Of<'convolutionGradient'>,
    weights: Tensor,
    dy: string,
    w: string,
    x: string,
  ): string {
    if (stride === 1)
      // A forward convolution with the kernel turned by 180° and its channels swapped takes the engine's fast path.
      return this.node(
        'Conv',
        [dy, this.#turned(weights)],
        window({ kernel, stride, pad: kernel - 1 - pad }),
      );
    const whole = this.node('ConvTranspose', [dy, w], {
      ...window({ kernel, stride, pad }),
      output_padding: [stride - 1, stride - 1],
    });
    return this.#fit(whole, x);
  }

  #turned(weights: Tensor): string {
    const known = this.#rotated.get(weights);
    if (known) return known;
    if (weights.operation.type !== 'constant') throw new Error('kernels are constants');
    const [out, into, k] = weights.shape as [number, number, number];
    const area = k * k;
    const { data } = weights.operation;
    const turned = new Float32Array(data.length);
    for (let o = 0; o < out; o++)
      for (let i = 0; i < into; i++)
        for (let p = 0; p < area; p++)
          turned[(i * out + o) * area + p] = data[(o * into + i) * area + area - 1 - p]!;
    const name = this.float(turned, [into, out, k, k]);
    this.#rotated.set(weights, name);
    return name;
  }

  /** Cuts the last rows and columns off that `like` does not have. */
  #fit(x: string, like: string): string {
    const sizes = this.node('Slice', [
      this.node('Shape', [like]),
      this.integers(2),
      this.integers(4),
      this.integers(0),
    ]);
    return this.node('Slice', [x, this.integers(0, 0), sizes, this.integers(2, 3)]);
  }

  #maxPool(operation: Of<'maxPool'>, x: string): string {
    const out = this.fresh();
    const indices = this.fresh();
    this.nodes.push({
      type: 'MaxPool',
      inputs: [x],
      outputs: [out, indices],
      attributes: { ...window(operation), ceil_mode: 1 },
    });
    this.#indices.set(poolKey(operation, x), indices);
    return out;
  }

  /** Windows overlap: a position that is the maximum of several collects from all of them. */
  #maxPoolGradient(operation: Of<'maxPoolGradient'>, x: string, dy: string): string {
    const indices = this.#indices.get(poolKey(operation, x));
    if (!indices) throw new Error('a pool was differentiated before it was emitted');
    const flat = this.integers(-1);
    const empty = this.node('Mul', [this.node('Reshape', [x, flat]), this.number(0)]);
    const scattered = this.node(
      'ScatterElements',
      [empty, this.node('Reshape', [indices, flat]), this.node('Reshape', [dy, flat])],
      { axis: 0, reduction: 'add' },
    );
    return this.node('Reshape', [scattered, this.node('Shape', [x])]);
  }

  /** A quarter to each of four pixels; an odd last row or column belongs to no window and gets nothing. */
  #averagePoolGradient(dy: string, x: string): string {
    const up = this.node(
      'Resize',
      [this.node('Mul', [dy, this.number(0.25)]), '', this.float(new Float32Array([1, 1, 2, 2]), [4])],
      { mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' },
    );
    const missing = this.node('Sub', [this.node('Shape', [x]), this.node('Shape', [up])]);
    return this.node('Pad', [up, this.node('Concat', [this.integers(0, 0, 0, 0), missing], { axis: 0 })]);
  }

  /**
   * y_c = x_c·s_c^−β with s_c = bias + α/n·Σx² over the neighbourhood, so
   * dx_c = dy_c·s_c^−β − 2αβ/n·x_c·Σ dy_j·x_j·s_j^−β−1 over the same neighbourhood (it is symmetric).
   */
  #lrnGradient({ size, alpha, beta, bias }: Of<'lrnGradient'>, count: number, x: string, dy: string): string {
    const neighbours = this.#band(count, size);
    const squares = this.node('Conv', [this.node('Mul', [x, x]), neighbours], {});
    const s = this.node('Add', [this.node('Mul', [squares, this.number(alpha / size)]), this.number(bias)]);
    const power = this.node('Pow', [s, this.number(-beta)]);
    const inner = this.node('Mul', [this.node('Mul', [dy, x]), this.node('Div', [power, s])]);
    const spread = this.node('Conv', [inner, neighbours], {});
    const lost = this.node('Mul', [this.node('Mul', [x, this.number((2 * alpha * beta) / size)]), spread]);
    return this.node('Sub', [this.node('Mul', [dy, power]), lost]);
  }

  /** A 1×1 convolution that sums each channel's neighbours. */
  #band(count: number, size: number): string {
    const half = (size - 1) / 2;
    const data = new Float32Array(count * count);
    for (let i = 0; i < count; i++)
      for (let j = Math.max(0, i - half); j <= Math.min(count - 1, i + half); j++) data[i * count + j] = 1;
    return this.float(data, [count, count, 1, 1]);
  }
}

const poolKey = (o: { kernel: number; stride: number; pad: number }, x: string): string =>
  `${o.kernel}/${o.stride}/${o.pad}/${x}`;

const window = ({ kernel, stride, pad }: { kernel: number; stride: number; pad: number }) => ({
  kernel_shape: [kernel, kernel],
  strides: [stride, stride],
  pads: [pad, pad, pad, pad],
});
