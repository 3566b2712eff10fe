/** Which engine runs on which device: what the operator asks for, or the fastest one that is there. */
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
 * What was named is taken, or refused with the reason. Where the choice is free, TensorFlow.js goes first if it sees a
 * GPU, then ONNX Runtime's accelerators; each is taken only if a short probe finds it faster than the processor.
 * @throws ReverieError `invalid-configuration` where what was asked for does not work
 */
export async function chooseEngine({ engine = 'auto', device = 'auto' }: EngineChoice = {}): Promise<Engine> {
  if (engine === 'tensorflow') return tensorFlowOn(device);
  if (device === 'cpu') return createOnnxEngine();
  const { build, complaint } = engine === 'auto' ? tryTensorFlow() : {};
  const accelerators = [
    ...(build?.seesGpu ? [createTensorFlowEngine(build.tf, 'cuda', `TensorFlow.js on ${build.name}`)] : []),
    ...candidates().map((name) => createOnnxEngine(name)),
  ];
  return device === 'auto' ? fastest(accelerators, complaint) : named(device, accelerators);
}

async function fastest(accelerators: readonly Engine[], complaint: string | undefined): Promise<Engine> {
  const cpu = createOnnxEngine();
  const explained = (engine: Engine, more?: string): Engine => ({
    ...engine,
    reason: [engine.reason, more, complaint].filter(Boolean).join('; '),
  });
  if (accelerators.length === 0) return explained(cpu);
  const onCpu = await probe(cpu);
  for (const engine of accelerators) {
    const seconds = await probe(engine).catch(() => Infinity);
    if (seconds < onCpu) return explained(engine, `${(onCpu / seconds).toFixed(1)} times as fast as the CPU`);
  }
  const tried = accelerators.map(({ name, device }) => `${name} on ${device}`).join(' and ');
  return explained(cpu, `tried ${tried}: failed or slower than the CPU`);
}

async function named(device: DeviceName, accelerators: readonly Engine[]): Promise<Engine> {
  // A device that is named is tried even where nothing tells that it is there.
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
  if (device === 'cuda' && !build.seesGpu)
    throw refused(
      `DEVICE=cuda does not work with ENGINE=tensorflow: ${complaint ?? `${build.name} has no CUDA`}.`,
    );
  const used = build.seesGpu && device !== 'cpu' ? 'cuda' : 'cpu';
  const reason = [`TensorFlow.js ${build.version} from ${build.name}, as set by ENGINE`, complaint];
  return createTensorFlowEngine(build.tf, used, reason.filter(Boolean).join('; '));
}

/** The build that is installed, and what is wrong with it. */
function tryTensorFlow(): { readonly build?: TensorFlowBuild; readonly complaint?: string } {
  try {
    const build = loadTensorFlow();
    if (!build) return {};
    const blind = build.name === '@tensorflow/tfjs-node-gpu' && !build.seesGpu;
    return {
      build,
      ...(blind ? { complaint: `${build.name} is installed but sees no GPU: ${NO_GPU}` } : {}),
    };
  } catch (thrown) {
    const [why] = (thrown instanceof Error ? thrown.message : String(thrown)).split('\n');
    return { complaint: `TensorFlow.js is installed but cannot be loaded: ${why}` };
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

/** Devices that ONNX Runtime was built for and that may be here, the usually fastest first. */
function candidates(): DeviceName[] {
  if (platform() === 'linux' && !GRAPHICS.some(exists)) return [];
  const built = new Set(listSupportedBackends().map(({ name }) => name));
  return (['cuda', 'coreml', 'dml', 'webgpu'] as const).filter((name) => built.has(name));
}
