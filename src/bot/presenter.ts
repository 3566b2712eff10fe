import type { Logger } from 'pino';
import type { RenderAsk } from '../commands/command.js';
import type { Job, JobObserver } from '../jobs/job.js';
import type { Translate } from '../locales/translate.js';
import type { Frame, Renderer, RenderResult } from '../pipeline/contract.js';
import { isTooLarge } from './platform-errors.js';
import { Publisher } from './publisher.js';
import type { Reply } from './reply.js';
import { failedView, finalView, runningView, waitingView, type Subject } from './views.js';

export interface PresenterOptions {
  readonly reply: Reply;
  readonly renderer: Renderer;
  readonly log: Logger;
  readonly intervalMs: number;
  /** What this interaction may upload. */
  readonly uploadLimit: number;
  readonly ask: RenderAsk;
  readonly t: Translate;
}

/** How long a job that has waited may run before its message says so without a frame to show. */
const PATIENCE_MS = 1500;

/** Shows one job in one message, from its place in the queue to its picture. */
export class Presenter implements JobObserver {
  readonly #options: PresenterOptions;
  readonly #publisher: Publisher;
  #greeted = false;
  #starting: NodeJS.Timeout | undefined;

  constructor(options: PresenterOptions) {
    this.#options = options;
    this.#publisher = new Publisher({
      intervalMs: options.intervalMs,
      onError: (thrown) => {
        options.log.warn({ err: thrown }, 'a progress edit failed');
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

  readonly onFrame = (job: Job, frame: Frame): void => {
    clearTimeout(this.#starting);
    this.#publisher.show(async () => {
      const { reply, renderer } = this.#options;
      if (reply.gone) return;
      const preview = await renderer.preview(frame.image);
      await reply.edit(() => runningView(this.#subject(job), frame, preview));
    });
  };

  readonly onDone = (job: Job, result: RenderResult): Promise<void> =>
    this.#finish(() => this.#deliver(job, result));

  readonly onFailed: NonNullable<JobObserver['onFailed']> = (job, error) =>
    this.#finish(async () => {
      if (this.#options.reply.gone) return;
      await this.#options.reply.deliver(() => failedView(this.#subject(job), error));
    });

  #finish(edit: () => Promise<void>): Promise<void> {
    clearTimeout(this.#starting);
    return this.#publisher.finish(edit);
  }

  #wait(job: Job, position: number): void {
    const { reply } = this.#options;
    const edit = async () => {
      if (!reply.gone) await reply.edit(() => waitingView(this.#subject(job), position));
    };
    if (this.#greeted) this.#publisher.show(edit);
    else void this.#publisher.first(edit);
    this.#greeted = true;
  }

  /** The finest file that fits; where Discord still finds it too large, a smaller one. */
  async #deliver(job: Job, result: RenderResult): Promise<void> {
    const { renderer, reply, uploadLimit } = this.#options;
    for (let maxBytes = uploadLimit, left = 3; ; maxBytes = Math.floor(maxBytes / 2), left--) {
      const image = await renderer.encode(result.image, { maxBytes });
      try {
        await reply.deliver(() => finalView(this.#subject(job), result, image));
        return;
      } catch (thrown) {
        if (!isTooLarge(thrown) || left === 0) throw thrown;
      }
    }
  }

  #subject(job: Job): Subject {
    const { ask, t } = this.#options;
    return { id: job.id, kind: job.plan.kind, fields: ask.fields, spoiler: ask.spoiler, t };
  }
}
