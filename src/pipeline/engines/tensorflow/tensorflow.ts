/** Runs tensor programs on TensorFlow.js, with its own operators and automatic differentiation. */
import type * as TensorFlowCore from '@tensorflow/tfjs-core';
import type { DeviceName } from '../../requests.js';
import { topologicalOrder, type Program, type Tensor } from '../../graph/graph.js';
import { bound, engineFailure, type Bindings, type Engine, type Executable, type Values } from '../engine.js';
import { Interpreter, type TensorFlow } from './operators.js';

type TfTensor = TensorFlowCore.Tensor;

/** TensorFlow.js stores the channels last: NCHW to NHWC and back. */
const CHANNELS_LAST = [0, 2, 3, 1];
const CHANNELS_FIRST = [0, 3, 1, 2];

class TensorFlowExecutable implements Executable {
  readonly #interpreter: Interpreter;
  readonly #order: readonly Tensor[];
  readonly #inputs: readonly (readonly [name: string, tensor: Tensor])[];

  constructor(
    private readonly tf: TensorFlow,
    private readonly program: Program,
    private readonly device: DeviceName,
  ) {
    const roots = [...Object.values(program.outputs), ...(program.gradient ? [program.gradient.of] : [])];
    this.#order = topologicalOrder(roots);
    this.#inputs = this.#order.flatMap((tensor) =>
      tensor.operation.type === 'input' ? [[tensor.operation.name, tensor] as const] : [],
    );
    this.#interpreter = new Interpreter(tf);
  }

  async run(inputs: Bindings): Promise<Record<string, Values>> {
    const bindings = new Map(this.#inputs.map(([name, tensor]) => [tensor, bound(inputs, name)]));
    try {
      return await this.#read(this.tf.tidy(() => this.#compute(this.#upload(bindings))));
    } catch (cause) {
      return engineFailure(this.device)(cause);
    }
  }

  dispose(): Promise<void> {
    this.#interpreter.dispose();
    return Promise.resolve();
  }

  #upload(bindings: ReadonlyMap<Tensor, Values>): Map<Tensor, TfTensor> {
    return new Map(
      [...bindings].map(([tensor, { data, shape }]) => {
        const x = this.tf.tensor(data, [...shape]);
        return [tensor, x.rank === 4 ? this.tf.transpose(x, CHANNELS_LAST) : x];
      }),
    );
  }

  /** Outputs and gradients, by name. */
  #compute(inputs: ReadonlyMap<Tensor, TfTensor>): Record<string, TfTensor> {
    const { outputs, gradient } = this.program;
    const forward = (values: ReadonlyMap<Tensor, TfTensor>) => this.#interpreter.run(this.#order, values);
    const named = (values: ReadonlyMap<Tensor, TfTensor>) =>
      Object.fromEntries(
        Object.entries(outputs).map(([name, tensor]) => [name, this.#channelsFirst(values.get(tensor)!)]),
      );
    if (!gradient) return named(forward(inputs));
    let results: Record<string, TfTensor> = {};
    const variables = Object.values(gradient.by);
    const { grads } = this.tf.valueAndGrads((...xs: TfTensor[]) => {
      const values = forward(new Map([...inputs, ...xs.map((x, i) => [variables[i]!, x] as const)]));
      results = named(values);
      // TensorFlow.js disposes of what a gradient function computes unless it is kept.
      Object.values(results).forEach((result) => this.tf.keep(result));
      return values.get(gradient.of) as TensorFlowCore.Scalar;
    })(variables.map((variable) => inputs.get(variable)!));
    Object.keys(gradient.by).forEach((name, i) => (results[name] = this.#channelsFirst(grads[i]!)));
    return results;
  }

  /** A copy in NCHW order, which can be kept and disposed of independently. */
  #channelsFirst(x: TfTensor): TfTensor {
    return x.rank === 4 ? this.tf.transpose(x, CHANNELS_FIRST) : this.tf.clone(x);
  }

  async #read(results: Record<string, TfTensor>): Promise<Record<string, Values>> {
    try {
      return Object.fromEntries(
        await Promise.all(
          Object.entries(results).map(async ([name, tensor]): Promise<[string, Values]> => [
            name,
            { data: Float32Array.from(await tensor.data()), shape: tensor.shape },
          ]),
        ),
      );
    } finally {
      Object.values(results).forEach((tensor) => {
        tensor.dispose();
      });
    }
  }
}

export function createTensorFlowEngine(tf: TensorFlow, device: DeviceName, reason: string): Engine {
  return {
    name: 'tensorflow',
    device,
    reason,
    compile: (program) => Promise.resolve(new TensorFlowExecutable(tf, program, device)),
  };
}
