/** What a request will do, checked and bound to its pictures. */
import { ReverieError } from '../../errors.js';
import type { ImageInfo } from '../pictures.js';
import type { Plan } from '../renderer.js';
import type { RenderRequest } from '../requests.js';
import { decode } from '../image/files.js';
import { fitSides, toPlanes, type Planes } from '../image/planes.js';
import type { Network } from '../networks/network.js';
import type { Scale, RunContext } from '../recipes/run-context.js';

export interface PreparedRun {
  readonly plan: Plan;
  readonly network: Network;
  /** What it goes through, in order; steps count over all of them. */
  readonly scales: readonly Scale[];
  readonly run: (context: RunContext) => Promise<Outcome>;
}

export interface Outcome {
  readonly image: Planes;
  /** A zoom's pictures, in order. */
  readonly animation?: readonly Planes[];
}

/** Sides under this vanish in the pools of the networks. */
export const SIDE_MIN = 32;

/** The size of a result: a picture's proportions with the longest side at `size`. @throws ReverieError `image-too-small` */
export function resultSize(
  picture: ImageInfo,
  size: number,
  shortest = SIDE_MIN,
): { width: number; height: number } {
  const exact = fitSides(picture, size);
  if (Math.min(exact.width, exact.height) < shortest)
    throw new ReverieError(
      'image-too-small',
      `That picture (${picture.width}×${picture.height} pixels) is too narrow for a size of ${size}: its shorter side would be under ${shortest} pixels.`,
      { details: { width: picture.width, height: picture.height, size, shortest } },
    );
  return exact;
}

/** @throws ReverieError `unknown-layer`, naming those worth trying */
export function checkTap(network: Network, layer: string): void {
  if (network.taps.some(({ name }) => name === layer)) return;
  const offered = network.dreams.offered.map((tap) => tap.name).join(', ');
  throw new ReverieError(
    'unknown-layer',
    `${network.name} has no layer called “${layer}”. Try one of these: ${offered}.`,
    { details: { network: network.name, layer, offered } },
  );
}

/** The layer that costs most to reach. */
export const deepestOf = (network: Network, layers: readonly string[]): string =>
  layers.reduce((a, b) => (network.multiplyAdds(b) > network.multiplyAdds(a) ? b : a));

/** A picture file as RGB planes in [0,1] at a size. */
export const decodedAt =
  (file: Uint8Array) =>
  async (width: number, height: number): Promise<Planes> =>
    toPlanes(await decode(file, width, height));

export function planOf(
  kind: RenderRequest['kind'],
  network: Network,
  scales: readonly Scale[],
  deepest: string,
): Plan {
  const { width, height } = scales.at(-1)!;
  const pixels = scales.reduce((sum, s) => sum + s.width * s.height * s.steps, 0);
  return {
    kind,
    network: network.name,
    width,
    height,
    scales: scales.length,
    steps: scales.reduce((sum, s) => sum + s.steps, 0),
    // Forward and backward.
    cost: 2 * pixels * network.multiplyAdds(deepest),
  };
}
