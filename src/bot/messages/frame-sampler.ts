import type { Captioned } from '../../pipeline/export/strip.js';
import type { Frame } from '../../pipeline/renderer.js';

const SHOWN = 8;

/** Samples evenly spaced frames of a run of unknown length: when twice as many as are shown are kept, every other one is dropped. */
export class FrameSampler {
  #kept: Captioned[] = [];
  #stride = 1;
  #seen = 0;
  #last = 0;

  add({ image, step }: Frame): void {
    if (step <= this.#last) this.#reset();
    this.#last = step;
    if (this.#seen++ % this.#stride !== 0) return;
    this.#kept.push({ image, caption: String(step) });
    if (this.#kept.length < 2 * SHOWN) return;
    this.#kept = this.#kept.filter((_, index) => index % 2 === 0);
    this.#stride *= 2;
  }

  /** The run has started again. */
  #reset(): void {
    this.#kept = [];
    this.#stride = 1;
    this.#seen = 0;
  }

  /** The frames to show, in order, captioned with their steps; none if there were none. */
  pick(): readonly Captioned[] {
    const { length } = this.#kept;
    const count = Math.min(SHOWN, length);
    const places = Array.from({ length: count }, (_, i) =>
      Math.round((i * (length - 1)) / Math.max(1, count - 1)),
    );
    return places.map((place) => this.#kept[place]!);
  }
}
