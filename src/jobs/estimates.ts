import type { Plan } from '../pipeline/renderer.js';
import type { Job } from './job.js';
import { CostModel } from './cost-model.js';
import type { JobQueue } from './queue.js';

/** Estimates when a job will be done, from its place in the queue and the durations of past jobs. */
export class Estimates {
  readonly costModel: CostModel;

  /**
   * @param history past plans and the seconds they took, oldest first
   * @param multiplyAddsPerSecond measured at start, if that succeeded
   */
  constructor(
    private readonly queue: Pick<JobQueue, 'open'>,
    history: readonly { readonly plan: Plan; readonly seconds: number }[],
    multiplyAddsPerSecond?: number,
  ) {
    this.costModel = new CostModel(multiplyAddsPerSecond);
    for (const { plan, seconds } of history) this.costModel.learn(plan, seconds);
  }

  /** Undefined if the job is over, or if the duration of one before it is unknown. */
  doneAt({ id }: Pick<Job, 'id'>): Date | undefined {
    const order = this.queue.open;
    const place = order.findIndex((job) => job.id === id);
    if (place < 0) return undefined;
    const all = this.costModel.seconds(order.slice(0, place + 1).map(({ prepared }) => prepared.run.plan));
    if (all === undefined) return undefined;
    return new Date(Date.now() + (all - this.#spent(order[0]!)) * 1000);
  }

  /** Seconds that a job has been rendering, at most those that it is expected to take. */
  #spent({ startedAt, prepared }: Job): number {
    if (!startedAt) return 0;
    const spent = (Date.now() - startedAt.getTime()) / 1000;
    return Math.min(Math.max(0, spent), this.costModel.seconds([prepared.run.plan]) ?? 0);
  }
}
