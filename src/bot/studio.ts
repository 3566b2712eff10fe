import type { Client } from 'discord.js';
import type { CommandContext } from '../commands/command.js';
import type { RenderAsk } from '../commands/render-ask.js';
import { admit, checkAsk, checkRoom, type Lists } from '../commands/authorise.js';
import type { KeptJob } from '../commands/keeping.js';
import type { Place } from '../commands/place.js';
import { laneOf, type Job } from '../jobs/job.js';
import { translator, type Translate } from '../locales/translate.js';
import type { Action } from './custom-id.js';
import { Pace } from './estimate.js';
import { OpenModals } from './open-modals.js';
import { Often } from './often.js';
import { Presenter } from './presenter.js';
import { EMOJI } from './result-buttons.js';
import type { Surface } from './surface.js';
import type { Subject } from './views.js';

/** All that an answer may need. */
export interface StudioOptions {
  readonly context: CommandContext;
  readonly client: Client;
  readonly lists: Lists;
  readonly progressIntervalMs: number;
}

/** Where what people ask for becomes a job, and a job a message. */
export class Studio {
  readonly #pace = new Pace();
  readonly openModals = new OpenModals();
  /** Buttons and reactions one person may use. */
  readonly often = new Often(8, 30_000);

  constructor(readonly options: StudioOptions) {}

  get context(): CommandContext {
    return this.options.context;
  }

  /** Throws `not-allowed` where the person may not use the bot here. */
  async admit(place: Place): Promise<void> {
    admit(place, await this.context.keeping.settings(place.guildId), this.options.lists);
  }

  /** Queues what is asked and shows it on the surface. Throws `not-allowed` and `queue-full`. */
  async submit(ask: RenderAsk, place: Place, surface: Surface): Promise<void> {
    const { context, progressIntervalMs } = this.options;
    const { keeping, queue, renderer, log } = context;
    const settings = await keeping.settings(place.guildId);
    checkAsk(ask, settings);
    const { running, waiting } = queue.snapshot();
    checkRoom(place, settings, running ? [running, ...waiting] : waiting);
    const spoiler = ask.spoiler || settings.spoilers;
    const parent = ask.parent === undefined ? undefined : linkTo(await keeping.job(ask.parent));
    const t = translator(place.locale);
    const fail = (thrown: unknown) => {
      log.error({ err: thrown }, 'something could not be remembered');
    };
    const { job } = queue.submit(
      {
        lane: laneOf(place.guildId, place.userId),
        userId: place.userId,
        title: ask.plan.kind,
        request: ask.request,
        plan: ask.plan,
      },
      new Presenter({
        reply: surface,
        renderer,
        log,
        intervalMs: progressIntervalMs,
        uploadLimit: place.uploadLimit,
        subject: (id) => subjectOf({ ...ask, id, spoiler }, t, parent),
        estimate: (of) => this.#secondsUntil(of),
        onPlaced: (id, message) => void keeping.placed(id, message).catch(fail),
        keep: async (id, result) => {
          this.#pace.learn(ask.plan, result.trace.seconds);
          await keeping.finished(id, result).catch(fail);
        },
        ...(settings.reactions ? { onDelivered: (id: string) => this.#seed(id) } : {}),
      }),
    );
    await keeping.begin({
      ...ask,
      id: job.id,
      createdAt: job.createdAt,
      userId: place.userId,
      guildId: place.guildId,
      channelId: place.channelId,
      locale: place.locale,
      uploadLimit: place.uploadLimit,
      ageRestricted: place.ageRestricted,
      spoiler,
    });
  }

  #secondsUntil(job: Job): number | undefined {
    const { running, waiting } = this.context.queue.snapshot();
    const ahead = [];
    for (const other of running ? [running, ...waiting] : waiting) {
      ahead.push(other.plan);
      if (other.id === job.id) return this.#pace.seconds(ahead);
    }
    return undefined;
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

export function subjectOf(
  job: Pick<KeptJob, 'id' | 'plan' | 'fields' | 'spoiler' | 'request'>,
  t: Translate,
  parent?: string,
): Subject {
  const without = new Set<Action>(originalOf(job) ? [] : ['original']);
  const { id, plan, fields, spoiler } = job;
  return { id, kind: plan.kind, fields, spoiler, t, without, ...(parent === undefined ? {} : { parent }) };
}

/** The picture a result was made from, where there was one. */
export function originalOf({ request }: Pick<KeptJob, 'request'>): Uint8Array | undefined {
  return request.kind === 'style' ? request.content : request.image;
}

/** The address of a job's message. */
export function linkTo(job: KeptJob | undefined): string | undefined {
  if (!job?.message) return undefined;
  const { guildId, channelId, messageId } = job.message;
  return `https://discord.com/channels/${guildId ?? '@me'}/${channelId}/${messageId}`;
}
