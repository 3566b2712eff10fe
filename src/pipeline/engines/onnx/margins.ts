/** Operators that add and remove margins, and their gradients, in ONNX operators. */
import type { Margins as Sides } from '../../graph/graph.js';
import type { OnnxWriter } from './writer.js';

export class Margins {
  constructor(private readonly writer: OnnxWriter) {}

  crop({ top, left, bottom, right }: Sides, x: string): string {
    const { writer } = this;
    const ends =
      bottom === 0 || right === 0
        ? writer.node('Sub', [writer.spatial(x), writer.integers(bottom, right)])
        : writer.integers(-bottom, -right);
    return writer.node('Slice', [x, writer.integers(top, left), ends, writer.integers(2, 3)]);
  }

  cropGradient({ top, left, bottom, right }: Sides, dy: string): string {
    const { writer } = this;
    return writer.node('Pad', [dy, writer.integers(0, 0, top, left, 0, 0, bottom, right)]);
  }

  /** Pads all four sides by the same number of pixels. */
  pad(by: number, x: string, mode: 'edge' | 'reflect'): string {
    const { writer } = this;
    return writer.node('Pad', [x, writer.integers(0, 0, by, by, 0, 0, by, by)], { mode });
  }

  edgePadGradient(dy: string): string {
    return this.#foldEdges(this.#foldEdges(dy, 2), 3);
  }

  reflectionPadGradient(by: number, dy: string): string {
    return this.#foldReflections(by, this.#foldReflections(by, dy, 2), 3);
  }

  /** Adds the first and the last slice along an axis to their neighbours, which are the same slice where only one lies between. */
  #foldEdges(x: string, axis: number): string {
    const { writer } = this;
    const cut = (of: string, from: number, to = 2 ** 31) =>
      writer.node('Slice', [of, writer.integers(from), writer.integers(to), writer.integers(axis)]);
    const first = writer.node('Add', [cut(x, 0, 1), cut(x, 1, 2)]);
    const firstFolded = writer.node('Concat', [first, cut(x, 2)], { axis });
    const last = writer.node('Add', [cut(firstFolded, -2, -1), cut(firstFolded, -1)]);
    return writer.node('Concat', [cut(firstFolded, 0, -2), last], { axis });
  }

  /**
   * Adds the margins along an axis, reversed, to the pixels next to the edge pixels. The two may overlap, so each is extended with
   * zeros to the whole length.
   */
  #foldReflections(by: number, x: string, axis: number): string {
    const { writer } = this;
    const inside = writer.node('Slice', [x, ...[by, -by, axis].map((n) => writer.integers(n))]);
    // WebGPU's Slice is wrong for negative steps, so the margins are reversed with Gather.
    const reversed = (from: number) => {
      const indices = Array.from({ length: by }, (_, i) => from - i);
      return writer.node('Gather', [x, writer.integers(...indices)], { axis });
    };
    const length = writer.node('Gather', [writer.node('Shape', [inside]), writer.integers(axis)]);
    const rest = writer.node('Sub', [length, writer.integers(by + 1)]);
    const one = writer.integers(1);
    const none = (count: number) => (count === 0 ? [] : [writer.integers(...Array<number>(count).fill(0))]);
    const placed = (margin: string, before: string, after: string): string => {
      const pads = [...none(axis), before, ...none(3), after, ...none(3 - axis)];
      return writer.node('Pad', [margin, writer.node('Concat', pads, { axis: 0 })]);
    };
    const first = placed(reversed(by - 1), one, rest);
    const last = placed(reversed(-1), rest, one);
    return writer.node('Add', [writer.node('Add', [inside, first]), last]);
  }
}
