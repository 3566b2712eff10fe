import type { Plan } from '../pipeline/renderer.js';

/** How much an old run counts when a new one is learned from. */
const MEMORY = 0.7;

/**
 * How fast runs were beside the measurement at start, on a processor of two cores: wide layers are quicker than those
 * that it measures, narrow ones wait for memory. A kind of run that is missing here counts as just as fast.
 */
const RELATIVE_SPEED: Readonly<Record<string, number>> = {
  'style mini': 0.6,
  'style vgg19': 1.7,
  'style squeezenet': 0.16,
  'dream mini': 0.95,
  'dream vgg19': 1.7,
  'dream googlenet': 0.5,
  'dream inception_v3': 0.95,
  'dream squeezenet': 0.16,
  'visualise mini': 0.5,
};
/** A run that was never seen may be so much faster than the measurement tells. */
const TOLERANCE = 1.25;

/** Learns from finished jobs how many seconds a multiply-add takes, for each network and kind of run. */
export class CostModel {
  readonly #secondsPerCost = new Map<string, number>();

  /** @param multiplyAddsPerSecond what a measurement found: it counts until a run of the kind has finished */
  constructor(private readonly multiplyAddsPerSecond?: number) {}

  learn(plan: Plan, seconds: number): void {
    if (plan.cost <= 0) return;
    const key = keyOf(plan);
    const known = this.#secondsPerCost.get(key);
    const fresh = seconds / plan.cost;
    this.#secondsPerCost.set(key, known === undefined ? fresh : MEMORY * known + (1 - MEMORY) * fresh);
  }

  /** Seconds for all of them one after the other; nothing where one of them is of an unknown kind. */
  seconds(plans: readonly Plan[]): number | undefined {
    let sum = 0;
    for (const plan of plans) {
      const pace = this.#secondsPerCost.get(keyOf(plan)) ?? this.#measured(plan);
      if (pace === undefined) return undefined;
      sum += pace * plan.cost;
    }
    return sum;
  }

  /** Seconds that they take at least: a kind of run that was never seen counts as the fastest that is likely. */
  leastSeconds(plans: readonly Plan[]): number {
    return plans.reduce((sum, plan) => sum + this.#least(plan) * plan.cost, 0);
  }

  #least(plan: Plan): number {
    const known = this.#secondsPerCost.get(keyOf(plan));
    if (known !== undefined) return known;
    const measured = this.#measured(plan);
    if (measured !== undefined) return measured / TOLERANCE;
    const fastest = Math.min(...this.#secondsPerCost.values());
    return Number.isFinite(fastest) ? fastest : 0;
  }

  /** Seconds of a multiply-add by the measurement at start. */
  #measured(plan: Plan): number | undefined {
    if (this.multiplyAddsPerSecond === undefined) return undefined;
    return 1 / (this.multiplyAddsPerSecond * (RELATIVE_SPEED[keyOf(plan)] ?? 1));
  }
}

const keyOf = ({ kind, network }: Plan) => `${kind} ${network}`;
