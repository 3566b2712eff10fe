/**
 * Pictures in, pictures out: what the package exports. Neither renderer needs Discord, a queue or a configuration.
 *
 * ```ts
 * import { readFile, writeFile } from 'node:fs/promises';
 * import { createRenderer } from 'reverie';
 *
 * const renderer = createRenderer();
 * const { image } = await renderer.render(
 *   { kind: 'dream', image: await readFile('in.jpg'), size: 512 },
 *   { onFrame: ({ step, steps }) => console.log(`${step} of ${steps}`) },
 * );
 * const { bytes } = await renderer.encode(image, { maxBytes: 10e6 });
 * await writeFile('out.png', bytes);
 * await renderer.close();
 * ```
 *
 * @packageDocumentation
 */
import type { Renderer } from './renderer.js';
import { createRenderer as createLocalRenderer, type PipelineOptions } from './runtime/local.js';

export { ERROR_CODES, ReverieError, type ErrorCode, type ErrorDetails } from '../errors.js';
export type * from './pictures.js';
export type * from './renderer.js';
export {
  DEVICE_NAMES,
  ENGINE_NAMES,
  NETWORK_NAMES,
  type DeviceName,
  type DreamRequest,
  type DreamRequestInput,
  type EngineName,
  type NetworkName,
  type RenderRequest,
  type RenderRequestInput,
  type StyleRequest,
  type StyleRequestInput,
  type Target,
  type VisualiseRequest,
  type VisualiseRequestInput,
} from './requests.js';
export type { PipelineOptions } from './runtime/local.js';
export { createThreadedRenderer, type ThreadOptions } from './runtime/worker-thread.js';

/** Renders in the thread that calls it, which a step may block for seconds. */
export const createRenderer = (options?: PipelineOptions): Renderer => createLocalRenderer(options);
