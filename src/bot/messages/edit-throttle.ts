import { RateLimitError } from 'discord.js';
import { monotonicNow } from '../../clock.js';

export interface EditThrottleOptions {
  /** Least time between the end of one throttled edit and the start of the next. */
  readonly intervalMs: number;
  readonly onError: (thrown: unknown) => void;
}

type Edit = () => Promise<void>;

/**
 * Throttles the edits of one message. One edit is sent at a time. While it is, or the interval has not passed, only the
 * newest edit is kept. A final edit drops the waiting one and does not wait for the interval.
 */
export class EditThrottle {
  readonly #options: EditThrottleOptions;
  #pending: Edit | undefined;
  #timer: NodeJS.Timeout | undefined;
  #tail: Promise<void> = Promise.resolve();
  #busy = false;
  #notBefore = 0;
  #closed = false;

  constructor(options: EditThrottleOptions) {
    this.#options = options;
  }

  /** Sends the first edit at once. */
  first(edit: Edit): Promise<void> {
    return this.#send(edit);
  }

  /** Sends an edit when the interval has passed, unless a newer one comes first. */
  show(edit: Edit): void {
    if (this.#closed) return;
    this.#pending = edit;
    this.#schedule();
  }

  /** Sends a final edit after the one that is being sent. Throws what it throws. Several are sent one after the other. */
  async finish(edit: Edit): Promise<void> {
    this.#closed = true;
    this.#pending = undefined;
    clearTimeout(this.#timer);
    const done = this.#tail.then(edit);
    this.#tail = done.catch(() => undefined);
    await done;
  }

  #schedule(): void {
    if (this.#busy || this.#timer || this.#closed || !this.#pending) return;
    this.#timer = setTimeout(
      () => {
        this.#timer = undefined;
        const edit = this.#pending;
        this.#pending = undefined;
        if (!edit || this.#closed) return;
        void this.#send(edit);
      },
      Math.max(0, this.#notBefore - monotonicNow()),
    );
  }

  #send(edit: Edit): Promise<void> {
    const { intervalMs, onError } = this.#options;
    this.#busy = true;
    let pause = intervalMs;
    this.#tail = edit()
      .catch((thrown: unknown) => {
        if (thrown instanceof RateLimitError) pause = Math.max(pause, thrown.retryAfter);
        onError(thrown);
      })
      .finally(() => {
        this.#busy = false;
        this.#notBefore = monotonicNow() + pause;
        this.#schedule();
      });
    return this.#tail;
  }
}
