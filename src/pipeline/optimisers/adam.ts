/** Adam (Kingma and Ba 2015, algorithm 1) over several arrays at once. */
export class Adam {
  readonly #first: Float32Array[];
  readonly #second: Float32Array[];
  #step = 0;

  constructor(
    private readonly parameters: readonly Float32Array[],
    private readonly options: { readonly rate: number; readonly betas?: readonly [number, number] },
  ) {
    this.#first = parameters.map((p) => new Float32Array(p.length));
    this.#second = parameters.map((p) => new Float32Array(p.length));
  }

  /** Moves the parameters against their gradients, in place. */
  step(gradients: readonly Float32Array[]): void {
    const [b1, b2] = this.options.betas ?? [0.9, 0.99];
    this.#step++;
    const rate = (this.options.rate * Math.sqrt(1 - b2 ** this.#step)) / (1 - b1 ** this.#step);
    this.parameters.forEach((parameter, k) => {
      const gradient = gradients[k]!;
      const m = this.#first[k]!;
      const v = this.#second[k]!;
      for (let i = 0; i < parameter.length; i++) {
        const g = gradient[i]!;
        m[i] = b1 * m[i]! + (1 - b1) * g;
        v[i] = b2 * v[i]! + (1 - b2) * g * g;
        parameter[i]! -= (rate * m[i]!) / (Math.sqrt(v[i]!) + 1e-12);
      }
    });
  }
}
