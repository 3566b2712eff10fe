import type { VisualiseRequest } from '../requests.js';
import { sheetSize } from '../image/contact-sheet.js';
import { inspect } from '../image/files.js';
import { fitSides } from '../image/planes.js';
import { checkChannels, type Network } from '../networks/network.js';
import type { Scale } from '../recipes/run-context.js';
import { activationMaps, visualise } from '../recipes/visualise.js';
import { ReverieError } from '../../errors.js';
import { checkTap, planOf, decodedAt, type PreparedRun } from './prepared-run.js';

/** Channels of a sheet where none are named: of what they dream, and of a picture's maps, which cost next to nothing. */
const SHEET = { dreams: 9, maps: 36 };

export async function prepareVisualise(request: VisualiseRequest, network: Network): Promise<PreparedRun> {
  const { image, size, steps, kind } = request;
  const layer = request.layer ?? network.dreams.layer;
  checkTap(network, layer);
  checkChannels(network, layer, request.channels);
  if (size < network.sideMin)
    throw new ReverieError(
      'invalid-parameter',
      `The network ${network.name} needs a size of at least ${network.sideMin} pixels.`,
      {
        details: { reason: 'size', network: network.name, shortest: network.sideMin },
      },
    );
  const count = network.taps.find(({ name }) => name === layer)!.channels;
  const [from, to] = request.channels ?? [0, Math.min(count, image ? SHEET.maps : SHEET.dreams) - 1];
  const channels = Array.from({ length: to - from + 1 }, (_, i) => from + i);
  const own = image ? fitSides(await inspect(image), size, network.sideMin) : { width: size, height: size };
  const scales: Scale[] = image ? [{ ...own, steps: 1 }] : channels.map(() => ({ ...own, steps }));
  const result = channels.length === 1 ? own : sheetSize(channels.length, own);
  const { width, height } = result;
  return {
    plan: { ...planOf(kind, network, scales, layer), layer, width, height },
    network,
    scales,
    run: async (context) => ({
      image: image
        ? await activationMaps(context, {
            layer,
            channels,
            picture: await decodedAt(image)(own.width, own.height),
          })
        : await visualise(context, { layer, channels, side: size, steps }),
    }),
  };
}
