/**
 * Pictures in, pictures out: what the package exports. `createRenderer` renders in the thread that calls it,
 * `createThreadedRenderer` in a worker thread. Neither needs Discord, a queue or a configuration.
 */
export { ReverieError } from '../errors.js';
export * from './pictures.js';
export * from './renderer.js';
export * from './requests.js';
export { createRenderer, type PipelineOptions } from './runtime/local.js';
export { createThreadedRenderer, type ThreadOptions } from './runtime/worker-thread.js';
