import { randomUUID } from 'node:crypto';
import type { Client } from 'discord.js';
import { called, linkTo } from '../commands/called.js';
import type { Claim, Reservation } from '../commands/arrivals.js';
import type { CommandContext } from '../commands/command.js';
import { keyOf } from '../commands/define.js';
import type { RenderAsk } from '../commands/render-ask.js';
import { admit, checkAsk, checkRoom, type Lists } from '../commands/authorise.js';
import {
  pictureOf,
  type GuildSettings,
  type KeptJob,
  type KeptResult,
  type MessageCopy,
  type MessagePlace,
  type NewJob,
  type Unfinished,
} from '../commands/keeping.js';
import type { Place } from '../commands/place.js';
import { refusal, unlessGone } from '../commands/refusals.js';
import { ReverieError, type ErrorCode } from '../errors.js';
import { endOf, laneOf, type JobSpec, type JobState } from '../jobs/job.js';
import { plainText } from '../locales/plain-text.js';
import { translator, type Translate } from '../locales/translate.js';
import type { Action } from './custom-id.js';
import { Timekeeper, type Allowance } from './allowance.js';
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

  async #placed(id: string, message: MessagePlace): Promise<void> {
    const { keeping, messages } = this.context;
    if (await keeping.placed(id, message)) return;
    await keeping.addUnwanted(message);
    await messages.delete([message]);
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
    const name = parent && plainText(called(parent, t).replace(/[[\]]/g, ''));
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
      const settings = await keeping.settings(job.guildId);
      const surface = await this.#surfaceOf(job);
      const presenter = await this.#presenter(job, surface, settings);
      if (job.state === 'delivering' && job.code !== undefined) {
        void this.#tell(job, presenter, lastWords(job, this.options.maxAttempts), job.code);
        continue;
      }
      const kept = job.state === 'delivering' ? await keeping.result(job.id).catch(unlessGone) : undefined;
      const request = kept ? undefined : await keeping.request(job.id).catch(unlessGone);
      if (kept) void this.#deliver(job, kept, surface, settings);
      else if (!request) void this.#giveUp(job, presenter, refusal('nothing-to-show', 'gone'));
      else if (job.attempts < this.options.maxAttempts) queue.resume(specOf(job, request), presenter);
      else void this.#giveUp(job, presenter, givenUp());
    }
  }

  /** The message of a job that the last process left, wherever that got to. */
  async #surfaceOf(job: Unfinished): Promise<Post> {
    const { channelId, guildId, message, parent, state, userId } = job;
    const parentPlace = message || !parent ? undefined : (await this.context.keeping.job(parent))?.message;
    const here = { guildId, channelId, messageId: '' };
    const answers = message ?? (parentPlace?.channelId === channelId ? parentPlace : here);
    // A first message, or one that replaces another when the picture is there, may have been posted just before the end.
    const mayBeUnrecordedSince = !message
      ? job.createdAt
      : state === 'delivering'
        ? job.changedAt
        : undefined;
    return new Post(this.options.client, { answers, userId, at: message, mayBeUnrecordedSince });
  }

  #giveUp(job: KeptJob, presenter: Presenter, error: ReverieError): Promise<void> {
    this.context.log.error(
      { job: job.id, code: error.code },
      'a job is given up: its pictures are lost, or it was cut off too often',
    );
    // If this process dies before it is said, the next one says it.
    this.#moved(job.id, 'delivering', error.code);
    return this.#tell(job, presenter, error, error.code);
  }

  /** Tells that there is no picture. @param code what is written down of it */
  async #tell({ id }: KeptJob, presenter: Presenter, error: ReverieError, code: ErrorCode): Promise<void> {
    try {
      await presenter.fail(error);
    } catch (thrown) {
      this.context.log.error({ err: thrown, job: id }, 'nobody could be told that a job failed');
    }
    this.#moved(id, endOf(code), code);
  }

  async #deliver(job: KeptJob, kept: KeptResult, surface: Post, settings: GuildSettings): Promise<void> {
    const { keeping, log } = this.context;
    const { stopDeleted, reactions } = settings;
    try {
      const subject = await this.subject(job, translator(job.locale));
      const say = () =>
        surface.deliver((origin) => finalView({ ...subject, origin }, kept, kept.image), job.id, {
          replaceDeleted: !stopDeleted,
        });
      await untilThere(say, { log: log.child({ job: job.id }) });
      if (surface.place) await keeping.placed(job.id, surface.place);
      if (reactions) await this.#seed(job.id);
      this.#moved(job.id, 'completed');
    } catch (thrown) {
      if (surface.deleted && stopDeleted) {
        this.#end(job.id);
        this.#moved(job.id, 'completed');
        return;
      }
      this.#moved(job.id, 'failed', 'not-delivered');
      log.error(
        { err: thrown, job: job.id },
        'a finished picture could not be delivered; /show still has it',
      );
    }
  }

  /** Ends a job whose message was deleted. A picture that is finished already is shown to nobody. */
  #end(id: string): void {
    const { context, messages } = this.options;
    if (context.queue.cancel(id)) return;
    messages.withdraw(id).catch((thrown: unknown) => {
      context.log.error({ err: thrown, job: id }, 'a deleted picture could not be withdrawn');
    });
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
    const end = () => {
      this.#end(job.id);
    };
    return new Presenter({
      reply: surface,
      renderer,
      log,
      intervalMs: progressIntervalMs,
      uploadLimit: job.uploadLimit,
      subject,
      doneAt: (of) => forecast.doneAt(of),
      onPlaced: (id, message) => void this.#placed(id, message).catch(fail),
      isKept: async (id) => (await keeping.job(id)) !== undefined,
      onRendered: (seconds) => {
        forecast.pace.learn(job.plan, seconds);
      },
      keep: (id, result) => keeping.finished(id, result).catch(fail),
      ...(settings.stopDeleted ? { onDeleted: end } : {}),
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

const givenUp = () => refusal('render-failed', 'given-up');

/** Codes whose sentence needs nothing that the last process took along. */
const SAID_BY_CODE: readonly ErrorCode[] = ['aborted', 'internal', 'timed-out'];

/** What the last process was about to say. */
function lastWords({ code, attempts }: Unfinished, maxAttempts: number): ReverieError {
  if (code === 'nothing-to-show') return refusal(code, 'gone');
  if (code === 'render-failed' && attempts >= maxAttempts) return givenUp();
  const known = SAID_BY_CODE.find((one) => one === code);
  return known
    ? new ReverieError(known, translator('en')(keyOf(`error.${known}`)))
    : refusal('render-failed', 'restarted');
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
