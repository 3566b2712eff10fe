/**
 * Pictures in, pictures out: what the package exports. Neither renderer needs Discord, a queue or a configuration.
 *
 * ```ts
 * import { readFile, writeFile } from 'node:fs/promises';
 * import { createRenderer, encodeToFit } from 'reverie';
 *
 * const renderer = createRenderer();
 * const prepared = await renderer.prepare({ kind: 'dream', image: await readFile('in.jpg'), size: 512 });
 * const { image } = await renderer.render(prepared, {
 *   onFrame: ({ step, steps }) => console.log(`${step} of ${steps}`),
 * });
 * const { bytes } = await encodeToFit(image, { maxBytes: 10e6 });
 * await writeFile('out.png', bytes);
 * await renderer.close();
 * ```
 *
 * @packageDocumentation
 */
import type { Renderer } from './renderer.js';
import { createRenderer as createLocalRenderer, type PipelineOptions } from './runtime/local.js';

export { ERROR_CODES, ReverieError, type ErrorCode, type ErrorDetails } from '../errors.js';
export { animate, heldAtEnd } from './export/animation.js';
export { chart } from './export/chart.js';
export { encodeToFit, removeMetadata, type UploadLimit } from './export/encode-to-fit.js';
export { preview } from './export/preview.js';
export { strip, type Captioned } from './export/strip.js';
export { examine } from './image/inspect.js';
export type * from './pictures.js';
export type * from './prepared-run.js';
export type * from './renderer.js';
export {
  DEVICE_NAMES,
  ENGINE_NAMES,
  NETWORK_NAMES,
  type DeviceName,
  type DreamRequest,
  type DreamRequestInput,
  type EngineName,
  type ModelName,
  type NetworkName,
  type RenderRequest,
  type RenderRequestInput,
  type SheetRequest,
  type SheetRequestInput,
  type StyleRequest,
  type StyleRequestInput,
  type Target,
  type TeachRequest,
  type TeachRequestInput,
  type VisualiseRequest,
  type VisualiseRequestInput,
} from './requests.js';
export type { PipelineOptions } from './runtime/local.js';
export { createThreadedRenderer, type ThreadOptions } from './runtime/worker-thread.js';

/** Renders in the thread that calls it, which a step may block for seconds. */
export const createRenderer = (options?: PipelineOptions): Renderer => createLocalRenderer(options);
