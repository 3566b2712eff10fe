import type { Caller } from '../commands/shared/caller.js';
import { refusal } from '../commands/shared/refusals.js';
import type { RenderCommand } from '../jobs/render-command.js';
import { laneOf, type Job } from '../jobs/job.js';
import type { CostModel } from '../jobs/cost-model.js';
import type { Plan, Renderer } from '../pipeline/renderer.js';
import { renderRequestSchema, SIZE_RANGE, type RenderRequestInput } from '../pipeline/requests.js';
import { INTERACTION_TOKEN_LIFE_MS } from './messages/interaction-reply.js';

/** Time on this machine that people may ask for, in seconds. */
export interface TimeQuotaLimits {
  /** One picture; what takes longer is stopped. */
  readonly perJob: number;
  /** All that one person has waiting and rendering. */
  readonly perUser: number;
  /** All that a guild has. */
  readonly perGuild: number;
}

const GRAIN = 64;
const full = (reason: 'user-time' | 'guild-time', asked: number, limit: number) =>
  refusal('queue-full', reason, { minutes: minutes(asked), limit: minutes(limit) });
const minutes = (seconds: number) => Math.max(1, Math.round(seconds / 60));

/** Says what asks for more time than there is, before any of it is spent. The first picture is never refused for others. */
export class TimeQuota {
  constructor(
    private readonly timeLimits: TimeQuotaLimits,
    private readonly costModel: CostModel,
    private readonly renderer: Pick<Renderer, 'plan'>,
  ) {}

  /** Throws `queue-full` where there is no time left whatever is asked for. @param open what waits and renders */
  checkOpen({ guildId, userId }: Pick<Caller, 'guildId' | 'userId'>, open: readonly Job[]): void {
    for (const { reason, limit, asked } of this.#shares(guildId, userId, open))
      if (asked > limit) throw full(reason, asked, limit);
  }

  /** Throws `not-allowed` and `queue-full`. @param open what waits and renders */
  async check({ plan, request }: RenderCommand, caller: Caller, open: readonly Job[]): Promise<void> {
    const { perJob } = this.timeLimits;
    const seconds = this.costModel.leastSeconds([plan]);
    if (seconds > perJob) throw await this.#tooLong(request, seconds);
    if (caller.tokenOnly) {
      const all = this.costModel.leastSeconds([...open.map((job) => job.plan), plan]);
      if (all * 1000 > INTERACTION_TOKEN_LIFE_MS)
        throw refusal('not-allowed', 'beyond-token', { minutes: minutes(all) });
    }
    for (const { reason, limit, asked, jobs } of this.#shares(caller.guildId, caller.userId, open))
      if (jobs > 0 && asked + seconds > limit) throw full(reason, asked, limit);
  }

  /** What a person and their guild have waiting, in seconds, and how much they may. */
  #shares(guildId: string | null, userId: string, open: readonly Job[]) {
    const { perUser, perGuild } = this.timeLimits;
    const lane = laneOf(guildId, userId);
    const share = (reason: 'user-time' | 'guild-time', limit: number, jobs: readonly Job[]) => ({
      ...{ reason, limit, jobs: jobs.length },
      asked: this.costModel.leastSeconds(jobs.map(({ plan }) => plan)),
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

  async #tooLong(request: RenderRequestInput, seconds: number) {
    const details = { minutes: minutes(seconds), limit: minutes(this.timeLimits.perJob) };
    const size = await this.#largest(request);
    return size === undefined
      ? refusal('not-allowed', 'too-long', details)
      : refusal('not-allowed', 'too-long-at-size', { ...details, size });
  }

  /** The largest size that goes in the time there is, a multiple of 64; nothing where none does. */
  async #largest(request: RenderRequestInput): Promise<number | undefined> {
    let [goes, fails] = [0, Math.ceil(renderRequestSchema.parse(request).size / GRAIN)];
    while (fails - goes > 1) {
      const middle = (goes + fails) >> 1;
      const plan = await this.#planAt(request, middle * GRAIN);
      if (!plan || this.costModel.leastSeconds([plan]) <= this.timeLimits.perJob) goes = middle;
      else fails = middle;
    }
    const size = goes * GRAIN;
    return size >= SIZE_RANGE.min && (await this.#planAt(request, size)) ? size : undefined;
  }

  /** Nothing where a picture is too narrow for so small a size. */
  #planAt(request: RenderRequestInput, size: number): Promise<Plan | undefined> {
    return this.renderer.plan({ ...request, size }).catch(() => undefined);
  }
}
