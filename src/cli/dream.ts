import { Command, Option } from 'commander';
import type { DreamRequest } from '../pipeline/requests.js';
import { each, networkOption, number, target, type TargetOption } from './options.js';
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
    .addOption(networkOption())
    .description('amplify what a network’s layers see in a picture')
    .option('--image <file>', 'picture to dream on')
    .option(
      '--layer <layer[:from-to][=weight]>',
      'layer to amplify, optionally with channels and a weight; repeatable',
      each(target),
    )
    .addOption(
      new Option('--objective <name>', 'what to maximise: the energy ½‖a‖² or the mean activation').choices([
        'energy',
        'mean',
      ]),
    )
    .option('--guide <file>', 'picture whose features the dream should pick up')
    .addOption(new Option('--guidance <name>', 'how the guide is used').choices(['match', 'channels']))
    .option('--octaves <n>', 'number of octaves', number)
    .option('--octave-ratio <factor>', 'size ratio between octaves', number)
    .option('--steps <n>', 'steps per octave', number)
    .option('--strength <length>', 'step size on the 0–255 scale', number)
    .option('--jitter <pixels>', 'largest random shift before each step', number)
    .addOption(
      new Option('--smoothing <name>', 'smoothing of the gradient').choices([
        'none',
        'laplacian',
        'gaussian',
      ]),
    )
    .option(
      '--zoom <frames>',
      'dream this many frames, zooming in each time; save them with --animation',
      number,
    )
    .option('--zoom-factor <factor>', 'zoom from frame to frame', number)
    .action((options: Options) => run('dream', options, (pictures) => buildRequest(options, pictures)));

async function buildRequest(options: Options, pictures: Pictures): Promise<Record<string, unknown>> {
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
