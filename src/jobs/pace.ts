import type { Plan } from '../pipeline/contract.js';

/** How much an old run counts when a new one is learned from. */
const MEMORY = 0.7;

/** Learns from finished jobs how many seconds a multiply-add takes, for each network and kind of run. */
export class Pace {
  readonly #secondsPerCost = new Map<string, number>();

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
      const pace = this.#secondsPerCost.get(keyOf(plan));
      if (pace === undefined) return undefined;
      sum += pace * plan.cost;
    }
    return sum;
  }

  /** Seconds that they take for certain: a kind of run that was never seen counts as the fastest that was. */
  leastSeconds(plans: readonly Plan[]): number {
    const fastest = Math.min(...this.#secondsPerCost.values());
    if (!Number.isFinite(fastest)) return 0;
    return plans.reduce(
      (sum, plan) => sum + plan.cost * (this.#secondsPerCost.get(keyOf(plan)) ?? fastest),
      0,
    );
  }
}

const keyOf = ({ kind, network }: Plan) => `${kind} ${network}`;
