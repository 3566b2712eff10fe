/** Square roots of matrices by matrix products alone, so that a tensor program can compute them on the device. */
import { constant, matmul, multiply, power, scale, subtract, sum, type Tensor } from '../graph/graph.js';

/** Reaches 1e-5 of the trace. In single precision, more iterations amplify rounding errors in the smallest eigenvalues. */
const ITERATIONS = 14;

export function identity(size: number, value = 1): Tensor {
  const data = new Float32Array(size * size);
  for (let i = 0; i < size; i++) data[i * size + i] = value;
  return constant(data, [size, size]);
}

/** Sum of the diagonal, as a scalar. */
export const trace = (x: Tensor): Tensor => sum(multiply(x, identity(x.shape[0] as number)));

/**
 * X^½ and X^−½ of a symmetric positive definite matrix, by the coupled Newton–Schulz iteration (Higham, "Functions of
 * Matrices", 2008, section 6.7). It converges for eigenvalues between 0 and 2, hence the division by the trace.
 */
export function squareRoots(x: Tensor): { readonly root: Tensor; readonly inverseRoot: Tensor } {
  const size = x.shape[0] as number;
  const three = identity(size, 3);
  const whole = trace(x);
  let y = multiply(x, power(whole, -1));
  let z = identity(size);
  for (let i = 0; i < ITERATIONS; i++) {
    const t = scale(subtract(three, matmul(z, y)), 0.5);
    y = matmul(y, t);
    z = matmul(t, z);
  }
  return { root: multiply(y, power(whole, 0.5)), inverseRoot: multiply(z, power(whole, -0.5)) };
}
