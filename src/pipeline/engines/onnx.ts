/** Runs tensor programs with ONNX Runtime. */
import { availableParallelism } from 'node:os';
import { InferenceSession, Tensor as OnnxRuntimeTensor } from 'onnxruntime-node';
import { gradient } from '../graph/gradient.js';
import { inOrder, type Program } from '../graph/graph.js';
import type { Bindings, Engine, Executable, Values } from './engine.js';
import { Emitter } from './onnx-emit.js';
import { onnxFile } from './onnx-file.js';

function toOnnx(program: Program): Uint8Array {
  const wanted = { ...program.outputs };
  if (program.gradient) wanted[program.gradient.name] = gradient(program.gradient.of, program.gradient.by);
  const order = inOrder(Object.values(wanted));
  const emitter = new Emitter();
  for (const tensor of order) emitter.names.set(tensor, emitter.emit(tensor));
  const outputs = Object.entries(wanted).map(([name, tensor]) => {
    emitter.nodes.push({ type: 'Identity', inputs: [emitter.nameOf(tensor)], outputs: [name] });
    return { name, shape: tensor.shape };
  });
  const inputs = order.flatMap(({ operation, shape }) =>
    operation.type === 'input' ? [{ name: operation.name, shape }] : [],
  );
  return onnxFile({ nodes: emitter.nodes, constants: emitter.constants, inputs, outputs });
}

class OnnxExecutable implements Executable {
  constructor(private readonly session: InferenceSession) {}

  async run(inputs: Bindings): Promise<Record<string, Values>> {
    const feeds = Object.fromEntries(
      this.session.inputNames.map((name) => {
        const value = inputs[name];
        if (!value) throw new Error(`the input '${name}' is missing`);
        return [name, new OnnxRuntimeTensor('float32', value.data, value.shape)];
      }),
    );
    const results = await this.session.run(feeds);
    return Object.fromEntries(
      Object.entries(results).map(([name, t]) => [name, { data: t.data as Float32Array, shape: t.dims }]),
    );
  }

  dispose(): Promise<void> {
    return this.session.release();
  }
}

/** ONNX Runtime's CPU provider on every core. */
export function createOnnxEngine(): Engine {
  const threads = availableParallelism();
  return {
    name: 'onnx',
    device: 'cpu',
    reason: `ONNX Runtime on the CPU, ${threads} threads`,
    async compile(program) {
      const session = await InferenceSession.create(toOnnx(program), {
        executionProviders: ['cpu'],
        graphOptimizationLevel: 'all',
        intraOpNumThreads: threads,
        logSeverityLevel: 3,
      });
      return new OnnxExecutable(session);
    },
  };
}
