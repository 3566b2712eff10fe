/** The steps of a style transfer: at which sizes, how many, of what optimiser and on what parametrisation. */
import { fitSides } from '../image/planes.js';
import type { Network } from '../networks/network.js';
import type { PreparedStyle, Scale, Size } from '../prepared-run.js';
import type { StyleRequest } from '../requests.js';
import { SIDE_MIN } from './plan.js';

interface Schedule extends Pick<PreparedStyle, 'parametrisation' | 'optimiser'> {
  /** Longest side, in pixels, that the coarsest scale may not fall below; each finer one is √2 larger. */
  readonly longest: number;
  /** Steps of the coarsest scale. */
  readonly steps: number;
  /** Factor on the steps from each scale to the next finer one. */
  readonly decay: number;
  readonly fewest: number;
}

/** From a start that lacks the style's strokes: the coarse scales must paint the large ones first. */
const FROM_SCRATCH: Schedule = {
  ...{ longest: 160, steps: 150, decay: 0.7, fewest: 50 },
  ...{ parametrisation: 'pyramid', optimiser: 'adam' },
};
/**
 * From swift's picture, as measured in docs/decisions/optimisation-starts-from-swift.md. VGG19 adds large strokes at
 * coarse scales. The coarse scales of a small network blur swift's, so it refines at nearly full size only.
 */
const FROM_INSTANT: Schedule = {
  ...{ longest: 384, steps: 24, decay: 0.7, fewest: 12 },
  ...{ parametrisation: 'pyramid', optimiser: 'adam' },
};
const VGG19_FROM_INSTANT: Schedule = {
  ...{ longest: 120, steps: 16, decay: 1, fewest: 16 },
  ...{ parametrisation: 'pixels', optimiser: 'lbfgs' },
};
/** Factor on the schedule's number of steps. */
const QUALITIES = { draft: 1 / 3, normal: 1, fine: 2 };

export function scheduleOf({ name }: Network, start: PreparedStyle['start']): Schedule {
  if (typeof start !== 'object') return FROM_SCRATCH;
  return name === 'vgg19' ? VGG19_FROM_INSTANT : FROM_INSTANT;
}

/** From coarse to fine: the schedule's own steps, or another total in the same proportions. */
export function scalesOf(
  schedule: Schedule,
  target: Size,
  { size, steps: given, quality }: StyleRequest,
): Scale[] {
  const sizes = [target];
  for (let longest = size / Math.SQRT2; longest >= schedule.longest; longest /= Math.SQRT2)
    sizes.unshift(fitSides(target, longest, SIDE_MIN));
  const steps = sizes.map((_, i) =>
    Math.max(schedule.fewest, Math.round(schedule.steps * schedule.decay ** i)),
  );
  const all = steps.reduce((a, b) => a + b);
  const total = given ?? Math.max(1, Math.round(all * QUALITIES[quality]));
  if (total === all) return sizes.map((at, i) => ({ ...at, steps: steps[i]! }));
  const kept = sizes.slice(-Math.min(sizes.length, total));
  const shares = steps.slice(-kept.length).map((n) => Math.max(1, Math.floor((n * total) / all)));
  const [first = 0, ...rest] = shares;
  const coarsest = Math.max(1, first + total - first - rest.reduce((a, b) => a + b, 0));
  return kept.map((at, i) => ({ ...at, steps: i === 0 ? coarsest : shares[i]! }));
}
