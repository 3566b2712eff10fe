import { contactSheet } from '../image/contact-sheet.js';
import { resizeBilinear, type Planes } from '../image/planes.js';
import { createEncoder } from '../networks/encoder.js';
import { imageInput, imageValues } from '../objectives/pictures.js';
import type { PictureHash, PreparedVisualise } from '../prepared-run.js';
import type { RunContext, Step } from './run-context.js';

/** A sheet of maps, black to white: how strongly a layer's channels respond to a picture at each position. */
export async function* activationMaps(
  { engine, network, weights, pictures }: RunContext,
  { layer, channels, scales }: PreparedVisualise,
  picture: PictureHash,
): AsyncGenerator<Step, Planes> {
  const { width, height } = scales[0]!;
  const image = imageValues(await pictures.at(picture, width, height));
  const features = createEncoder(network, weights).encode(imageInput()).get(layer)!;
  const program = await engine.compile({ outputs: { features } });
  try {
    const { features: maps } = await program.run({ image });
    const [, , rows, columns] = maps!.shape as [number, number, number, number];
    const cells = channels.map((channel) => {
      const values = maps!.data.subarray(channel * rows * columns, (channel + 1) * rows * columns);
      const [low, high] = values.reduce(([a, b], v) => [Math.min(a, v), Math.max(b, v)], [0, 1e-6]);
      const grey = values.map((value) => (value - low) / (high - low));
      const small: Planes = {
        channels: 3,
        width: columns,
        height: rows,
        data: Float32Array.from({ length: 3 * grey.length }, (_, i) => grey[i % grey.length]!),
      };
      return { picture: resizeBilinear(small, width, height), caption: String(channel) };
    });
    const sheet = cells.length === 1 ? cells[0]!.picture : await contactSheet(cells);
    const strongest = maps!.data.reduce((a, b) => Math.max(a, b), 0);
    yield { scale: 1, losses: { total: strongest }, image: sheet };
    return sheet;
  } finally {
    await program.dispose();
  }
}
