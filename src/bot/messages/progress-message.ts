import { RateLimitError } from 'discord.js';
import type { Logger } from 'pino';
import type { StoredResult } from '../../jobs/job-repository.js';
import type { MessageLocation } from '../../jobs/message-repository.js';
import type { ReverieError } from '../../errors.js';
import type { Job, JobObserver } from '../../jobs/job.js';
import type { EncodedImage } from '../../pipeline/pictures.js';
import type { Frame, Renderer, RenderResult } from '../../pipeline/renderer.js';
import { FrameSampler } from './frame-sampler.js';
import { failFastOnRateLimit } from '../client/fail-fast.js';
import { retryWhileUnavailable } from '../client/retry.js';
import { isDeleted, isTooLarge } from '../client/discord-errors.js';
import { EditThrottle } from './edit-throttle.js';
import { monotonicNow } from '../../clock.js';
import type { BuildView, MessageTarget } from './message-target.js';
import { failedView, finalView, leavingView, runningView, waitingView, type Subject } from './views.js';

export interface ProgressMessageOptions {
  readonly reply: MessageTarget;
  readonly renderer: Renderer;
  readonly log: Logger;
  readonly intervalMs: number;
  /** What this interaction may upload. */
  readonly uploadLimit: number;
  readonly subject: Subject;
  /** When the picture will be there, for one that waits. */
  readonly doneAt: (job: Job) => Date | undefined;
  /** Told where the message is, each time it has moved. */
  readonly onPlaced: (id: string, location: MessageLocation) => void;
  /** False once the job was deleted with all that belongs to it: there is nothing more to say. */
  readonly isKept: (id: string) => Promise<boolean>;
  /** Told once how long the picture took. */
  readonly onRendered: (seconds: number) => void;
  /** Remembers the result before it is delivered. */
  readonly keep: (id: string, result: StoredResult) => Promise<void>;
  /** Somebody deleted the message before the picture was there. With it the picture comes in no other message. */
  readonly onDeleted?: () => void;
  /** The picture is in its message. */
  readonly onDelivered?: (id: string) => Promise<void>;
}

/** How long a job that has waited may run before its message says so without a frame to show. */
const PATIENCE_MS = 1500;

/** How long before a message can no longer be edited it says so. */
const NOTICE_MS = 30_000;

/** Shows one job in one message, from its place in the queue to its picture. */
export class ProgressMessage implements JobObserver {
  readonly #options: ProgressMessageOptions;
  readonly #publisher: EditThrottle;
  readonly #growth = new FrameSampler();
  #greeted = false;
  #starting: NodeJS.Timeout | undefined;
  #leaving: NodeJS.Timeout | undefined;
  /** What the message shows, or a little later than that. */
  #latest: { position: number } | { frame: Frame; preview: EncodedImage } = { position: 0 };
  #recorded: string | undefined;

  constructor(options: ProgressMessageOptions) {
    this.#options = options;
    this.#recorded = options.reply.location?.messageId;
    this.#publisher = new EditThrottle({
      intervalMs: options.intervalMs,
      onError: (thrown) => {
        if (isDeleted(thrown)) options.onDeleted?.();
        if (thrown instanceof RateLimitError) options.log.debug('skipped a frame because of the rate limit');
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
      this.#latest = { frame, preview };
      await failFastOnRateLimit(() => this.#edit(() => runningView(this.#options.subject, frame, preview)));
    });
  };

  readonly onDone = (job: Job, result: RenderResult): Promise<void> =>
    this.#finish(() => this.#deliver(job, result));

  readonly onFailed = (_job: Job, error: ReverieError): Promise<void> => this.fail(error);

  /** A message that the next process cannot edit says where the picture will come. */
  readonly onSuspended = async (): Promise<void> => {
    if (this.#options.reply.editableUntil !== undefined) await this.#leave();
  };

  /** Says why there is no picture. */
  fail(error: ReverieError): Promise<void> {
    return this.#finish(async () => {
      const { reply, subject, isKept } = this.#options;
      if (reply.deleted || !(await isKept(subject.id))) return;
      await this.#say((origin) => failedView({ ...subject, origin }, error));
    });
  }

  #finish(edit: () => Promise<void>): Promise<void> {
    clearTimeout(this.#starting);
    clearTimeout(this.#leaving);
    return this.#publisher.finish(edit);
  }

  #wait(job: Job, position: number): void {
    const { reply } = this.#options;
    const edit = async () => {
      if (reply.gone) return;
      const { subject, doneAt } = this.#options;
      const at = doneAt(job);
      this.#latest = { position };
      await this.#edit(() => waitingView(subject, position, at));
    };
    if (this.#greeted) this.#publisher.show(edit);
    else {
      void this.#publisher.first(edit);
      this.#leaveInTime();
    }
    this.#greeted = true;
  }

  #leaveInTime(): void {
    const { editableUntil } = this.#options.reply;
    if (editableUntil === undefined) return;
    this.#leaving = setTimeout(() => void this.#leave(), editableUntil - NOTICE_MS - monotonicNow()).unref();
  }

  /** The last edit before the message can no longer be edited: what comes next comes in person. */
  #leave(): Promise<void> {
    return this.#finish(async () => {
      const { reply, subject, log } = this.#options;
      if (reply.gone) return;
      try {
        await retryWhileUnavailable(() => this.#edit(() => leavingView(subject, this.#latest)), {
          log: log.child({ job: subject.id }),
        });
      } catch (thrown) {
        log.warn(
          { err: thrown, job: subject.id },
          'could not announce that a picture will be sent by direct message',
        );
      }
      reply.leave();
    });
  }

  /** The finest file that fits; where Discord still finds it too large, a smaller one. */
  async #deliver(job: Job, result: RenderResult): Promise<void> {
    const { reply, subject, uploadLimit, keep, log, isKept, onDeleted, onDelivered, onRendered } =
      this.#options;
    onRendered(result.trace.seconds);
    if (!(await isKept(subject.id))) return;
    const growth = await this.#growth.strip(this.#options.renderer).catch((thrown: unknown) => {
      log.warn({ err: thrown, job: job.id }, 'could not draw how a picture grew');
      return undefined;
    });
    for (let maxBytes = uploadLimit, left = 3; ; left--) {
      const image = await this.#encode(result, maxBytes);
      maxBytes = Math.floor(Math.min(maxBytes, image.bytes.byteLength) / 2);
      await keep(job.id, { image, trace: result.trace, ...(growth ? { growth } : {}) });
      try {
        await this.#say((origin) => finalView({ ...subject, origin }, result, image));
        await onDelivered?.(job.id);
        return;
      } catch (thrown) {
        if (reply.deleted && onDeleted) {
          onDeleted();
          return;
        }
        if (!isTooLarge(thrown) || left === 0) throw thrown;
      }
    }
  }

  #encode({ image, animation }: RenderResult, maxBytes: number): Promise<EncodedImage> {
    const { renderer } = this.#options;
    return animation ? renderer.animate(animation, { maxBytes }) : renderer.encode(image, { maxBytes });
  }

  async #edit(build: BuildView): Promise<void> {
    const { reply, subject } = this.#options;
    await reply.edit(build, subject.id).finally(() => {
      this.#record();
    });
  }

  /** What must arrive, for as long as Discord is away. */
  async #say(build: BuildView): Promise<void> {
    const { reply, subject, log, onDeleted } = this.#options;
    const options = { replaceDeleted: !onDeleted };
    const say = () =>
      reply.deliver(build, subject.id, options).finally(() => {
        this.#record();
      });
    await retryWhileUnavailable(say, { log: log.child({ job: subject.id }) });
  }

  /** Also where the message was posted and an edit after that failed. */
  #record(): void {
    const { reply, subject, onPlaced } = this.#options;
    if (!reply.location || reply.location.messageId === this.#recorded) return;
    this.#recorded = reply.location.messageId;
    onPlaced(subject.id, reply.location);
  }
}
