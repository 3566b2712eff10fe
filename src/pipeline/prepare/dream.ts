import { ReverieError } from '../../errors.js';
import { inspect } from '../image/inspect.js';
import { fitSides } from '../image/planes.js';
import { checkChannels, type Network } from '../networks/network.js';
import type { Shapes } from '../networks/safetensors.js';
import type { PreparedDream, Scale, Size } from '../prepared-run.js';
import type { DreamRequest } from '../requests.js';
import { hashOf } from './pictures.js';
import { checkTap, planOf, resultSize } from './plan.js';

/** Steps of each frame of a zoom after the first: enough to redraw what the enlargement has blurred. */
const ZOOM_STEPS = 4;

export async function prepareDream(
  request: DreamRequest,
  network: Network,
  shapes: Shapes,
): Promise<Omit<PreparedDream, 'request'>> {
  const { kind, seed, image, guide, guidance, zoom, size, steps } = request;
  const { objective, strength, jitter, smoothing } = request;
  const target = resultSize(await inspect(image), size, network.sideMin);
  const targets = request.targets ?? [{ layer: network.dreams.layer, weight: 1 }];
  for (const { layer, channels } of targets) {
    checkTap(network, layer);
    checkChannels(network, layer, channels, shapes);
  }
  if (targets.every(({ weight }) => weight === 0))
    throw new ReverieError('invalid-parameter', 'At least one layer needs a weight other than 0.', {
      details: { parameter: 'targets' },
    });
  const octaves = octaveSizes(request, target, network.sideMin).map((s) => ({ ...s, steps }));
  const frames: Scale[] = Array.from({ length: (zoom?.frames ?? 1) - 1 }, () => ({
    ...target,
    steps: ZOOM_STEPS,
  }));
  const scales = [...octaves, ...frames];
  const layers = targets.map(({ layer }) => layer);
  return {
    ...{ kind, seed, targets, objective, strength, jitter, smoothing, scales, octaves },
    network: network.name,
    plan: { ...planOf(kind, network, scales, layers), layer: layers.join(' + ') },
    picture: hashOf(image),
    ...(guide ? { guide: { ...(await sizeOf(guide)), picture: hashOf(guide), by: guidance } } : {}),
    ...(zoom ? { zoom: { frames, factor: zoom.factor } } : {}),
  };
}

/** From the smallest octave to the result. An octave that the layer's receptive field would swallow is left out. */
function octaveSizes(
  { octaves, octaveRatio, size }: DreamRequest,
  target: Size,
  shortest: number,
): readonly Size[] {
  const sizes = [target];
  for (let octave = 1; octave < octaves; octave++) {
    const smaller = fitSides(target, size / octaveRatio ** octave);
    if (Math.min(smaller.width, smaller.height) < shortest) break;
    sizes.unshift(smaller);
  }
  return sizes;
}

async function sizeOf(file: Uint8Array): Promise<Size> {
  const { width, height } = await inspect(file);
  return { width, height };
}
