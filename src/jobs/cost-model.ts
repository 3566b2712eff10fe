import type { Plan } from '../pipeline/renderer.js';

/** Weight of the average so far when a new run is averaged in. */
const MEMORY = 0.7;

/**
 * Speed of runs relative to the measurement at start, on a processor of two cores: wide layers are faster than those that
 * it measures, narrow ones are limited by memory. 1 for kinds of runs that are missing here.
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
/** How much faster a kind of run that has not finished yet may be than the measurement suggests. */
const TOLERANCE = 1.25;

/** Learns from finished jobs how long a multiply-add takes, in seconds, by network and kind of run. */
export class CostModel {
  readonly #secondsPerCost = new Map<string, number>();

  /** @param multiplyAddsPerSecond a measurement, used until a run of the kind has finished */
  constructor(private readonly multiplyAddsPerSecond?: number) {}

  learn(plan: Plan, seconds: number): void {
    if (plan.cost <= 0) return;
    const key = keyOf(plan);
    const known = this.#secondsPerCost.get(key);
    const fresh = seconds / plan.cost;
    this.#secondsPerCost.set(key, known === undefined ? fresh : MEMORY * known + (1 - MEMORY) * fresh);
  }

  /** Seconds for all plans, one after the other; undefined if one is of an unknown kind. */
  seconds(plans: readonly Plan[]): number | undefined {
    let sum = 0;
    for (const plan of plans) {
      const secondsPerCost = this.#secondsPerCost.get(keyOf(plan)) ?? this.#measured(plan);
      if (secondsPerCost === undefined) return undefined;
      sum += secondsPerCost * plan.cost;
    }
    return sum;
  }

  /** A lower bound of that: an unknown kind of run counts as fast as is likely. */
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

  /** Seconds per multiply-add according to the measurement. */
  #measured(plan: Plan): number | undefined {
    if (this.multiplyAddsPerSecond === undefined) return undefined;
    return 1 / (this.multiplyAddsPerSecond * (RELATIVE_SPEED[keyOf(plan)] ?? 1));
  }
}

const keyOf = ({ kind, network }: Plan) => `${kind} ${network}`;
