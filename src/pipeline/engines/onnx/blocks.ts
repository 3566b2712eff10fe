/**
 * Convolutions that compute blocks of 2×2 neighbouring outputs as channels, which are then put in their places (sub-pixel
 * convolution: Shi et al., "Real-Time Single Image and Video Super-Resolution", 2016). The results are those of the direct
 * convolution; some take fewer operations this way.
 */
import type { Operation, Tensor, Window } from '../../graph/graph.js';
import { window, type OnnxWriter } from './writer.js';

const BLOCK = 2;

/** For each row of a block, the weights that its outputs give to the pixels of a window: [rows of a block][pixel][kernel] */
type Phases = readonly (readonly (readonly number[])[])[];

/** ONNX Runtime's convolutions on the CPU fill up the output channels to a multiple of 16. */
const MAX_OUT = 16 / BLOCK ** 2;
/** With small kernels or few inputs, the larger kernel of a block costs as much as it saves. */
const [MIN_KERNEL, MIN_INTO] = [5, 16];

/** Whether a convolution has so few output channels that most of the work would be done for channels that do not exist. */
export const hasFewOutputs = ({ kernel, stride }: Window, into: number, out: number): boolean =>
  stride === 1 && Math.min(...kernel) >= MIN_KERNEL && into >= MIN_INTO && out <= MAX_OUT;

/** The picture before it was doubled, if a 3×3 convolution follows a doubling and a reflected margin of one pixel. */
export function beforeDoubling({ kernel, stride, pad }: Window, x: Tensor): Tensor | undefined {
  const [margin, doubled] = [x.operation, x.inputs[0]?.operation];
  const fits =
    stride === 1 &&
    kernel.every((side) => side === 3) &&
    pad.every((side) => side === 0) &&
    margin.type === 'reflectionPad' &&
    margin.by === 1 &&
    doubled?.type === 'upsampleNearest' &&
    doubled.factor === BLOCK;
  return fits ? x.inputs[0]!.inputs[0] : undefined;
}

/** The k×k windows of neighbouring outputs lie in one of (k+1)×(k+1) pixels, which a stride of 2 moves from block to block. */
export function convolveBlocks(
  writer: OnnxWriter,
  { kernel, pad }: Extract<Operation, { type: 'convolution' }>,
  { x, weights, bias }: { readonly x: string; readonly weights: Tensor; readonly bias: string },
): string {
  const shifted = (side: number): Phases =>
    [0, 1].map((phase) => pixels(side + 1).map((u) => pixels(side).map((k) => (u - phase === k ? 1 : 0))));
  const kernels = blockKernels(writer, weights, shifted(kernel[0]), shifted(kernel[1]));
  const blocks = writer.node('Conv', [x, kernels, repeated(writer, bias)], {
    kernel_shape: kernel.map((side) => side + 1),
    strides: [BLOCK, BLOCK],
    // The last block may reach beyond the picture.
    pads: [...pad, ...pad.map((side) => side + 1)],
  });
  const change = writer.integers(...pad.map((side, axis) => 2 * side - kernel[axis]! + 1));
  const size = writer.node('Add', [writer.spatial(x), change]);
  return writer.node('Slice', [
    interleaved(writer, blocks),
    writer.integers(0, 0),
    size,
    writer.integers(2, 3),
  ]);
}

/**
 * In a doubled picture, each window of 3×3 pixels holds only 2×2 different ones: of two neighbouring outputs, one sees the first
 * of them twice, the other the second. A reflected margin repeats the edge pixel, because its neighbour is equal.
 * @param x the picture before it is doubled
 */
export function convolveDoubled(
  writer: OnnxWriter,
  { x, weights, bias }: { readonly x: string; readonly weights: Tensor; readonly bias: string },
): string {
  // The first window, half outside, gives the second output of a block: the blocks begin one pixel before the picture.
  const phases: Phases = [
    [
      [1, 1, 0],
      [0, 0, 1],
    ],
    [
      [1, 0, 0],
      [0, 1, 1],
    ],
  ];
  const padded = writer.node('Pad', [x, writer.integers(0, 0, 1, 1, 0, 0, 1, 1)], { mode: 'edge' });
  const blocks = writer.node(
    'Conv',
    [padded, blockKernels(writer, weights, phases, phases), repeated(writer, bias)],
    window({ kernel: [2, 2], stride: 1, pad: [0, 0] }),
  );
  return writer.node('Slice', [
    interleaved(writer, blocks),
    writer.integers(1, 1),
    writer.integers(-1, -1),
    writer.integers(2, 3),
  ]);
}

const pixels = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

/** [1, 4·C, H, W] → [1, C, 2·H, 2·W] */
const interleaved = (writer: OnnxWriter, blocks: string): string =>
  writer.node('DepthToSpace', [blocks], { blocksize: BLOCK, mode: 'DCR' });

const repeated = (writer: OnnxWriter, bias: string): string =>
  writer.node('Concat', Array<string>(BLOCK ** 2).fill(bias), { axis: 0 });

/** The kernels of the outputs of a block, [4·out, into, …], from those of one output, [out, into, …]. */
function blockKernels(writer: OnnxWriter, weights: Tensor, down: Phases, across: Phases): string {
  if (weights.operation.type !== 'constant') throw new Error('a kernel must be a constant');
  const { data } = weights.operation;
  const [out, into, height, width] = weights.shape as [number, number, number, number];
  const [rows, columns] = [down[0]!.length, across[0]!.length];
  const area = rows * columns;
  const kernels = new Float32Array(BLOCK ** 2 * out * into * area);
  down.forEach((vertical, p) => {
    across.forEach((horizontal, q) => {
      const matrix = vertical.flatMap((v) => horizontal.map((h) => v.flatMap((a) => h.map((b) => a * b))));
      for (let n = 0; n < out * into; n++)
        matrix.forEach((row, u) => {
          let sum = 0;
          for (let k = 0; k < height * width; k++) sum += row[k]! * data[n * height * width + k]!;
          kernels[((p * BLOCK + q) * out * into + n) * area + u] = sum;
        });
    });
  });
  return writer.float(kernels, [BLOCK ** 2 * out, into, rows, columns]);
}
