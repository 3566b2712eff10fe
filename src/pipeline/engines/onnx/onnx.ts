/** Runs tensor programs on ONNX Runtime: compiles each to an ONNX model for the execution provider of the device. */
import { availableParallelism } from 'node:os';
import { env, InferenceSession, Tensor as OnnxRuntimeTensor } from 'onnxruntime-node';
import type { DeviceName } from '../../requests.js';
import { gradients } from '../../graph/gradient.js';
import { topologicalOrder, type Program } from '../../graph/graph.js';
import { bound, engineFailure, type Bindings, type Engine, type Executable, type Values } from '../engine.js';
import { Emitter, type Traits } from './emit.js';
import { onnxFile, type OnnxNode } from './file.js';

// Errors are thrown as well. On stderr they would only cause alarm while devices are being tried.
env.logLevel = 'fatal';

function toOnnx(program: Program, traits: Traits): Uint8Array {
  const targets = { ...program.outputs };
  if (program.gradient) {
    const { of, by } = program.gradient;
    const tensors = gradients(of, Object.values(by));
    Object.keys(by).forEach((name, i) => (targets[name] = tensors[i]!));
  }
  const order = topologicalOrder(Object.values(targets));
  const emitter = new Emitter(traits);
  for (const tensor of order) emitter.names.set(tensor, emitter.emit(tensor));
  const outputs = Object.entries(targets).map(([name, tensor]) => {
    emitter.nodes.push({ type: 'Identity', inputs: [emitter.nameOf(tensor)], outputs: [name] });
    return { name, shape: tensor.shape };
  });
  const inputs = order.flatMap(({ operation, shape }) =>
    operation.type === 'input' ? [{ name: operation.name, shape }] : [],
  );
  const nodes = needed(emitter.nodes, Object.keys(targets));
  return onnxFile({ nodes, constants: emitter.constants, inputs, outputs });
}

/** The nodes that the outputs depend on: ONNX Runtime would run the others too. */
function needed(nodes: readonly OnnxNode[], outputs: readonly string[]): OnnxNode[] {
  const names = new Set(outputs);
  const kept = nodes.toReversed().filter((node) => {
    if (!node.outputs.some((name) => names.has(name))) return false;
    node.inputs.forEach((name) => names.add(name));
    return true;
  });
  return kept.reverse();
}

class OnnxExecutable implements Executable {
  constructor(
    private readonly session: InferenceSession,
    private readonly device: DeviceName,
  ) {}

  async run(inputs: Bindings): Promise<Record<string, Values>> {
    const feeds = Object.fromEntries(
      this.session.inputNames.map((name) => {
        const { data, shape } = bound(inputs, name);
        return [name, new OnnxRuntimeTensor('float32', data, shape)];
      }),
    );
    const results = await this.session.run(feeds).catch(engineFailure(this.device));
    return Object.fromEntries(
      Object.entries(results).map(([name, t]) => [name, { data: t.data as Float32Array, shape: t.dims }]),
    );
  }

  dispose(): Promise<void> {
    return this.session.release();
  }
}

/**
 * ONNX Runtime with the execution provider for a device; on the CPU it uses every core.
 * @param traits those of the provider; tests override them
 */
export function createOnnxEngine(
  device: DeviceName = 'cpu',
  traits: Traits = {
    poolIndices: device !== 'webgpu',
    winograd: device === 'cpu',
    fillsChannels: device === 'cpu',
  },
): Engine {
  const threads = availableParallelism();
  return {
    name: 'onnx',
    device,
    reason: device === 'cpu' ? `ONNX Runtime on the CPU, ${threads} threads` : `ONNX Runtime on ${device}`,
    async compile(program) {
      const session = await InferenceSession.create(toOnnx(program, traits), {
        executionProviders: [device],
        graphOptimizationLevel: 'all',
        // A memory pattern planned for one size of picture would hold a block in addition to the allocations it is based on.
        enableMemPattern: false,
        intraOpNumThreads: threads,
        logSeverityLevel: 3,
      }).catch(engineFailure(device));
      return new OnnxExecutable(session, device);
    },
  };
}
