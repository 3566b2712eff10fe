import { RateLimitError } from 'discord.js';
import type { Logger } from 'pino';
import type { KeptResult, MessagePlace } from '../commands/keeping.js';
import type { ReverieError } from '../errors.js';
import type { Job, JobObserver } from '../jobs/job.js';
import type { EncodedImage, Frame, Renderer, RenderResult } from '../pipeline/contract.js';
import { Growth } from './growth.js';
import { inPassing } from './in-passing.js';
import { untilThere } from './patience.js';
import { isDeleted, isTooLarge } from './platform-errors.js';
import { Publisher } from './publisher.js';
import type { Surface } from './surface.js';
import { failedView, finalView, runningView, waitingView, type Subject } from './views.js';

export interface PresenterOptions {
  readonly reply: Surface;
  readonly renderer: Renderer;
  readonly log: Logger;
  readonly intervalMs: number;
  /** What this interaction may upload. */
  readonly uploadLimit: number;
  readonly subject: Subject;
  /** When the picture will be there, for one that waits. */
  readonly doneAt: (job: Job) => Date | undefined;
  /** Told where the message is, each time it may have moved. */
  readonly onPlaced: (id: string, place: MessagePlace) => void;
  /** Remembers the result before it is delivered. */
  readonly keep: (id: string, result: KeptResult) => Promise<void>;
  /** Somebody deleted the message before the picture was there. */
  readonly onDeleted?: () => void;
  /** The picture is in its message. */
  readonly onDelivered?: (id: string) => Promise<void>;
}

/** How long a job that has waited may run before its message says so without a frame to show. */
const PATIENCE_MS = 1500;

/** Shows one job in one message, from its place in the queue to its picture. */
export class Presenter implements JobObserver {
  readonly #options: PresenterOptions;
  readonly #publisher: Publisher;
  readonly #growth = new Growth();
  #greeted = false;
  #starting: NodeJS.Timeout | undefined;

  constructor(options: PresenterOptions) {
    this.#options = options;
    this.#publisher = new Publisher({
      intervalMs: options.intervalMs,
      onError: (thrown) => {
        if (isDeleted(thrown)) options.onDeleted?.();
        if (thrown instanceof RateLimitError) options.log.debug('Discord had no room for a frame');
        else options.log.warn({ err: thrown }, 'a progress edit failed');
      },
    });
  }

  readonly onPosition = (job: Job, position: number): void => {
    this.#wait(job, position);
  };

  readonly onStart = (job: Job): void => {
    if (!this.#greeted) this.#wait(job, 0);
    else
      this.#starting = setTimeout(() => {
        this.#wait(job, 0);
      }, PATIENCE_MS);
  };

  readonly onFrame = (_job: Job, frame: Frame): void => {
    clearTimeout(this.#starting);
    this.#growth.add(frame);
    this.#publisher.show(async () => {
      const { reply, renderer } = this.#options;
      if (reply.gone) return;
      const preview = await renderer.preview(frame.image);
      await inPassing(() => reply.edit(() => runningView(this.#options.subject, frame, preview)));
    });
  };

  readonly onDone = (job: Job, result: RenderResult): Promise<void> =>
    this.#finish(() => this.#deliver(job, result));

  readonly onFailed = (_job: Job, error: ReverieError): Promise<void> => this.fail(error);

  /** Says why there is no picture. */
  fail(error: ReverieError): Promise<void> {
    return this.#finish(async () => {
      const { reply, log, subject } = this.#options;
      if (reply.gone) return;
      await untilThere(() => reply.deliver(() => failedView(subject, error), subject.id), {
        log: log.child({ job: subject.id }),
      });
    });
  }

  #finish(edit: () => Promise<void>): Promise<void> {
    clearTimeout(this.#starting);
    return this.#publisher.finish(edit);
  }

  #wait(job: Job, position: number): void {
    const { reply } = this.#options;
    const edit = async () => {
      if (reply.gone) return;
      const { subject, doneAt } = this.#options;
      const at = doneAt(job);
      await reply.edit(() => waitingView(subject, position, at));
      this.#placed(job);
    };
    if (this.#greeted) this.#publisher.show(edit);
    else void this.#publisher.first(edit);
    this.#greeted = true;
  }

  /** The finest file that fits; where Discord still finds it too large, a smaller one. */
  async #deliver(job: Job, result: RenderResult): Promise<void> {
    const { reply, uploadLimit, keep, log, onDelivered } = this.#options;
    const growth = await this.#growth.strip(this.#options.renderer).catch((thrown: unknown) => {
      log.warn({ err: thrown, job: job.id }, 'how a picture grew could not be drawn');
      return undefined;
    });
    for (let maxBytes = uploadLimit, left = 3; ; left--) {
      const image = await this.#encode(result, maxBytes);
      maxBytes = Math.floor(Math.min(maxBytes, image.bytes.byteLength) / 2);
      await keep(job.id, { image, trace: result.trace, ...(growth ? { growth } : {}) });
      try {
        await untilThere(() => reply.deliver(() => finalView(this.#options.subject, result, image), job.id), {
          log: log.child({ job: job.id }),
        });
        this.#placed(job);
        await onDelivered?.(job.id);
        return;
      } catch (thrown) {
        if (!isTooLarge(thrown) || left === 0) throw thrown;
      }
    }
  }

  #encode({ image, animation }: RenderResult, maxBytes: number): Promise<EncodedImage> {
    const { renderer } = this.#options;
    return animation ? renderer.animate(animation, { maxBytes }) : renderer.encode(image, { maxBytes });
  }

  #placed(job: Job): void {
    const { reply, onPlaced } = this.#options;
    if (reply.place) onPlaced(job.id, reply.place);
  }
}
