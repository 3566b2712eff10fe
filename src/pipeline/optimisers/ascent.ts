/** Normalised gradient ascent (Mordvintsev et al. 2015): x += rate · g / mean|g|, in place. */
export function ascend(x: Float32Array, gradient: Float32Array, rate: number): void {
  let total = 0;
  for (const g of gradient) total += Math.abs(g);
  if (total === 0) return;
  const factor = (rate * gradient.length) / total;
  for (let i = 0; i < x.length; i++) x[i]! += factor * gradient[i]!;
}
