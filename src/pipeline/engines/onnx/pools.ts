/** Pooling and its gradients in ONNX operators. */
import type { Operation, Window } from '../../graph/graph.js';
import { window, type OnnxWriter } from './writer.js';

type Of<T extends Operation['type']> = Extract<Operation, { type: T }>;

/** Outputs of a MaxPool node: the maxima, and their indices where the provider returns them. */
interface Maximum {
  readonly values: string;
  readonly indices: string | undefined;
}

/** Padding below every activation. It is finite, because −∞ · 0 is NaN. */
const PADDING = -1e30;

export class Pools {
  readonly #maxima = new Map<string, Maximum>();

  /** @param indices whether MaxPool can return the indices of the maxima */
  constructor(
    private readonly writer: OnnxWriter,
    private readonly indices: boolean,
  ) {}

  maximum(operation: Of<'maxPool'>, x: string): string {
    const { writer } = this;
    const values = writer.fresh();
    const indices = this.indices ? writer.fresh() : undefined;
    writer.nodes.push({
      type: 'MaxPool',
      inputs: [x],
      outputs: indices ? [values, indices] : [values],
      attributes: { ...window(operation), ceil_mode: operation.round === 'ceil' ? 1 : 0 },
    });
    this.#maxima.set(key(operation, x), { values, indices });
    return values;
  }

  /** Windows may overlap: a position that is the maximum of several windows gets the sum of their gradients. */
  maximumGradient(operation: Of<'maxPoolGradient'>, channels: number, x: string, dy: string): string {
    const maximum = this.#maxima.get(key(operation, x));
    if (!maximum) throw new Error('the gradient of a pool was emitted before the pool');
    const { values, indices } = maximum;
    if (!indices) return this.#maskedGradient(operation, values, channels, x, dy);
    // MaxUnpool requires every window to lie inside the input.
    if (adjacent(operation) && operation.round === 'floor') return this.#unpool(operation, indices, x, dy);
    return this.#scatter(indices, x, dy);
  }

  #unpool(windows: Window, indices: string, x: string, dy: string): string {
    const { writer } = this;
    return writer.node('MaxUnpool', [dy, indices, writer.node('Shape', [x])], window(windows));
  }

  #scatter(indices: string, x: string, dy: string): string {
    const { writer } = this;
    const flat = writer.integers(-1);
    const empty = writer.node('Mul', [writer.node('Reshape', [x, flat]), writer.number(0)]);
    const scattered = writer.node(
      'ScatterElements',
      [empty, writer.node('Reshape', [indices, flat]), writer.node('Reshape', [dy, flat])],
      { axis: 0, reduction: 'add' },
    );
    return writer.node('Reshape', [scattered, writer.node('Shape', [x])]);
  }

  /** Without indices: dy times a mask of the first maximum in every window. The channels are treated as a batch of maps. */
  #maskedGradient(
    { kernel, stride, pad }: Window,
    y: string,
    channels: number,
    x: string,
    dy: string,
  ): string {
    const { writer } = this;
    const [height, width] = kernel;
    const area = height * width;
    const oneHot = writer.float(oneHotKernels(area), [area, 1, height, width]);
    const margins = [0, 0, pad[0], pad[1], 0, 0, pad[0] + height - 1, pad[1] + width - 1];
    const padded = writer.node('Pad', [x, writer.integers(...margins), writer.number(PADDING)]);
    const unfolded = writer.node(
      'Conv',
      [writer.maps(padded, channels), oneHot],
      window({ kernel, stride, pad: [0, 0] }),
    );
    const fitted = writer.fit(unfolded, y);
    const isMaximum = writer.cast(writer.node('Equal', [fitted, writer.maps(y, channels)]));
    const count = writer.node('CumSum', [isMaximum, writer.integers(1)]);
    const first = writer.node('Mul', [
      isMaximum,
      writer.cast(writer.node('Equal', [count, writer.number(1)])),
    ]);
    const spread = writer.node('Mul', [first, writer.maps(dy, channels)]);
    return this.#fold(spread, oneHot, { kernel, stride, pad }, x);
  }

  /** Every window divides its gradient equally among the pixels that it covers; at an edge these are fewer. */
  averageGradient(
    { kernel, stride, pad }: Of<'averagePoolGradient'>,
    channels: number,
    dy: string,
    x: string,
  ): string {
    const { writer } = this;
    if (adjacent({ kernel, stride, pad })) return this.#adjacentGradient(stride, dy, x);
    const area = kernel[0] * kernel[1];
    const mean = { ...window({ kernel, stride, pad }), count_include_pad: 1 };
    const ones = writer.node('Add', [writer.node('Mul', [x, writer.number(0)]), writer.number(1)]);
    const inside = writer.node('Mul', [writer.node('AveragePool', [ones], mean), writer.number(area)]);
    const shares = writer.node('Div', [dy, inside]);
    const all = writer.float(new Float32Array(area).fill(1), [1, 1, ...kernel]);
    return this.#fold(writer.maps(shares, channels), all, { kernel, stride, pad }, x);
  }

  /** Puts windows back at their positions in x and adds them up where they overlap (col2im). */
  #fold(maps: string, kernels: string, like: Window, x: string): string {
    const { writer } = this;
    const whole = writer.node('ConvTranspose', [maps, kernels], {
      ...window(like),
      output_padding: [like.stride - 1, like.stride - 1],
    });
    return writer.node('Reshape', [writer.fit(whole, x), writer.node('Shape', [x])]);
  }

  /** Windows that do not overlap: each pixel gets an equal share. Pixels beyond the last window get zero. */
  #adjacentGradient(stride: number, dy: string, x: string): string {
    const { writer } = this;
    return writer.extend(
      writer.upsample(writer.node('Mul', [dy, writer.number(1 / stride ** 2)]), stride),
      x,
    );
  }
}

/** Whether the windows are adjacent: they neither overlap nor leave gaps. */
const adjacent = ({ kernel, stride, pad }: Window): boolean =>
  kernel[0] === stride && kernel[1] === stride && pad[0] === 0 && pad[1] === 0;

const key = (o: Window & { readonly round: string }, x: string): string =>
  `${o.kernel.join('×')}/${o.stride}/${o.pad.join('×')}/${o.round}/${x}`;

/** One-hot kernels: each selects one position of a window. */
function oneHotKernels(area: number): Float32Array {
  const data = new Float32Array(area * area);
  for (let p = 0; p < area; p++) data[p * area + p] = 1;
  return data;
}
