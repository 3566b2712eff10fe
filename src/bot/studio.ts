import { randomUUID } from 'node:crypto';
import type { Client } from 'discord.js';
import { called, linkTo } from '../commands/called.js';
import type { Claim, Reservation } from '../commands/arrivals.js';
import type { CommandContext } from '../commands/command.js';
import type { RenderAsk } from '../commands/render-ask.js';
import { admit, checkAsk, checkRoom, type Lists } from '../commands/authorise.js';
import {
  pictureOf,
  type GuildSettings,
  type KeptJob,
  type KeptResult,
  type MessageCopy,
  type NewJob,
} from '../commands/keeping.js';
import type { Place } from '../commands/place.js';
import { refusal, unlessGone } from '../commands/refusals.js';
import type { ErrorCode, ReverieError } from '../errors.js';
import { laneOf, type JobSpec, type JobState } from '../jobs/job.js';
import { translator, type Translate } from '../locales/translate.js';
import type { Action } from './custom-id.js';
import { Timekeeper, type Allowance } from './allowance.js';
import { OpenModals } from './open-modals.js';
import { Often } from './often.js';
import { untilThere } from './patience.js';
import { PassingReplies } from './passing-replies.js';
import type { BotMessages } from './posted-messages.js';
import { Presenter } from './presenter.js';
import { EMOJI } from './result-buttons.js';
import { Post, type Surface } from './surface.js';
import { finalView, type Subject } from './views.js';

/** All that an answer may need. */
export interface StudioOptions {
  readonly context: CommandContext;
  readonly client: Client;
  readonly lists: Lists;
  readonly progressIntervalMs: number;
  /** A job that was cut off so often is not begun again. */
  readonly maxAttempts: number;
  readonly allowance: Allowance;
  /** Commands, menus and modals that one person may use. */
  readonly commandsPerMinute: number;
  readonly messages: BotMessages;
}

/** Where what people ask for becomes a job, and a job a message. */
export class Studio {
  readonly #timekeeper: Timekeeper;
  readonly openModals = new OpenModals();
  /** Buttons and reactions one person may use. */
  readonly often = new Often(8, 30_000);
  readonly #commands: Often;
  readonly passingReplies: PassingReplies;

  constructor(readonly options: StudioOptions) {
    const { forecast, renderer } = options.context;
    this.#commands = new Often(options.commandsPerMinute, 60_000);
    const { keeping, messages, log } = options.context;
    this.passingReplies = new PassingReplies({ client: options.client, keeping, messages, log });
    this.#timekeeper = new Timekeeper(options.allowance, forecast.pace, renderer);
  }

  get context(): CommandContext {
    return this.options.context;
  }

  /** Throws `not-allowed` where the person may not use the bot here. */
  async admit(place: Place): Promise<void> {
    admit(place, await this.context.keeping.settings(place.guildId), this.options.lists);
  }

  /** Throws `not-allowed` where a person uses more commands than one may. */
  checkRate(userId: string): void {
    if (!this.#commands.allows(userId)) throw refusal('not-allowed', 'too-often');
  }

  /**
   * Holds a place in the queue for a request, before anything is downloaded for it. Throws `not-allowed` and
   * `queue-full`.
   * @param claim where a button or a reaction goes on from a result: nobody has two open jobs of that kind
   */
  async reserve(place: Place, claim?: Claim): Promise<Reservation> {
    const { arrivals, keeping, queue } = this.context;
    const { guildId, userId } = place;
    const settings = await keeping.settings(guildId);
    admit(place, settings, this.options.lists);
    const alike = arrivals.all.some(
      (other) =>
        claim !== undefined &&
        other.userId === userId &&
        other.claim?.parent === claim.parent &&
        other.claim.action === claim.action,
    );
    if (alike) throw refusal('not-allowed', 'already-open');
    checkRoom(place, settings, [...queue.open, ...arrivals.all]);
    queue.checkRoom({ lane: laneOf(guildId, userId), userId }, arrivals.all);
    this.#timekeeper.checkOpen(place, queue.open);
    const reservation = arrivals.begin(place, claim);
    // Held before the database is asked: a request alike is found either here or there.
    if (claim && (await keeping.openJob(userId, claim.parent, claim.action))) {
      reservation.release();
      throw refusal('not-allowed', 'already-open');
    }
    return reservation;
  }

  /** Queues what is asked and shows it on the surface. Throws `not-allowed` and `queue-full`. */
  async submit(ask: RenderAsk, place: Place, surface: Surface, reservation: Reservation): Promise<void> {
    const { keeping, queue } = this.context;
    const settings = await keeping.settings(place.guildId);
    checkAsk(ask, settings);
    await this.#timekeeper.check(ask, place, queue.open);
    const parent = ask.parent === undefined ? undefined : await keeping.job(ask.parent);
    const job: NewJob = {
      ...ask,
      id: randomUUID(),
      createdAt: new Date(),
      userId: place.userId,
      guildId: place.guildId,
      channelId: place.channelId,
      locale: place.locale,
      uploadLimit: place.uploadLimit,
      // What was made behind an age restriction takes it along, also into a direct message.
      ageRestricted: place.ageRestricted || (parent?.ageRestricted ?? false),
      spoiler: ask.spoiler || settings.spoilers,
      fromPicture: pictureOf(ask.request) !== undefined,
      ...(reservation.claim ? { action: reservation.claim.action } : {}),
      ...(surface.place ? { message: surface.place } : {}),
    };
    // Written down before it is let in: what is accepted survives.
    await keeping.begin(job);
    try {
      const presenter = await this.#presenter(job, surface, settings);
      reservation.throwIfCancelled();
      queue.submit(specOf(job, job.request), presenter);
    } catch (thrown) {
      await keeping.remove(job.id);
      throw thrown;
    }
  }

  /** A message shows a result once more. Where the result is gone meanwhile, so is the message. */
  async addCopy(job: KeptJob, copy: MessageCopy): Promise<void> {
    const { keeping, messages } = this.context;
    if (await keeping.addCopy(job.id, copy)) return;
    await keeping.addUnwanted(copy);
    await messages.delete([copy]);
  }

  /** What the views need to know of a job, in the language of who reads. */
  async subject(job: KeptJob, t: Translate): Promise<Subject> {
    const { id, plan, fields, remarks = [], spoiler, fromPicture } = job;
    const without = new Set<Action>(fromPicture ? [] : ['original']);
    const parent = job.parent === undefined ? undefined : await this.context.keeping.job(job.parent);
    const link = linkTo(parent);
    // Brackets would end the link's words.
    const name = parent && called(parent, t).replace(/[[\]]/g, '');
    const from = name && link ? { parent: { name, link, user: `<@${job.userId}>` } } : {};
    return { id, kind: plan.kind, fields, remarks, spoiler, t, without, ...from };
  }

  /** Takes up what the last process left: results are delivered, the rest goes back to the queue. */
  async resume(): Promise<void> {
    const { keeping, queue, log } = this.context;
    const left = await keeping.unfinished();
    if (left.length > 0) log.info({ jobs: left.length }, 'jobs of the last process are taken up');
    // What was cut off may be what brought the process down: it lets the others go first.
    for (const job of [...left].sort((a, b) => a.attempts - b.attempts)) {
      const at = job.message;
      const answers = at ?? { guildId: job.guildId, channelId: job.channelId, messageId: '' };
      const { client } = this.options;
      const surface = new Post(client, { answers, userId: job.userId, ...(at ? { at } : {}) });
      const presenter = await this.#presenter(job, surface, await keeping.settings(job.guildId));
      const kept = job.state === 'delivering' ? await keeping.result(job.id).catch(unlessGone) : undefined;
      const request = kept ? undefined : await keeping.request(job.id).catch(unlessGone);
      if (kept) void this.#deliver(job, kept, surface);
      else if (!request) void this.#giveUp(job, presenter, refusal('nothing-to-show', 'gone'));
      else if (job.attempts < this.options.maxAttempts) queue.resume(specOf(job, request), presenter);
      else void this.#giveUp(job, presenter, refusal('render-failed', 'given-up'));
    }
  }

  async #giveUp({ id }: KeptJob, presenter: Presenter, error: ReverieError): Promise<void> {
    const { log } = this.context;
    this.#moved(id, 'failed', error.code);
    log.error(
      { job: id, code: error.code },
      'a job is given up: its pictures are lost, or it was cut off too often',
    );
    try {
      await presenter.fail(error);
    } catch (thrown) {
      log.error({ err: thrown, job: id }, 'nobody could be told that a job failed');
    }
  }

  async #deliver(job: KeptJob, kept: KeptResult, surface: Post): Promise<void> {
    const { keeping, log } = this.context;
    try {
      const subject = await this.subject(job, translator(job.locale));
      await untilThere(() => surface.deliver(() => finalView(subject, kept, kept.image), job.id), {
        log: log.child({ job: job.id }),
      });
      if (surface.place) await keeping.placed(job.id, surface.place);
      this.#moved(job.id, 'completed');
    } catch (thrown) {
      this.#moved(job.id, 'failed', 'not-delivered');
      log.error(
        { err: thrown, job: job.id },
        'a finished picture could not be delivered; /show still has it',
      );
    }
  }

  /** A disk that refuses stops nobody else. */
  #moved(id: string, ...change: [JobState, ErrorCode?]): void {
    const { keeping, log } = this.context;
    try {
      keeping.moved(id, ...change);
    } catch (cause) {
      log.error({ err: cause, job: id, state: change[0] }, 'a change of state could not be written down');
    }
  }

  async #presenter(job: KeptJob, surface: Surface, settings: GuildSettings): Promise<Presenter> {
    const { context, progressIntervalMs } = this.options;
    const { forecast, keeping, renderer, log } = context;
    const subject = await this.subject(job, translator(job.locale));
    const fail = (thrown: unknown) => {
      log.error({ err: thrown, job: job.id }, 'something could not be remembered');
    };
    return new Presenter({
      reply: surface,
      renderer,
      log,
      intervalMs: progressIntervalMs,
      uploadLimit: job.uploadLimit,
      subject,
      doneAt: (of) => forecast.doneAt(of),
      onPlaced: (id, message) => void keeping.placed(id, message).catch(fail),
      keep: async (id, result) => {
        forecast.pace.learn(job.plan, result.trace.seconds);
        await keeping.finished(id, result).catch(fail);
      },
      ...(settings.stopDeleted ? { onDeleted: () => void context.queue.cancel(job.id) } : {}),
      ...(settings.reactions ? { onDelivered: (id: string) => this.#seed(id) } : {}),
    });
  }

  /** Puts the reactions under a result, one by one as Discord wants it. */
  async #seed(id: string): Promise<void> {
    const { client, context } = this.options;
    const place = (await context.keeping.job(id))?.message;
    if (!place) return;
    try {
      const channel = await client.channels.fetch(place.channelId);
      if (!channel?.isTextBased()) return;
      for (const emoji of Object.values(EMOJI)) await channel.messages.react(place.messageId, emoji);
    } catch (thrown) {
      context.log.info({ err: thrown, job: id }, 'the reactions could not be put under a result');
    }
  }
}

const specOf = (
  { id, guildId, userId, plan }: KeptJob,
  request: JobSpec['request'],
): JobSpec & { id: string } => ({
  id,
  lane: laneOf(guildId, userId),
  userId,
  title: plan.kind,
  request,
  plan,
});
