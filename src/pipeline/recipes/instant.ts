import { resizeBilinear, type Planes } from '../image/planes.js';
import type { PreparedInstant } from '../prepared-run.js';
import { Painter } from './painter.js';
import type { PaintContext, Step } from './run-context.js';

/**
 * Feed-forward style transfer (Johnson et al. 2016, for any style as in Ghiasi et al. 2017): one pass of swift, whose
 * training has minimised the losses beforehand.
 */
export async function* instant(
  context: PaintContext,
  { pass, scales: [result] }: PreparedInstant,
): AsyncGenerator<Step, Planes> {
  const painter = await Painter.open(context, pass);
  const painted = await painter.paint();
  const image = resizeBilinear(painted, result!.width, result!.height);
  yield { scale: 1, losses: {}, image };
  return image;
}
