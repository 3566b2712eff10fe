import { randomUUID } from 'node:crypto';
import { ReverieError } from '../errors.js';
import type { Caller } from './access.js';
import { laneOf } from './job.js';

/** A button or reaction used on a result. A member has at most one open job for each of them. */
export interface Claim {
  readonly parent: string;
  readonly action: string;
}

/** A request whose pictures are still being downloaded and checked. It already takes up room in the queue. */
export interface PendingRequest {
  readonly id: string;
  readonly userId: string;
  readonly lane: string;
  readonly createdAt: Date;
  readonly claim: Claim | undefined;
  /** Unknown until the pictures have arrived. */
  readonly prepared?: undefined;
}

/** Requests that are not in the queue yet, so that they are counted, listed and can be cancelled. */
export class PendingRequests {
  readonly #open = new Map<string, PendingRequest & { readonly controller: AbortController }>();

  get all(): readonly PendingRequest[] {
    return [...this.#open.values()];
  }

  /** Call `release` once the request is in the queue or has failed. */
  begin({ guildId, userId }: Pick<Caller, 'guildId' | 'userId'>, claim?: Claim): Reservation {
    const controller = new AbortController();
    const id = randomUUID();
    const lane = laneOf(guildId, userId);
    this.#open.set(id, { id, userId, lane, createdAt: new Date(), claim, controller });
    return new Reservation(claim, controller.signal, () => this.#open.delete(id));
  }

  /** Stops the request's downloads. False if there is no such request (any more). */
  cancel(id: string): boolean {
    const request = this.#open.get(id);
    request?.controller.abort(cancelled());
    return this.#open.delete(id);
  }
}

/** Room in the queue, held for one request. */
export class Reservation {
  constructor(
    readonly claim: Claim | undefined,
    private readonly signal: AbortSignal,
    readonly release: () => void,
  ) {}

  /** The work's result. Throws `aborted` as soon as the request is cancelled; the signal stops the work. */
  async during<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { signal } = this;
    const stopped = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => {
        reject(cancelled());
      });
    });
    const result = await Promise.race([work(signal), stopped]);
    this.throwIfCancelled();
    return result;
  }

  throwIfCancelled(): void {
    this.signal.throwIfAborted();
  }
}

const cancelled = () => new ReverieError('aborted', 'That picture was cancelled.');
