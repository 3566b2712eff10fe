/** The operators of tensor programs in TensorFlow.js. Activations are stored channels-last, [1, H, W, C]. */
import type * as TensorFlowCore from '@tensorflow/tfjs-core';
import type { Tensor as TfTensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import type { Operation, Tensor, Window } from '../../graph/graph.js';

/** Any build of TensorFlow.js: tfjs-node-gpu, tfjs-node, or its core with the plain CPU backend. */
export type TensorFlow = typeof TensorFlowCore;

type Of<T extends Operation['type']> = Extract<Operation, { type: T }>;

/** OIHW to HWIO. */
const KERNEL = [2, 3, 1, 0];

export class Interpreter {
  readonly #constants = new Map<Tensor, TfTensor>();

  constructor(private readonly tf: TensorFlow) {}

  /** @param order tensors in topological order, inputs first @param bound the values of all inputs */
  run(order: readonly Tensor[], bound: ReadonlyMap<Tensor, TfTensor>): ReadonlyMap<Tensor, TfTensor> {
    const values = new Map(bound);
    const kernels = new Set(
      order.flatMap(({ operation, inputs }) => (operation.type === 'convolution' ? [inputs[1]!] : [])),
    );
    for (const tensor of order) {
      if (values.has(tensor)) continue;
      values.set(
        tensor,
        tensor.operation.type === 'constant'
          ? this.#constant(tensor, tensor.operation.data, kernels.has(tensor))
          : this.#apply(
              tensor,
              tensor.inputs.map((input) => values.get(input)!),
            ),
      );
    }
    return values;
  }

  dispose(): void {
    for (const tensor of this.#constants.values()) tensor.dispose();
    this.#constants.clear();
  }

  /** Constants are uploaded only once, because weights are large. */
  #constant(tensor: Tensor, data: Float32Array, isKernel: boolean): TfTensor {
    const cached = this.#constants.get(tensor);
    if (cached) return cached;
    const { tf } = this;
    const uploaded = tf.keep(
      tf.tidy(() => {
        const x = tf.tensor(data, tensor.shape as number[]);
        return x.rank === 4 ? tf.transpose(x, isKernel ? KERNEL : [0, 2, 3, 1]) : x;
      }),
    );
    this.#constants.set(tensor, uploaded);
    return uploaded;
  }

  #apply({ operation, shape }: Tensor, inputs: readonly TfTensor[]): TfTensor {
    const { tf } = this;
    const [a, b, c] = inputs as [TfTensor, TfTensor, TfTensor];
    switch (operation.type) {
      case 'convolution':
        return this.#convolution(operation, a as Tensor4D, b as Tensor4D, c);
      case 'relu':
        return tf.relu(a);
      case 'maxPool':
        return this.#maxPool(operation, a as Tensor4D);
      case 'averagePool':
        return this.#averagePool(operation, a as Tensor4D);
      case 'lrn': {
        const { size, bias, alpha, beta } = operation;
        return tf.localResponseNormalization(a as Tensor4D, (size - 1) / 2, bias, alpha / size, beta);
      }
      case 'instanceNorm': {
        const { mean, variance } = tf.moments(a, [1, 2], true);
        const deviation = tf.sqrt(tf.add(variance, operation.epsilon));
        return tf.add(tf.mul(tf.div(tf.sub(a, mean), deviation), b), c);
      }
      case 'concatenate':
        return tf.concat([...inputs], 3);
      case 'channels': {
        const { from, to } = operation;
        return tf.slice(a, [0, 0, 0, from], [-1, -1, -1, to - from]);
      }
      case 'crop': {
        const { top, left, bottom, right } = operation;
        const [, height, width] = a.shape as [number, number, number, number];
        return tf.slice(a, [0, top, left, 0], [-1, height - top - bottom, width - left - right, -1]);
      }
      case 'cropLike':
        return tf.slice(a, [0, 0, 0, 0], [-1, b.shape[1]!, b.shape[2]!, -1]);
      case 'edgePad':
        return this.#edgePad(this.#edgePad(a, 1), 2);
      case 'reflectionPad':
        return this.#reflectionPad(this.#reflectionPad(a, operation.by, 1), operation.by, 2);
      case 'upsampleNearest': {
        const [, height, width] = a.shape as [number, number, number, number];
        const size: [number, number] = [height * operation.factor, width * operation.factor];
        return tf.image.resizeNearestNeighbor(a as Tensor4D, size);
      }
      case 'sigmoid':
        return tf.sigmoid(a);
      case 'log':
        return tf.log(a);
      case 'clamp':
        return tf.clipByValue(a, operation.min, operation.max);
      case 'add':
        return tf.add(a, b);
      case 'subtract':
        return tf.sub(a, b);
      case 'multiply':
        return tf.mul(a, b);
      case 'scale':
        return tf.mul(a, operation.factor);
      case 'power':
        return tf.pow(a, operation.exponent);
      case 'mean':
        return tf.mean(a);
      case 'sum':
        return tf.sum(a);
      case 'spatialMean':
        return tf.reshape(tf.mean(this.#positions(a), 0), shape as number[]);
      case 'matmul':
        return tf.matMul(a, b);
      case 'transpose':
        return tf.transpose(a, [1, 0]);
      case 'gram': {
        const flat = this.#positions(a);
        return tf.div(tf.matMul(flat, flat, true), flat.shape[0]);
      }
      case 'stopGradient':
        return this.#withGradient(a, [a], (dy) => [tf.zerosLike(dy)]);
      case 'customGradient':
        return this.#withGradient(a, [a, b, c], (dy, [value, x, dx]) => [
          tf.zerosLike(value!),
          tf.mul(dy, dx!),
          tf.zerosLike(x!),
        ]);
      case 'nearestNeighbour':
        return this.#withGradient(
          tf.tidy(() => this.#nearestNeighbour(a, b)),
          [a, b],
          (_, [x, guide]) => [tf.zerosLike(x!), tf.zerosLike(guide!)],
        );
      default:
        throw new Error(`'${operation.type}' is not a forward operator`);
    }
  }

  /** A value with explicit gradients with respect to `inputs`, instead of derived ones. */
  #withGradient(
    value: TfTensor,
    inputs: readonly TfTensor[],
    gradients: (dy: TfTensor, inputs: readonly TfTensor[]) => TfTensor[],
  ): TfTensor {
    return this.tf.customGrad((...args) => {
      const own = args.slice(0, inputs.length) as TfTensor[];
      const save = args[inputs.length] as unknown as (tensors: TfTensor[]) => void;
      save(own);
      return {
        value: this.tf.clone(value),
        gradFunc: (dy: TfTensor, saved: TfTensor[]) => gradients(dy, saved),
      };
    })(...inputs);
  }

  /** [1, H, W, C] as [N, C], one row per position. */
  #positions(x: TfTensor): Tensor2D {
    return this.tf.reshape(x, [-1, x.shape[3]!]);
  }

  #convolution(
    { kernel, stride, pad }: Of<'convolution'>,
    x: Tensor4D,
    weights: Tensor4D,
    bias: TfTensor,
  ): TfTensor {
    const keepsSize = stride === 1 && kernel.every((side, axis) => side === 2 * pad[axis]! + 1);
    // The native builds do not support explicit padding.
    const padded = keepsSize ? x : this.#padded(x, pad, pad, 0);
    return this.tf.add(this.tf.conv2d(padded, weights, stride, keepsSize ? 'same' : 'valid'), bias);
  }

  #padded(x: Tensor4D, before: Pair, after: Pair, value: number): Tensor4D {
    if ([...before, ...after].every((n) => n === 0)) return x;
    const margins: [number, number][] = [
      [0, 0],
      [before[0], after[0]],
      [before[1], after[1]],
      [0, 0],
    ];
    return this.tf.pad(x, margins, value);
  }

  /** Pads with −∞, also after the end where the last windows reach beyond the picture. */
  #maxPool({ kernel, stride, pad, round }: Of<'maxPool'>, x: Tensor4D): TfTensor {
    const after = ([0, 1] as const).map((axis) => {
      const size = x.shape[axis + 1]!;
      const count = Math[round]((size + 2 * pad[axis] - kernel[axis]) / stride) + 1;
      return Math.max(0, (count - 1) * stride + kernel[axis] - size - pad[axis]);
    }) as unknown as Pair;
    return this.tf.maxPool(this.#padded(x, pad, after, -Infinity), [...kernel], stride, 'valid');
  }

  #averagePool({ kernel, stride, pad }: Window, x: Tensor4D): TfTensor {
    const mean = (of: Tensor4D) =>
      this.tf.avgPool(this.#padded(of, pad, pad, 0), [...kernel], stride, 'valid');
    return pad.every((n) => n === 0) ? mean(x) : this.tf.div(mean(x), mean(this.tf.onesLike(x)));
  }

  #edgePad(x: TfTensor, axis: number): TfTensor {
    return this.tf.concat([this.#along(x, axis, 0, 1), x, this.#along(x, axis, x.shape[axis]! - 1, 1)], axis);
  }

  /** The gradient of TensorFlow.js' own mirrorPad ignores the margins. */
  #reflectionPad(x: TfTensor, by: number, axis: number): TfTensor {
    const reversed = (from: number) => this.tf.reverse(this.#along(x, axis, from, by), axis);
    return this.tf.concat([reversed(1), x, reversed(x.shape[axis]! - 1 - by)], axis);
  }

  /** `count` slices along an axis. */
  #along(x: TfTensor, axis: number, from: number, count: number): TfTensor {
    return this.tf.slice(
      x,
      x.shape.map((_, i) => (i === axis ? from : 0)),
      x.shape.map((size, i) => (i === axis ? count : size)),
    );
  }

  #nearestNeighbour(x: TfTensor, guide: TfTensor): TfTensor {
    const candidates = this.#positions(guide);
    const best = this.tf.argMax(this.tf.matMul(this.#positions(x), candidates, false, true), 1);
    return this.tf.reshape(this.tf.gather(candidates, best), x.shape);
  }
}

type Pair = Window['pad'];
