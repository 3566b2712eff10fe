import type { Plan } from '../pipeline/contract.js';

/** How much an old run counts when a new one is learned from. */
const MEMORY = 0.7;

/**
 * How much faster than the measurement a real run may be: VGG19's wide layers were 1.4 times as fast on a processor.
 * All other networks were slower than it.
 */
const HEADROOM = 1.5;

/** Learns from finished jobs how many seconds a multiply-add takes, for each network and kind of run. */
export class Pace {
  readonly #secondsPerCost = new Map<string, number>();
  readonly #measured: number | undefined;

  /** @param multiplyAddsPerSecond what a measurement found: it counts until a run of the kind has finished */
  constructor(multiplyAddsPerSecond?: number) {
    this.#measured = multiplyAddsPerSecond === undefined ? undefined : 1 / multiplyAddsPerSecond;
  }

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
      const pace = this.#secondsPerCost.get(keyOf(plan)) ?? this.#measured;
      if (pace === undefined) return undefined;
      sum += pace * plan.cost;
    }
    return sum;
  }

  /** Seconds that they take at least: a kind of run that was never seen counts as the fastest that is likely. */
  leastSeconds(plans: readonly Plan[]): number {
    const fastest = Math.min((this.#measured ?? Infinity) / HEADROOM, ...this.#secondsPerCost.values());
    if (!Number.isFinite(fastest)) return 0;
    return plans.reduce(
      (sum, plan) => sum + plan.cost * (this.#secondsPerCost.get(keyOf(plan)) ?? fastest),
      0,
    );
  }
}

const keyOf = ({ kind, network }: Plan) => `${kind} ${network}`;
