import { randomUUID } from 'node:crypto';
import { ReverieError } from '../errors.js';
import { laneOf } from '../jobs/job.js';
import type { Place } from './place.js';

/** Something that was asked for and is still being downloaded and checked. */
export interface Arrival {
  readonly id: string;
  readonly userId: string;
  readonly lane: string;
  readonly createdAt: Date;
  /** Not known before the pictures are there. */
  readonly plan?: undefined;
}

/** What is on its way to the queue, so that it is seen there and can be taken back. */
export class Arrivals {
  readonly #open = new Map<string, Arrival & { readonly controller: AbortController }>();

  get all(): readonly Arrival[] {
    return [...this.#open.values()];
  }

  /** The work's result; throws `aborted` as soon as the arrival is cancelled. */
  async during<T>(
    { guildId, userId }: Pick<Place, 'guildId' | 'userId'>,
    work: () => Promise<T>,
  ): Promise<T> {
    const controller = new AbortController();
    const id = randomUUID();
    const arrival = { id, userId, lane: laneOf(guildId, userId), createdAt: new Date(), controller };
    this.#open.set(id, arrival);
    const taken = new Promise<never>((_, reject) => {
      controller.signal.addEventListener('abort', () => {
        reject(new ReverieError('aborted', 'That run was cancelled.'));
      });
    });
    try {
      return await Promise.race([work(), taken]);
    } finally {
      this.#open.delete(id);
    }
  }

  /** False when it has arrived or was never on its way. */
  cancel(id: string): boolean {
    const arrival = this.#open.get(id);
    arrival?.controller.abort();
    return this.#open.delete(id);
  }
}
