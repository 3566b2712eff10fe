import { RateLimitError } from 'discord.js';
import { monotonicNow } from '../../clock.js';

export interface EditThrottleOptions {
  /** Least time between the end of one paced edit and the start of the next. */
  readonly intervalMs: number;
  readonly onError: (thrown: unknown) => void;
}

type Edit = () => Promise<void>;

/**
 * Paces the edits of one message. One edit is under way at a time; of those that wait, the newest wins; the final
 * one drops whatever waits and is not kept waiting itself.
 */
export class EditThrottle {
  readonly #options: EditThrottleOptions;
  #pending: Edit | undefined;
  #timer: NodeJS.Timeout | undefined;
  #tail: Promise<void> = Promise.resolve();
  #busy = false;
  #nextAt = 0;
  #closed = false;

  constructor(options: EditThrottleOptions) {
    this.#options = options;
  }

  /** Runs at once. */
  first(edit: Edit): Promise<void> {
    return this.#paced(edit);
  }

  show(edit: Edit): void {
    if (this.#closed) return;
    this.#pending = edit;
    this.#schedule();
  }

  /** The last edits of this message, one after the other; what one throws is its caller's. */
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
        void this.#paced(edit);
      },
      Math.max(0, this.#nextAt - monotonicNow()),
    );
  }

  #paced(edit: Edit): Promise<void> {
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
        this.#nextAt = monotonicNow() + pause;
        this.#schedule();
      });
    return this.#tail;
  }
}
