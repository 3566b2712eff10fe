import { RateLimitError } from 'discord.js';
import type { Logger } from 'pino';
import { monotonicNow } from '../../clock.js';
import { toReverieError, type ReverieError } from '../../errors.js';
import type { Job } from '../../jobs/job.js';
import type { StoredResult } from '../../jobs/job-repository.js';
import type { JobReporter } from '../../jobs/job-service.js';
import type { MessageLocation } from '../../jobs/message-repository.js';
import { animate } from '../../pipeline/export/animation.js';
import { encodeToFit } from '../../pipeline/export/encode-to-fit.js';
import { preview } from '../../pipeline/export/preview.js';
import { strip } from '../../pipeline/export/strip.js';
import type { EncodedImage } from '../../pipeline/pictures.js';
import type { Frame, RenderResult } from '../../pipeline/renderer.js';
import { failFastOnRateLimit } from '../client/client.js';
import { isDeleted, isTooLarge } from '../client/discord-errors.js';
import { retryWhileUnavailable } from '../client/retry.js';
import { EditThrottle } from './edit-throttle.js';
import { FrameSampler } from './frame-sampler.js';
import type { BuildView, MessageTarget } from './message-target.js';
import type { Subject } from './subject.js';
import { failedView, finalView, leavingView, runningView, waitingView } from './views.js';

export interface ProgressMessageOptions {
  readonly reply: MessageTarget;
  readonly log: Logger;
  readonly intervalMs: number;
  /** Bytes of the largest file that may be uploaded here. */
  readonly uploadLimit: number;
  readonly subject: Subject;
  /** When the picture of a waiting job is expected. */
  readonly doneAt: (job: Job) => Date | undefined;
  /** Called whenever another message shows the job. Never rejects. */
  readonly onMessage: (location: MessageLocation) => Promise<void>;
  /** False once the job was deleted with everything that belongs to it: nothing is shown any more. */
  readonly isKept: () => Promise<boolean>;
  /** Called once with the time that the render took. */
  readonly onRendered: (seconds: number) => void;
  /** Keeps what swift was taught. */
  readonly saveTaught: (taught: Uint8Array) => Promise<void>;
  /** Records the result before it is delivered. Never rejects. */
  readonly saveResult: (result: StoredResult) => Promise<void>;
  /** Called if the message is deleted before the result is in it. Without it, the result is posted again. */
  readonly onDeleted?: () => void;
  /** Called when the result is in its message. */
  readonly onDelivered?: () => Promise<void>;
}

/** A job that has waited and renders without a frame for so long gets its message edited. */
const NO_FRAME_MS = 1500;

/** How long before a message can no longer be edited it is edited for the last time. */
const LAST_EDIT_MS = 30_000;

/** How many smaller files are tried if Discord refuses one as too large. */
const SMALLER_FILES = 3;

/** Shows one job in one message, from its place in the queue to its result. */
export class ProgressMessage implements JobReporter {
  readonly #options: ProgressMessageOptions;
  readonly #throttle: EditThrottle;
  readonly #frames = new FrameSampler();
  /** Whether the message was edited or posted for this job at all. */
  #shown = false;
  #noFrameTimer: NodeJS.Timeout | undefined;
  #lastEditTimer: NodeJS.Timeout | undefined;
  /** What the message shows, or will show after the next edit. */
  #latest: { position: number } | { frame: Frame; preview: EncodedImage } = { position: 0 };
  #recordedMessage: string | undefined;

  constructor(options: ProgressMessageOptions) {
    this.#options = options;
    this.#recordedMessage = options.reply.location?.messageId;
    this.#throttle = new EditThrottle({
      intervalMs: options.intervalMs,
      onError: (thrown) => {
        if (isDeleted(thrown)) options.onDeleted?.();
        if (thrown instanceof RateLimitError) options.log.debug('skipped a frame because of the rate limit');
        else options.log.warn({ err: thrown }, 'a progress edit failed');
      },
    });
  }

  readonly onPosition = (job: Job, position: number): void => {
    this.#showPosition(job, position);
  };

  readonly onStart = (job: Job): void => {
    if (!this.#shown) this.#showPosition(job, 0);
    else
      this.#noFrameTimer = setTimeout(() => {
        this.#showPosition(job, 0);
      }, NO_FRAME_MS);
  };

  readonly onFrame = ({ prepared }: Job, frame: Frame): void => {
    clearTimeout(this.#noFrameTimer);
    this.#frames.add(frame);
    this.#throttle.show(async () => {
      const { reply, subject } = this.#options;
      if (reply.gone) return;
      const small = await preview(frame.image, prepared.run.plan);
      this.#latest = { frame, preview: small };
      await failFastOnRateLimit(() => this.#edit(() => runningView(subject, frame, small)));
    });
  };

  readonly onDone = (job: Job, result: RenderResult): Promise<void> =>
    this.#finish(() => this.#deliver(job, result));

  readonly onFailed = (_job: Job, error: ReverieError): Promise<void> => this.fail(error);

  /** Where the next process cannot edit the message, it says now where the result will be posted. */
  readonly onSuspended = async (): Promise<void> => {
    if (this.#options.reply.editableUntil !== undefined) await this.#leave();
  };

  fail(error: ReverieError): Promise<void> {
    return this.#finish(async () => {
      const { reply, subject, isKept } = this.#options;
      if (reply.deleted || !(await isKept())) return;
      await this.#send((origin) => failedView({ ...subject, origin }, error));
    });
  }

  deliverStored(result: StoredResult): Promise<void> {
    return this.#finish(() => this.#sendResult(result, result.image));
  }

  #finish(edit: () => Promise<void>): Promise<void> {
    clearTimeout(this.#noFrameTimer);
    clearTimeout(this.#lastEditTimer);
    return this.#throttle.finish(edit);
  }

  #showPosition(job: Job, position: number): void {
    const { reply } = this.#options;
    const edit = async () => {
      if (reply.gone) return;
      const { subject, doneAt } = this.#options;
      const at = doneAt(job);
      this.#latest = { position };
      await this.#edit(() => waitingView(subject, position, at));
    };
    if (this.#shown) this.#throttle.show(edit);
    else {
      void this.#throttle.first(edit);
      this.#scheduleLastEdit();
    }
    this.#shown = true;
  }

  #scheduleLastEdit(): void {
    const { editableUntil } = this.#options.reply;
    if (editableUntil === undefined) return;
    this.#lastEditTimer = setTimeout(
      () => void this.#leave(),
      editableUntil - LAST_EDIT_MS - monotonicNow(),
    ).unref();
  }

  /** The last edit of a message that will soon not be editable: the result is sent as a direct message instead. */
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

  /** Encodes the result to fit the upload limit; if Discord still refuses it as too large, to half of that. */
  async #deliver(job: Job, result: RenderResult): Promise<void> {
    const { uploadLimit, saveResult, isKept, onRendered } = this.#options;
    onRendered(result.trace.seconds);
    if (!(await isKept())) return;
    if (result.taught) await this.#keep(result.taught);
    const growth = await this.#filmstrip(job.id);
    for (let maxBytes = uploadLimit, left = SMALLER_FILES; ; left--) {
      const image = await this.#encode(result, maxBytes);
      maxBytes = Math.floor(Math.min(maxBytes, image.bytes.byteLength) / 2);
      await saveResult({ image, trace: result.trace, ...(growth ? { growth } : {}) });
      try {
        await this.#sendResult(result, image);
        return;
      } catch (thrown) {
        if (!isTooLarge(thrown) || left === 0) throw thrown;
      }
    }
  }

  /** A lesson whose result cannot be kept has failed. */
  async #keep(taught: Uint8Array): Promise<void> {
    const { saveTaught, subject } = this.#options;
    try {
      await saveTaught(taught);
    } catch (thrown) {
      await this.#send((origin) => failedView({ ...subject, origin }, toReverieError(thrown)));
      throw thrown;
    }
  }

  async #sendResult(result: Pick<RenderResult, 'trace'>, image: EncodedImage): Promise<void> {
    const { reply, subject, onDeleted, onDelivered } = this.#options;
    try {
      await this.#send((origin) => finalView({ ...subject, origin }, result, image));
      await onDelivered?.();
    } catch (thrown) {
      if (!reply.deleted || !onDeleted) throw thrown;
      onDeleted();
    }
  }

  /** Intermediate pictures side by side; undefined if there are none or they cannot be drawn. */
  async #filmstrip(id: string): Promise<EncodedImage | undefined> {
    const frames = this.#frames.pick();
    if (frames.length === 0) return undefined;
    try {
      return await strip(frames);
    } catch (thrown) {
      this.#options.log.warn({ err: thrown, job: id }, 'could not draw how a picture grew');
      return undefined;
    }
  }

  #encode({ image, animation }: RenderResult, maxBytes: number): Promise<EncodedImage> {
    return animation ? animate(animation, { maxBytes }) : encodeToFit(image, { maxBytes });
  }

  async #edit(build: BuildView): Promise<void> {
    const { reply, subject } = this.#options;
    await reply.edit(build, subject.id).finally(() => {
      this.#recordMessage();
    });
  }

  /** Sends what must arrive, and retries for as long as Discord is unavailable. */
  async #send(build: BuildView): Promise<void> {
    const { reply, subject, log, onDeleted } = this.#options;
    const options = { replaceDeleted: !onDeleted };
    const deliver = () =>
      reply.deliver(build, subject.id, options).finally(() => {
        this.#recordMessage();
      });
    await retryWhileUnavailable(deliver, { log: log.child({ job: subject.id }) });
  }

  /** Records where the message is, also where it was posted and an edit after that failed. */
  #recordMessage(): void {
    const { reply, onMessage } = this.#options;
    if (!reply.location || reply.location.messageId === this.#recordedMessage) return;
    this.#recordedMessage = reply.location.messageId;
    void onMessage(reply.location);
  }
}
