/** Pictures and maps as the inputs of programs. */
import type { Bindings, Values } from '../engines/engine.js';
import { sizeAt } from '../graph/dimensions.js';
import { input, type Input, type Shape } from '../graph/graph.js';
import type { Planes } from '../image/planes.js';

/** The image that an objective is evaluated at: [1, 3, H, W], RGB in [0,1]. */
export const imageInput = (): Input => input('image', [1, 3, 'height', 'width']);

export const imageValues = ({ data, channels, width, height }: Planes): Values => ({
  data,
  shape: [1, channels, height, width],
});

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** The size of a layer's map, by the layer's shape and the size of the image. */
export const mapSize = ([, , rows, columns]: Shape, { width, height }: Size): Size => ({
  width: sizeAt(columns!, { width, height }),
  height: sizeAt(rows!, { width, height }),
});

/** Values by the names that their inputs have in a program. */
export const bindingsOf = (values: Iterable<readonly [Input, Values]>): Bindings =>
  Object.fromEntries([...values].map(([{ operation }, value]) => [operation.name, value]));
