import { resizeBilinear, toRaster, type Planes } from '../image/planes.js';
import type { Raster } from '../pictures.js';
import type { PreparedInstant } from '../prepared-run.js';
import { Painter } from './painter.js';
import type { Outcome, PaintContext, Step } from './run-context.js';

/**
 * Feed-forward style transfer (Johnson et al. 2016, for any style as in Ghiasi et al. 2017): one pass of swift, whose
 * training has minimised the losses beforehand. An animated content is painted frame by frame.
 */
export async function* instant(
  context: PaintContext,
  { pass, animation, scales: [result] }: PreparedInstant,
): AsyncGenerator<Step, Outcome> {
  const painter = await Painter.open(context, pass);
  const sized = (painted: Planes) => resizeBilinear(painted, result!.width, result!.height);
  if (!animation) {
    const image = sized(await painter.paint());
    yield { scale: 1, losses: {}, image };
    return { image };
  }
  const { indices, ...timing } = animation;
  const frames: Raster[] = [];
  let first: Planes | undefined;
  for await (const frame of context.pictures.frames(pass.content, indices, pass.width, pass.height)) {
    const image = sized(await painter.paintFrame(frame));
    first ??= image;
    frames.push(toRaster(image));
    yield { scale: 1, losses: {}, image };
  }
  return { image: first!, animation: { ...timing, frames } };
}
