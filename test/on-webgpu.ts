/** Runs in a process of its own, since the Vulkan loader is found when a process starts: prints what WebGPU computed. */
import { createOnnxEngine } from '../src/pipeline/engines/onnx/onnx.js';
import { computed, smallPrograms } from './small-programs.js';

const engine = createOnnxEngine('webgpu');
process.stdout.write(JSON.stringify(await computed(engine, await smallPrograms())), () => process.exit(0));
