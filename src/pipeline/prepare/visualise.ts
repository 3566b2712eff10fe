import { ReverieError } from '../../errors.js';
import { sheetSize } from '../image/contact-sheet.js';
import { inspect } from '../image/inspect.js';
import { fitSides } from '../image/planes.js';
import { channelCount, checkChannels, type Network } from '../networks/network.js';
import type { Shapes } from '../networks/safetensors.js';
import type { PreparedVisualise, Scale } from '../prepared-run.js';
import type { VisualiseRequest } from '../requests.js';
import { hashOf } from './pictures.js';
import { checkTap, planOf } from './plan.js';

/** Channels of a sheet where none are named: drawn ones take long, the activations of a picture next to no time. */
const SHEET = { drawn: 9, activations: 36 };

export async function prepareVisualise(
  request: VisualiseRequest,
  network: Network,
  shapes: Shapes,
): Promise<Omit<PreparedVisualise, 'request'>> {
  const { kind, seed, image, size, steps } = request;
  const layer = request.layer ?? network.dreams.layer;
  checkTap(network, layer);
  checkChannels(network, layer, request.channels, shapes);
  if (size < network.sideMin)
    throw new ReverieError(
      'invalid-parameter',
      `The network ${network.name} needs a size of at least ${network.sideMin} pixels.`,
      { details: { reason: 'size', network: network.name, shortest: network.sideMin } },
    );
  const most = image ? SHEET.activations : SHEET.drawn;
  const [from, to] = request.channels ?? [0, Math.min(channelCount(network, layer, shapes), most) - 1];
  const channels = Array.from({ length: to - from + 1 }, (_, i) => from + i);
  const cell = image ? fitSides(await inspect(image), size, network.sideMin) : { width: size, height: size };
  const scales: Scale[] = image ? [{ ...cell, steps: 1 }] : channels.map(() => ({ ...cell, steps }));
  const { width, height } = channels.length === 1 ? cell : sheetSize(channels.length, cell);
  return {
    ...{ kind, seed, layer, channels, scales },
    network: network.name,
    plan: { ...planOf(kind, network, scales, [layer]), layer, width, height },
    ...(image ? { picture: hashOf(image) } : {}),
  };
}
