import { ReverieError } from '../errors.js';
import type { JobSpec } from './job.js';

type Place = Pick<JobSpec, 'lane' | 'userId'>;

/** Open jobs that the queue takes; background jobs are not among them. */
export interface RoomLimits {
  /** Of a lane (a guild). */
  readonly maxPerLane?: number;
  /** Of a member. */
  readonly maxPerUser?: number;
}

/** Throws `queue-full` if the lane or the member has too many of the jobs that are `taken`. */
export function checkLimits(
  spec: Place,
  taken: readonly Place[],
  { maxPerLane = 20, maxPerUser = 5 }: RoomLimits,
): void {
  const mine = taken.filter(({ userId }) => userId === spec.userId).length;
  if (mine >= maxPerUser)
    throw new ReverieError(
      'queue-full',
      `You already have ${mine} pictures in the queue. Please try again when one has finished.`,
      { details: { reason: 'user', count: mine } },
    );
  const here = taken.filter(({ lane }) => lane === spec.lane).length;
  if (here >= maxPerLane)
    throw new ReverieError(
      'queue-full',
      `There are already ${here} pictures waiting here. Please try again when one has finished.`,
      { details: { reason: 'guild', count: here } },
    );
}
