/** A tensor program in ONNX operators. ONNX has no gradient operators: the backward ones are spelt with forward ones. */
import type { Operation, Tensor, Window } from '../graph/graph.js';
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
        return this.node('AveragePool', [a], window(operation));
      case 'averagePoolGradient':
        return this.#averagePoolGradient(operation, inputs[1]!.shape[1] as number, a, b);
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
      case 'crop': {
        const { top, left, bottom, right } = operation;
        const far =
          bottom === 0 || right === 0 ? this.#inner(a, bottom, right) : this.integers(-bottom, -right);
        return this.node('Slice', [a, this.integers(top, left), far, this.integers(2, 3)]);
      }
      case 'cropGradient': {
        const { top, left, bottom, right } = operation;
        return this.node('Pad', [a, this.integers(0, 0, top, left, 0, 0, bottom, right)]);
      }
      case 'replicate':
        return this.node('Pad', [a, this.integers(0, 0, 1, 1, 0, 0, 1, 1)], { mode: 'edge' });
      case 'replicateGradient':
        return this.#folded(this.#folded(a, 2), 3);
      case 'matmul':
        return this.node('MatMul', [a, b]);
      case 'transpose':
        return this.node('Transpose', [a], { perm: [1, 0] });
      case 'stop':
        return a;
      case 'declared':
        return a;
      case 'bestMatch':
        return this.#bestMatch(inputs[0]!, inputs[1]!, a, b);
      case 'positionMean':
        return this.node('ReduceMean', [this.#flat(inputs[0]!, a)], { axes: [1], keepdims: 1 });
      case 'positionMeanGradient': {
        const mean = this.node('Div', [b, this.#positions(a)]);
        const column = this.node('Reshape', [mean, this.integers(1, inputs[0]!.shape[1] as number, 1, 1)]);
        return this.node('Expand', [column, this.node('Shape', [a])]);
      }
      case 'add':
        return this.node('Add', [a, b]);
      case 'subtract':
        return this.node('Sub', [a, b]);
      case 'multiply':
        return this.node('Mul', [a, b]);
      case 'scale':
        return this.node('Mul', [a, this.number(operation.factor)]);
      case 'power':
        return this.node('Pow', [a, this.number(operation.exponent)]);
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
    return this.#cast(this.node('ReduceProd', [this.#spatial(x)], { keepdims: 0 }));
  }

  /** Height and width of an NCHW tensor. */
  #spatial(x: string): string {
    return this.node('Slice', [
      this.node('Shape', [x]),
      this.integers(2),
      this.integers(4),
      this.integers(0),
    ]);
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
        window({ kernel, stride, pad: [kernel[0] - 1 - pad[0], kernel[1] - 1 - pad[1]] }),
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
    const [out, into, height, width] = weights.shape as [number, number, number, number];
    const area = height * width;
    const { data } = weights.operation;
    const turned = new Float32Array(data.length);
    for (let o = 0; o < out; o++)
      for (let i = 0; i < into; i++)
        for (let p = 0; p < area; p++)
          turned[(i * out + o) * area + p] = data[(o * into + i) * area + area - 1 - p]!;
    const name = this.float(turned, [into, out, height, width]);
    this.#rotated.set(weights, name);
    return name;
  }

  /** Cuts the last rows and columns off that `like` does not have. */
  #fit(x: string, like: string): string {
    return this.node('Slice', [x, this.integers(0, 0), this.#spatial(like), this.integers(2, 3)]);
  }

  #maxPool(operation: Of<'maxPool'>, x: string): string {
    const out = this.fresh();
    const indices = this.fresh();
    this.nodes.push({
      type: 'MaxPool',
      inputs: [x],
      outputs: [out, indices],
      attributes: { ...window(operation), ceil_mode: operation.round === 'ceil' ? 1 : 0 },
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

  /** Every window gives each pixel that it covers its share: a window at an edge has fewer, so larger, shares. */
  #averagePoolGradient(
    { kernel, stride, pad }: Of<'averagePoolGradient'>,
    channels: number,
    dy: string,
    x: string,
  ): string {
    if (kernel[0] === stride && kernel[1] === stride && pad[0] === 0 && pad[1] === 0)
      return this.#tilesGradient(stride, dy, x);
    const area = kernel[0] * kernel[1];
    const mean = { ...window({ kernel, stride, pad }), count_include_pad: 1 };
    const ones = this.node('Add', [this.node('Mul', [x, this.number(0)]), this.number(1)]);
    const inside = this.node('Mul', [this.node('AveragePool', [ones], mean), this.number(area)]);
    const shares = this.node('Div', [dy, inside]);
    const ownKernel = this.float(new Float32Array(channels * area).fill(1), [channels, 1, ...kernel]);
    const whole = this.node('ConvTranspose', [shares, ownKernel], {
      ...window({ kernel, stride, pad }),
      output_padding: [stride - 1, stride - 1],
      group: channels,
    });
    return this.#fit(whole, x);
  }

  /** Windows side by side: an equal share to each pixel; a last row or column in no window gets nothing. */
  #tilesGradient(stride: number, dy: string, x: string): string {
    const up = this.node(
      'Resize',
      [
        this.node('Mul', [dy, this.number(1 / stride ** 2)]),
        '',
        this.float(new Float32Array([1, 1, stride, stride]), [4]),
      ],
      { mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' },
    );
    const missing = this.node('Sub', [this.node('Shape', [x]), this.node('Shape', [up])]);
    return this.node('Pad', [up, this.node('Concat', [this.integers(0, 0, 0, 0), missing], { axis: 0 })]);
  }

  /** Where the last rows and columns to keep end. */
  #inner(x: string, bottom: number, right: number): string {
    return this.node('Sub', [this.#spatial(x), this.integers(bottom, right)]);
  }

  /** Adds the first and last slice along an axis to their neighbours. */
  #folded(x: string, axis: number): string {
    const cut = (from: number, to: number) =>
      this.node('Slice', [x, this.integers(from), this.integers(to), this.integers(axis)]);
    const inner = cut(1, -1);
    const size = this.node('Slice', [
      this.node('Shape', [inner]),
      this.integers(axis),
      this.integers(axis + 1),
      this.integers(0),
    ]);
    const without = this.node('Sub', [size, this.integers(1)]);
    const padded = (slice: string, before: string, after: string) => {
      const zero = this.integers(0);
      const sides = (n: string) => (axis === 2 ? [zero, zero, n, zero] : [zero, zero, zero, n]);
      return this.node('Pad', [slice, this.node('Concat', [...sides(before), ...sides(after)], { axis: 0 })]);
    };
    const none = this.integers(0);
    const first = padded(cut(0, 1), none, without);
    const last = padded(cut(-1, 2 ** 31), without, none);
    return this.node('Add', [inner, this.node('Add', [first, last])]);
  }

  #bestMatch(x: Tensor, guide: Tensor, xName: string, guideName: string): string {
    const columns = this.#flat(guide, guideName);
    const products = this.node('MatMul', [
      this.node('Transpose', [this.#flat(x, xName)], { perm: [1, 0] }),
      columns,
    ]);
    const best = this.node('ArgMax', [products], { axis: 1, keepdims: 0 });
    return this.node('Reshape', [
      this.node('Gather', [columns, best], { axis: 1 }),
      this.node('Shape', [xName]),
    ]);
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

const poolKey = (o: Window & { readonly round: string }, x: string): string =>
  `${o.kernel.join('×')}/${o.stride}/${o.pad.join('×')}/${o.round}/${x}`;

const window = ({ kernel, stride, pad }: Window) => ({
  kernel_shape: kernel,
  strides: [stride, stride],
  pads: [...pad, ...pad],
});
