/** Pools and their gradients in ONNX operators. */
import type { Operation, Window } from '../../graph/graph.js';
import { window, type OnnxWriter } from './writer.js';

type Of<T extends Operation['type']> = Extract<Operation, { type: T }>;

/** Outputs of a maximum: the values, and where they lay if the device tells. */
interface Maximum {
  readonly values: string;
  readonly indices: string | undefined;
}

/** Below every activation, and still a number when multiplied by 0. */
const FAR_BELOW = -1e30;

export class Pools {
  readonly #maxima = new Map<string, Maximum>();

  /** @param indices whether the device can tell where the maxima lay */
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

  /** Windows overlap: a position that is the maximum of several collects from all of them. */
  maximumGradient(operation: Of<'maxPoolGradient'>, channels: number, x: string, dy: string): string {
    const maximum = this.#maxima.get(key(operation, x));
    if (!maximum) throw new Error('a pool was differentiated before it was emitted');
    const { values, indices } = maximum;
    if (!indices) return this.#searched(operation, values, channels, x, dy);
    // Unpooling wants every window to lie inside.
    if (apart(operation) && operation.round === 'floor') return this.#unpooled(operation, indices, x, dy);
    return this.#scattered(indices, x, dy);
  }

  #unpooled(windows: Window, indices: string, x: string, dy: string): string {
    const { writer } = this;
    return writer.node('MaxUnpool', [dy, indices, writer.node('Shape', [x])], window(windows));
  }

  #scattered(indices: string, x: string, dy: string): string {
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

  /** Looks in every window for the first position that holds its maximum. Channels are taken as a batch of maps. */
  #searched({ kernel, stride, pad }: Window, y: string, channels: number, x: string, dy: string): string {
    const { writer } = this;
    const [height, width] = kernel;
    const area = height * width;
    const each = writer.float(oneOfEach(area), [area, 1, height, width]);
    const margins = [0, 0, pad[0], pad[1], 0, 0, pad[0] + height - 1, pad[1] + width - 1];
    const wide = writer.node('Pad', [x, writer.integers(...margins), writer.number(FAR_BELOW)]);
    const unfolded = writer.node(
      'Conv',
      [writer.maps(wide, channels), each],
      window({ kernel, stride, pad: [0, 0] }),
    );
    const seen = writer.fit(unfolded, y);
    const hit = writer.cast(writer.node('Equal', [seen, writer.maps(y, channels)]));
    const count = writer.node('CumSum', [hit, writer.integers(1)]);
    const first = writer.node('Mul', [hit, writer.cast(writer.node('Equal', [count, writer.number(1)]))]);
    const spread = writer.node('Mul', [first, writer.maps(dy, channels)]);
    return this.#folded(spread, each, { kernel, stride, pad }, x);
  }

  /** Every window gives each pixel that it covers its share: a window at an edge has fewer, so larger, shares. */
  averageGradient(
    { kernel, stride, pad }: Of<'averagePoolGradient'>,
    channels: number,
    dy: string,
    x: string,
  ): string {
    const { writer } = this;
    if (apart({ kernel, stride, pad })) return this.#tilesGradient(stride, dy, x);
    const area = kernel[0] * kernel[1];
    const mean = { ...window({ kernel, stride, pad }), count_include_pad: 1 };
    const ones = writer.node('Add', [writer.node('Mul', [x, writer.number(0)]), writer.number(1)]);
    const inside = writer.node('Mul', [writer.node('AveragePool', [ones], mean), writer.number(area)]);
    const shares = writer.node('Div', [dy, inside]);
    const all = writer.float(new Float32Array(area).fill(1), [1, 1, ...kernel]);
    return this.#folded(writer.maps(shares, channels), all, { kernel, stride, pad }, x);
  }

  /** Windows of maps put back where they lay in x, adding up where they overlap. */
  #folded(maps: string, kernels: string, like: Window, x: string): string {
    const { writer } = this;
    const whole = writer.node('ConvTranspose', [maps, kernels], {
      ...window(like),
      output_padding: [like.stride - 1, like.stride - 1],
    });
    return writer.node('Reshape', [writer.fit(whole, x), writer.node('Shape', [x])]);
  }

  /** Windows side by side: an equal share to each pixel; a last row or column in no window gets nothing. */
  #tilesGradient(stride: number, dy: string, x: string): string {
    const { writer } = this;
    const up = writer.node(
      'Resize',
      [
        writer.node('Mul', [dy, writer.number(1 / stride ** 2)]),
        '',
        writer.float(new Float32Array([1, 1, stride, stride]), [4]),
      ],
      { mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' },
    );
    const missing = writer.node('Sub', [writer.node('Shape', [x]), writer.node('Shape', [up])]);
    const margins = writer.node('Concat', [writer.integers(0, 0, 0, 0), missing], { axis: 0 });
    return writer.node('Pad', [up, margins]);
  }
}

/** Whether no pixel is in two windows. */
const apart = ({ kernel, stride, pad }: Window): boolean =>
  kernel[0] === stride && kernel[1] === stride && pad[0] === 0 && pad[1] === 0;

const key = (o: Window & { readonly round: string }, x: string): string =>
  `${o.kernel.join('×')}/${o.stride}/${o.pad.join('×')}/${o.round}/${x}`;

/** Kernels that each take one position of a window. */
function oneOfEach(area: number): Float32Array {
  const data = new Float32Array(area * area);
  for (let p = 0; p < area; p++) data[p * area + p] = 1;
  return data;
}
