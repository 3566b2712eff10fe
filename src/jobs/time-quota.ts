import { refusal } from '../errors.js';
import type { Plan, Renderer } from '../pipeline/renderer.js';
import { SIZE_RANGE, type RenderRequestInput } from '../pipeline/requests.js';
import type { Caller } from './access.js';
import type { CostModel } from './cost-model.js';
import { laneOf, type Job } from './job.js';
import type { RenderCommand } from './render-command.js';

/** Rendering time that may be asked for, in seconds. */
export interface TimeQuotaLimits {
  /** For one picture; a render that takes longer is stopped. */
  readonly perJob: number;
  /** For all open jobs of a member. */
  readonly perUser: number;
  /** For all open jobs of a guild. */
  readonly perGuild: number;
}

export interface TimeQuotaOptions {
  readonly limits: TimeQuotaLimits;
  readonly costModel: CostModel;
  readonly renderer: Pick<Renderer, 'prepare'>;
  /** How long a caller can be answered where the bot has only the interaction's token. */
  readonly tokenLifeMs: number;
}

/** Sizes that are tried are multiples of this. */
const SIZE_STEP = 64;
const full = (reason: 'user-time' | 'guild-time', used: number, limit: number) =>
  refusal('queue-full', reason, { minutes: minutes(used), limit: minutes(limit) });
const minutes = (seconds: number) => Math.max(1, Math.round(seconds / 60));

/** Refuses requests that need more time than is left. A quota never refuses a member's or a guild's only picture. */
export class TimeQuota {
  readonly #limits: TimeQuotaLimits;
  readonly #costModel: CostModel;
  readonly #renderer: Pick<Renderer, 'prepare'>;
  readonly #tokenLifeMs: number;

  constructor({ limits, costModel, renderer, tokenLifeMs }: TimeQuotaOptions) {
    this.#limits = limits;
    this.#costModel = costModel;
    this.#renderer = renderer;
    this.#tokenLifeMs = tokenLifeMs;
  }

  /**
   * Throws `queue-full` if a quota is used up already, before the request is known.
   * @param open jobs that wait or render
   */
  checkOpen({ guildId, userId }: Pick<Caller, 'guildId' | 'userId'>, open: readonly Job[]): void {
    for (const { reason, limit, used } of this.#usage(guildId, userId, open))
      if (used > limit) throw full(reason, used, limit);
  }

  /**
   * Throws `not-allowed` if the request takes too long, `queue-full` if a quota does not allow it at present.
   * @param open jobs that wait or render
   */
  async check({ prepared, request }: RenderCommand, caller: Caller, open: readonly Job[]): Promise<void> {
    const { perJob } = this.#limits;
    const { plan } = prepared.run;
    const seconds = this.#costModel.leastSeconds([plan]);
    if (seconds > perJob) throw await this.#tooLong(request, prepared.run.request.size, seconds);
    if (caller.tokenOnly) {
      const all = this.#costModel.leastSeconds([...open.map((job) => job.prepared.run.plan), plan]);
      if (all * 1000 > this.#tokenLifeMs)
        throw refusal('not-allowed', 'beyond-token', { minutes: minutes(all) });
    }
    for (const { reason, limit, used, jobs } of this.#usage(caller.guildId, caller.userId, open))
      if (jobs > 0 && used + seconds > limit) throw full(reason, used, limit);
  }

  /** Seconds that the member and the guild have asked for, and how many they may. */
  #usage(guildId: string | null, userId: string, open: readonly Job[]) {
    const { perUser, perGuild } = this.#limits;
    const lane = laneOf(guildId, userId);
    const share = (reason: 'user-time' | 'guild-time', limit: number, jobs: readonly Job[]) => ({
      ...{ reason, limit, jobs: jobs.length },
      used: this.#costModel.leastSeconds(jobs.map(({ prepared }) => prepared.run.plan)),
    });
    return [
      share(
        'user-time',
        perUser,
        open.filter((job) => job.userId === userId),
      ),
      share(
        'guild-time',
        perGuild,
        open.filter((job) => job.lane === lane),
      ),
    ];
  }

  async #tooLong(request: RenderRequestInput, size: number, seconds: number) {
    const details = { minutes: minutes(seconds), limit: minutes(this.#limits.perJob) };
    // The pictures that a style is taught on have one size.
    const possible = request.kind === 'teach' ? undefined : await this.#largest(request, size);
    return possible === undefined
      ? refusal('not-allowed', 'too-long', details)
      : refusal('not-allowed', 'too-long-at-size', { ...details, size: possible });
  }

  /** The largest size below `tooLarge` that fits the limit, a multiple of 64, by binary search; undefined if none does. */
  async #largest(request: RenderRequestInput, tooLarge: number): Promise<number | undefined> {
    let [fits, fails] = [0, Math.ceil(tooLarge / SIZE_STEP)];
    while (fails - fits > 1) {
      const middle = (fits + fails) >> 1;
      const plan = await this.#planAt(request, middle * SIZE_STEP);
      if (!plan || this.#costModel.leastSeconds([plan]) <= this.#limits.perJob) fits = middle;
      else fails = middle;
    }
    const size = fits * SIZE_STEP;
    return size >= SIZE_RANGE.min && (await this.#planAt(request, size)) ? size : undefined;
  }

  /** Undefined if a picture is too narrow for so small a size. */
  async #planAt(request: RenderRequestInput, size: number): Promise<Plan | undefined> {
    try {
      return (await this.#renderer.prepare({ ...request, size })).run.plan;
    } catch {
      return undefined;
    }
  }
}
