/** Chooses the engine and device: what the operator asks for, or the fastest available. */
import { accessSync, constants } from 'node:fs';
import { platform } from 'node:os';
import { listSupportedBackends } from 'onnxruntime-node';
import { ReverieError } from '../../errors.js';
import type { DeviceName, EngineName } from '../requests.js';
import type { Engine } from './engine.js';
import { createOnnxEngine } from './onnx/onnx.js';
import { probe } from './probe.js';
import { loadTensorFlow, type TensorFlowBuild } from './tensorflow/builds.js';
import { createTensorFlowEngine } from './tensorflow/tensorflow.js';

export interface EngineChoice {
  readonly engine?: 'auto' | EngineName;
  readonly device?: 'auto' | DeviceName;
}

/**
 * A named engine or device is used, or refused with the reason. With `auto`, TensorFlow.js is tried first if it uses a GPU,
 * then ONNX Runtime's accelerators; the first that a short benchmark finds faster than the CPU is used.
 * @throws ReverieError `invalid-configuration` if the named engine or device does not work
 */
export async function chooseEngine({ engine = 'auto', device = 'auto' }: EngineChoice = {}): Promise<Engine> {
  if (engine === 'tensorflow') return tensorFlowOn(device);
  if (device === 'cpu') return createOnnxEngine();
  const { build, complaint } = engine === 'auto' ? tryTensorFlow() : {};
  const accelerators = [
    ...(build?.usesGpu ? [createTensorFlowEngine(build.tf, 'cuda', `TensorFlow.js on ${build.name}`)] : []),
    ...candidates().map((name) => createOnnxEngine(name)),
  ];
  return device === 'auto' ? fastest(accelerators, complaint) : named(device, accelerators);
}

async function fastest(accelerators: readonly Engine[], complaint: string | undefined): Promise<Engine> {
  const cpu = createOnnxEngine();
  const withReason = (engine: Engine, more?: string): Engine => ({
    ...engine,
    reason: [engine.reason, more, complaint].filter(Boolean).join('; '),
  });
  if (accelerators.length === 0) return withReason(cpu);
  const onCpu = await probe(cpu);
  for (const engine of accelerators) {
    const seconds = await probe(engine).catch(() => Infinity);
    if (seconds < onCpu)
      return withReason(engine, `${(onCpu / seconds).toFixed(1)} times as fast as the CPU`);
  }
  const tried = accelerators.map(({ name, device }) => `${name} on ${device}`).join(' and ');
  return withReason(cpu, `tried ${tried}: failed or slower than the CPU`);
}

async function named(device: DeviceName, accelerators: readonly Engine[]): Promise<Engine> {
  // A named device is tried even if it was not detected.
  const engines = accelerators.filter((engine) => engine.device === device);
  let cause: unknown;
  for (const engine of engines.length > 0 ? engines : [createOnnxEngine(device)])
    try {
      await probe(engine);
      return engine;
    } catch (thrown) {
      cause = thrown;
    }
  throw refused(
    `DEVICE=${device} does not work on this machine. With auto, Reverie picks the best device that does.`,
    cause,
  );
}

const refused = (sentence: string, cause?: unknown): ReverieError =>
  new ReverieError('invalid-configuration', sentence, { cause });

const NO_GPU = 'it needs CUDA 11.2 and cuDNN 8.1, and runs on the CPU without them';

function tensorFlowOn(device: 'auto' | DeviceName): Engine {
  if (device !== 'auto' && device !== 'cuda' && device !== 'cpu')
    throw refused(`ENGINE=tensorflow runs on cuda or cpu, not on ${device}.`);
  const { build, complaint } = tryTensorFlow();
  if (!build)
    throw refused(
      complaint
        ? `ENGINE=tensorflow does not work: ${complaint}.`
        : 'ENGINE=tensorflow needs @tensorflow/tfjs-node-gpu or @tensorflow/tfjs-node to be installed.',
    );
  if (device === 'cuda' && !build.usesGpu)
    throw refused(
      `DEVICE=cuda does not work with ENGINE=tensorflow: ${complaint ?? `${build.name} has no CUDA`}.`,
    );
  const used = build.usesGpu && device !== 'cpu' ? 'cuda' : 'cpu';
  const reason = [`TensorFlow.js ${build.version} from ${build.name}, as set by ENGINE`, complaint];
  return createTensorFlowEngine(build.tf, used, reason.filter(Boolean).join('; '));
}

/** The installed build of TensorFlow.js, and the reason if it cannot use a GPU or cannot be loaded. */
function tryTensorFlow(): { readonly build?: TensorFlowBuild; readonly complaint?: string } {
  try {
    const build = loadTensorFlow();
    if (!build) return {};
    const withoutGpu = build.name === '@tensorflow/tfjs-node-gpu' && !build.usesGpu;
    return {
      build,
      ...(withoutGpu ? { complaint: `${build.name} is installed but finds no GPU: ${NO_GPU}` } : {}),
    };
  } catch (thrown) {
    const [firstLine] = (thrown instanceof Error ? thrown.message : String(thrown)).split('\n');
    return { complaint: `TensorFlow.js is installed but cannot be loaded: ${firstLine}` };
  }
}

const GRAPHICS = ['/dev/dri', '/dev/dxg', '/dev/nvidia0'];

const exists = (file: string): boolean => {
  try {
    accessSync(file, constants.R_OK);
    return true;
  } catch {
    return false;
  }
};

/** Accelerators that ONNX Runtime was built for and that this machine may have, usually the fastest first. */
function candidates(): DeviceName[] {
  if (platform() === 'linux' && !GRAPHICS.some(exists)) return [];
  const built = new Set(listSupportedBackends().map(({ name }) => name));
  return (['cuda', 'coreml', 'dml', 'webgpu'] as const).filter((name) => built.has(name));
}
