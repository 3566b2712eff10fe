/** Prints what WebGPU computes. Runs in its own process, because the Vulkan loader is looked up when a process starts. */
import { createOnnxEngine } from '../src/pipeline/engines/onnx/onnx.js';
import { computed, smallPrograms } from './small-programs.js';

const engine = createOnnxEngine('webgpu');
process.stdout.write(JSON.stringify(await computed(engine, await smallPrograms())), () => process.exit(0));
