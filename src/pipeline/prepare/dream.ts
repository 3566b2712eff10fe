import { ReverieError } from '../../errors.js';
import type { DreamRequest } from '../requests.js';
import { inspect } from '../image/files.js';
import { fitSides } from '../image/planes.js';
import { checkChannels, type Network } from '../networks/network.js';
import { dream } from '../recipes/dream.js';
import { checkTap, deepestOf, planOf, decodedAt, resultSize, type PreparedRun } from './prepared-run.js';

/** Steps of each frame of a zoom after the first: enough to redraw what the growth has blurred. */
const ZOOM_STEPS = 4;

export async function prepareDream(request: DreamRequest, network: Network): Promise<PreparedRun> {
  const { image, size, octaves, octaveRatio, steps, guide, guidance, zoom, kind, ...rest } = request;
  const target = resultSize(await inspect(image), size, network.sideMin);
  const targets = request.targets ?? [{ layer: network.dreams.layer, weight: 1 }];
  for (const { layer, channels } of targets) {
    checkTap(network, layer);
    checkChannels(network, layer, channels);
  }
  if (targets.every(({ weight }) => weight === 0))
    throw new ReverieError('invalid-parameter', 'At least one layer needs a weight other than 0.', {
      details: { parameter: 'targets' },
    });
  const sizes = [target];
  for (let octave = 1; octave < octaves; octave++) {
    const smaller = fitSides(target, size / octaveRatio ** octave);
    // An octave that the layer's receptive field would swallow adds nothing.
    if (Math.min(smaller.width, smaller.height) < network.sideMin) break;
    sizes.unshift(smaller);
  }
  const scales = sizes.map((s) => ({ ...s, steps }));
  const frames = Array.from({ length: (zoom?.frames ?? 1) - 1 }, () => ({ ...target, steps: ZOOM_STEPS }));
  const all = [...scales, ...frames];
  const deepest = deepestOf(
    network,
    targets.map(({ layer }) => layer),
  );
  const looked = guide && (await inspect(guide));
  return {
    plan: { ...planOf(kind, network, all, deepest), layer: targets.map(({ layer }) => layer).join(' + ') },
    network,
    scales: all,
    run: async (context) => {
      const pictures = await dream(context, {
        ...rest,
        targets,
        octaves: scales,
        zoom: { frames, factor: zoom?.factor ?? 1 },
        image: decodedAt(image),
        ...(guide && looked
          ? {
              guide: {
                by: guidance,
                image: (longest: number) => {
                  const { width, height } = fitSides(looked, longest, network.sideMin);
                  return decodedAt(guide)(width, height);
                },
              },
            }
          : {}),
      });
      return { image: pictures.at(-1)!, ...(zoom ? { animation: pictures } : {}) };
    },
  };
}
