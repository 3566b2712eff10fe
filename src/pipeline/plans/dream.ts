import type { DreamRequest } from '../contract.js';
import { inspect } from '../image/files.js';
import { fitSides } from '../image/planes.js';
import type { Network } from '../networks/network.js';
import { dream } from '../recipes/dream.js';
import { checkTap, describe, planesOf, resultSize, SIDE_MIN, type Undertaking } from './undertaking.js';

export async function planDream(request: DreamRequest, network: Network): Promise<Undertaking> {
  const { image, size, octaves, octaveRatio, steps, strength } = request;
  const target = resultSize(await inspect(image), size);
  const layer = request.targets?.[0]?.layer ?? network.dreams.layer;
  checkTap(network, layer);
  const sizes = [target];
  for (let octave = 1; octave < octaves; octave++) {
    const smaller = fitSides(target, size / octaveRatio ** octave);
    // An octave that the layer's receptive field would swallow adds nothing.
    if (Math.min(smaller.width, smaller.height) < SIDE_MIN) break;
    sizes.unshift(smaller);
  }
  const scales = sizes.map((s) => ({ ...s, steps }));
  return {
    plan: { ...describe(request.kind, network, scales, layer), layer },
    network,
    scales,
    run: async (studio) => ({
      image: await dream(studio, { layer, strength, scales, image: planesOf(image) }),
    }),
  };
}
