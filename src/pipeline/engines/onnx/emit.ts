/** Writes a tensor program in ONNX operators. ONNX has no gradient operators, so gradients are composed of forward ones. */
import type { Operation, Tensor } from '../../graph/graph.js';
import { beforeDoubling, convolveBlocks, convolveDoubled, hasFewOutputs } from './blocks.js';
import { Margins } from './margins.js';
import { Normalisation } from './normalisation.js';
import { Pools } from './pools.js';
import { Winograd } from './winograd.js';
import { OnnxWriter, window } from './writer.js';

type Of<T extends Operation['type']> = Extract<Operation, { type: T }>;

/** How the execution providers differ. */
export interface Traits {
  /** MaxPool can return the indices of the maxima. */
  readonly poolIndices: boolean;
  /** Its own convolution is direct, and it has the operators that Winograd's algorithm needs. */
  readonly winograd: boolean;
  /**
   * Its convolution fills up the output channels to a multiple of 16, so that few are better computed in blocks. (WebGPU
   * computes those blocks wrongly.)
   */
  readonly fillsChannels: boolean;
}

export class Emitter extends OnnxWriter {
  readonly names = new Map<Tensor, string>();
  readonly #rotated = new Map<Tensor, string>();
  readonly #margins = new Margins(this);
  readonly #normalisation = new Normalisation(this);
  readonly #fillsChannels: boolean;
  readonly #pools: Pools;
  readonly #winograd: Winograd | undefined;

  constructor({ poolIndices, winograd, fillsChannels }: Traits) {
    super();
    this.#fillsChannels = fillsChannels;
    this.#pools = new Pools(this, poolIndices);
    this.#winograd = winograd ? new Winograd(this) : undefined;
  }

  nameOf(tensor: Tensor): string {
    const name = this.names.get(tensor);
    if (name === undefined) throw new Error('a tensor is used before it has been emitted');
    return name;
  }

  emit(tensor: Tensor): string {
    const { operation, inputs } = tensor;
    const [a = '', b = '', c = '', d = '', e = ''] = inputs.map((i) => this.nameOf(i));
    switch (operation.type) {
      case 'input':
        return operation.name;
      case 'constant':
        return this.float(operation.data, tensor.shape as number[]);
      case 'convolution':
        return this.#convolution(operation, inputs as [Tensor, Tensor, Tensor]);
      case 'convolutionGradient':
        return this.#convolutionGradient(operation, inputs[1]!, a, b, c);
      case 'relu':
        return this.node('Relu', [a]);
      case 'reluGradient':
        return this.node('Where', [this.node('Greater', [a, this.number(0)]), b, this.number(0)]);
      case 'maxPool':
        return this.#pools.maximum(operation, a);
      case 'maxPoolGradient':
        return this.#pools.maximumGradient(operation, inputs[0]!.shape[1] as number, a, b);
      case 'averagePool':
        return this.node('AveragePool', [a], window(operation));
      case 'averagePoolGradient':
        return this.#pools.averageGradient(operation, inputs[1]!.shape[1] as number, a, b);
      case 'lrn':
        return this.#normalisation.local(operation, tensor.shape[1] as number, a);
      case 'lrnGradient':
        return this.#normalisation.localGradient(operation, tensor.shape[1] as number, a, b);
      case 'instanceNorm':
        return this.#normalisation.instance(operation.epsilon, a, b, c);
      case 'instanceNormGradient':
        return this.#normalisation.instanceGradient(operation.epsilon, [a, b, c, d, e]);
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
      case 'crop':
        return this.#margins.crop(operation, a);
      case 'cropGradient':
        return this.#margins.cropGradient(operation, a);
      case 'cropLike':
        return this.fit(a, b);
      case 'cropLikeGradient':
        return this.extend(a, b);
      case 'edgePad':
        return this.#margins.pad(1, a, 'edge');
      case 'edgePadGradient':
        return this.#margins.edgePadGradient(a);
      case 'reflectionPad':
        return this.#margins.pad(operation.by, a, 'reflect');
      case 'reflectionPadGradient':
        return this.#margins.reflectionPadGradient(operation.by, a);
      case 'upsampleNearest':
        return this.upsample(a, operation.factor);
      case 'matmul':
        return this.node('MatMul', [a, b]);
      case 'transpose':
        return this.node('Transpose', [a], { perm: [1, 0] });
      case 'stopGradient':
        return a;
      case 'customGradient':
        return a;
      case 'nearestNeighbour':
        return this.#nearestNeighbour(inputs[0]!, inputs[1]!, a, b);
      case 'spatialMean':
        return this.node('ReduceMean', [this.#flat(inputs[0]!, a)], { axes: [1], keepdims: 1 });
      case 'spatialMeanGradient': {
        const mean = this.node('Div', [b, this.positions(a)]);
        const column = this.node('Reshape', [mean, this.integers(1, inputs[0]!.shape[1] as number, 1, 1)]);
        return this.node('Expand', [column, this.node('Shape', [a])]);
      }
      case 'sigmoid':
        return this.node('Sigmoid', [a]);
      case 'log':
        return this.node('Log', [a]);
      case 'clamp':
        return this.node('Clip', [a, this.number(operation.min), this.number(operation.max)]);
      case 'clampGradient':
        return this.node('Where', [this.node('Equal', [a, b]), c, this.number(0)]);
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
      case 'sumOver':
        return this.node('ReduceSum', [a, this.integers(...operation.axes)], { keepdims: 1 });
      case 'meanGradient':
        return this.node('Expand', [this.node('Div', [a, this.sizeOf(b)]), this.node('Shape', [b])]);
      case 'sumGradient':
        return this.node('Expand', [a, this.node('Shape', [b])]);
      case 'gram':
        return this.#gram(inputs[0]!, a);
      case 'gramGradient':
        return this.#gramGradient(inputs[0]!, a, b);
    }
  }

  #flat(x: Tensor, name: string): string {
    return this.node('Reshape', [name, this.integers(x.shape[1] as number, -1)]);
  }

  #gram(x: Tensor, name: string): string {
    const flat = this.#flat(x, name);
    return this.node('Div', [this.node('Gemm', [flat, flat], { transB: 1 }), this.positions(name)]);
  }

  #gramGradient(x: Tensor, name: string, dg: string): string {
    const symmetric = this.node('Add', [dg, this.node('Transpose', [dg], { perm: [1, 0] })]);
    const scaled = this.node('Div', [symmetric, this.positions(name)]);
    const flat = this.node('Gemm', [scaled, this.#flat(x, name)]);
    return this.node('Reshape', [flat, this.node('Shape', [name])]);
  }

  #convolution(like: Of<'convolution'>, inputs: readonly [x: Tensor, weights: Tensor, bias: Tensor]): string {
    const [x, kernels, bias] = inputs.map((i) => this.nameOf(i)) as [string, string, string];
    const weights = inputs[1];
    const [out, into] = weights.shape as [number, number];
    const small = beforeDoubling(like, inputs[0]);
    if (small) return convolveDoubled(this, { x: this.nameOf(small), weights, bias });
    if (this.#fillsChannels && hasFewOutputs(like, into, out))
      return convolveBlocks(this, like, { x, weights, bias });
    if (!this.#winograd?.isFaster(like, into, out))
      return this.node('Conv', [x, kernels, bias], window(like));
    const y = this.#winograd.convolution(x, { kernels, out, into, pad: like.pad });
    return this.node('Add', [y, this.node('Reshape', [bias, this.integers(out, 1, 1)])]);
  }

  #convolutionGradient(
    like: Of<'convolutionGradient'>,
    weights: Tensor,
    dy: string,
    kernels: string,
    x: string,
  ): string {
    const { kernel, stride, pad } = like;
    const [out, into] = weights.shape as [number, number];
    if (this.#winograd?.isFaster(like, into, out))
      return this.#winograd.gradient(dy, x, { kernels, out, into, pad });
    if (stride === 1)
      // A forward convolution with the kernel rotated by 180° and its channels swapped takes the engine's fast path.
      return this.node(
        'Conv',
        [dy, this.#rotatedKernel(weights)],
        window({ kernel, stride, pad: [kernel[0] - 1 - pad[0], kernel[1] - 1 - pad[1]] }),
      );
    const whole = this.node('ConvTranspose', [dy, kernels], {
      ...window(like),
      output_padding: [stride - 1, stride - 1],
    });
    return this.fit(whole, x);
  }

  #rotatedKernel(weights: Tensor): string {
    const cached = this.#rotated.get(weights);
    if (cached) return cached;
    if (weights.operation.type !== 'constant') throw new Error('a kernel must be a constant');
    const [out, into, height, width] = weights.shape as [number, number, number, number];
    const area = height * width;
    const { data } = weights.operation;
    const rotated = new Float32Array(data.length);
    for (let o = 0; o < out; o++)
      for (let i = 0; i < into; i++)
        for (let p = 0; p < area; p++)
          rotated[(i * out + o) * area + p] = data[(o * into + i) * area + area - 1 - p]!;
    const name = this.float(rotated, [into, out, height, width]);
    this.#rotated.set(weights, name);
    return name;
  }

  #nearestNeighbour(x: Tensor, guide: Tensor, xName: string, guideName: string): string {
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
}
