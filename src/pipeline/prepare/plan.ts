/** What the preparation of every kind of request shares: sizes, layers and costs. */
import { ReverieError } from '../../errors.js';
import { fitSides } from '../image/planes.js';
import type { Network } from '../networks/network.js';
import type { Plan, Scale, Size } from '../prepared-run.js';
import type { RenderRequest } from '../requests.js';

/** Shorter sides vanish in the pooling layers of the networks. */
export const SIDE_MIN = 32;

/** The size of a result: a picture's proportions with the longest side at `size`. @throws ReverieError `image-too-small` */
export function resultSize(picture: Size, size: number, shortest = SIDE_MIN): Size {
  const exact = fitSides(picture, size);
  if (Math.min(exact.width, exact.height) < shortest)
    throw new ReverieError(
      'image-too-small',
      `That picture (${picture.width}×${picture.height} pixels) is too narrow for a size of ${size}: its shorter side would be under ${shortest} pixels.`,
      { details: { width: picture.width, height: picture.height, size, shortest } },
    );
  return exact;
}

/** @throws ReverieError `unknown-layer`, naming layers worth trying */
export function checkTap(network: Network, layer: string): void {
  if (network.taps.some(({ name }) => name === layer)) return;
  const offered = network.dreams.offered.map((tap) => tap.name).join(', ');
  throw new ReverieError(
    'unknown-layer',
    `${network.name} has no layer called “${layer}”. Try one of these: ${offered}.`,
    { details: { network: network.name, layer, offered } },
  );
}

/** @param layers what the run evaluates; the one that costs most to reach decides what a step costs */
export function planOf(
  kind: RenderRequest['kind'],
  network: Network,
  scales: readonly Scale[],
  layers: readonly string[],
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
    cost: 2 * pixels * Math.max(...layers.map((layer) => network.multiplyAdds(layer))),
  };
}
