import { randomUUID } from 'node:crypto';
import { ReverieError } from '../../errors.js';
import { laneOf } from '../../jobs/job.js';
import type { Caller } from './caller.js';

/** What a button or a reaction does to which result. Nobody has two open jobs from the same one. */
export interface Claim {
  readonly parent: string;
  readonly action: string;
}

/** A request that was let in and is still being downloaded and checked. It holds a place in the queue. */
export interface PendingRequest {
  readonly id: string;
  readonly userId: string;
  readonly lane: string;
  readonly createdAt: Date;
  readonly claim: Claim | undefined;
  /** Not known before the pictures are there. */
  readonly plan?: undefined;
}

/** Requests on their way to the queue, so that they are counted and seen there and can be cancelled. */
export class PendingRequests {
  readonly #open = new Map<string, PendingRequest & { readonly controller: AbortController }>();

  get all(): readonly PendingRequest[] {
    return [...this.#open.values()];
  }

  /** Call `release` once the request is in the queue, or over. */
  begin({ guildId, userId }: Pick<Caller, 'guildId' | 'userId'>, claim?: Claim): Reservation {
    const controller = new AbortController();
    const id = randomUUID();
    const lane = laneOf(guildId, userId);
    this.#open.set(id, { id, userId, lane, createdAt: new Date(), claim, controller });
    return new Reservation(claim, controller.signal, () => this.#open.delete(id));
  }

  /** Stops the request's downloads. False when it has arrived or was never on its way. */
  cancel(id: string): boolean {
    const arrival = this.#open.get(id);
    arrival?.controller.abort(cancelled());
    return this.#open.delete(id);
  }
}

/** A place in the queue that is held for one request. */
export class Reservation {
  constructor(
    readonly claim: Claim | undefined,
    private readonly signal: AbortSignal,
    readonly release: () => void,
  ) {}

  /** The work's result; throws `aborted` as soon as the request is cancelled, as the signal then tells the work. */
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
