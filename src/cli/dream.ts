import { Command, Option } from 'commander';
import type { DreamRequest } from '../pipeline/requests.js';
import { each, number, target, type TargetOption } from './options.js';
import type { Pictures } from './pictures.js';
import { run, withOutputs, type Outputs } from './run.js';

interface Options
  extends Outputs, Partial<Omit<DreamRequest, 'kind' | 'image' | 'guide' | 'targets' | 'zoom'>> {
  readonly image?: string;
  readonly guide?: string;
  readonly layer?: readonly TargetOption[];
  readonly zoom?: number;
  readonly zoomFactor?: number;
}

export const dreamCommand = (): Command =>
  withOutputs(new Command('dream'))
    .description('amplify what layers see in a picture')
    .option('--image <file>', 'the picture to dream on')
    .option(
      '--layer <layer[:from-to][=weight]>',
      'a layer, some of its channels, its weight; repeatable',
      each(target),
    )
    .addOption(new Option('--objective <name>', '½‖a‖² or the mean').choices(['energy', 'mean']))
    .option('--guide <file>', 'a picture whose features the dream goes for')
    .addOption(new Option('--guidance <name>', 'how it is guided').choices(['match', 'channels']))
    .option('--octaves <n>', 'octaves', number)
    .option('--octave-ratio <factor>', 'growth from octave to octave', number)
    .option('--steps <n>', 'steps per octave', number)
    .option('--strength <length>', 'step length on the 0–255 scale', number)
    .option('--jitter <pixels>', 'largest shift before a step', number)
    .addOption(new Option('--smoothing <name>', 'of the gradient').choices(['none', 'laplacian', 'gaussian']))
    .option('--zoom <frames>', 'dreams again and again, each time closer: see --animation', number)
    .option('--zoom-factor <factor>', 'growth from frame to frame', number)
    .action((options: Options) => run('dream', options, (pictures) => ask(options, pictures)));

async function ask(options: Options, pictures: Pictures): Promise<Record<string, unknown>> {
  const { image, guide, layer, zoom, zoomFactor, network, size, seed, objective, guidance } = options;
  const { octaves, octaveRatio, steps, strength, jitter, smoothing } = options;
  const zooms = zoom !== undefined || zoomFactor !== undefined;
  return {
    image: image === undefined ? undefined : await pictures.read(image),
    guide: guide === undefined ? undefined : await pictures.read(guide),
    targets: layer,
    zoom: zooms ? { frames: zoom, factor: zoomFactor } : undefined,
    ...{ network, size, seed, objective, guidance, octaves, octaveRatio, steps, strength, jitter, smoothing },
  };
}
