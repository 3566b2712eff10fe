import type { Renderer, RenderOptions, RenderResult } from '../src/pipeline/renderer.js';
import type { RenderRequestInput } from '../src/pipeline/requests.js';

/** Prepares a request and renders it. */
export async function render(
  renderer: Renderer,
  request: RenderRequestInput,
  options?: RenderOptions,
): Promise<RenderResult> {
  return renderer.render(await renderer.prepare(request), options);
}
