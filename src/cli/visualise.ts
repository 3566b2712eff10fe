import { Command } from 'commander';
import type { VisualiseRequest } from '../pipeline/requests.js';
import { channels, networkOption, number } from './options.js';
import type { Pictures } from './pictures.js';
import { run, withOutputs, type Outputs } from './run.js';

interface Options extends Outputs, Partial<Omit<VisualiseRequest, 'kind' | 'image'>> {
  readonly image?: string;
}

export const visualiseCommand = (): Command =>
  withOutputs(new Command('visualise'))
    .addOption(networkOption())
    .description('show what a layer’s channels look for')
    .option('--layer <name>', 'layer to visualise')
    .option('--channels <from[-to]>', 'one channel, or a contact sheet of several', channels)
    .option('--image <file>', 'show the activations of this picture instead')
    .option('--steps <n>', 'number of steps', number)
    .action((options: Options) => run('visualise', options, (pictures) => buildRequest(options, pictures)));

async function buildRequest(options: Options, pictures: Pictures): Promise<Record<string, unknown>> {
  const { image, network, layer, channels: range, size, steps, seed } = options;
  return {
    image: image === undefined ? undefined : await pictures.read(image),
    ...{ network, layer, channels: range, size, steps, seed },
  };
}
