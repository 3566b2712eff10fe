import { Command, Option } from 'commander';
import type { StyleRequest } from '../pipeline/requests.js';
import { each, given, number, style, weights, type StyleOption } from './options.js';
import type { Pictures } from './pictures.js';
import { run, withOutputs, type Outputs } from './run.js';

interface Options extends Outputs, Partial<Omit<StyleRequest, 'kind' | 'content' | 'styles' | 'init'>> {
  readonly content?: string;
  readonly style?: readonly StyleOption[];
  readonly mask?: readonly string[];
  readonly init?: string;
}

export const styleCommand = (): Command =>
  withOutputs(new Command('style'))
    .description('paint one picture in the manner of others')
    .option('--content <file>', 'the picture to repaint; without it a texture of the style is made')
    .option(
      '--style <file[:weight]>',
      'a picture whose manner is taken, and its share; repeatable',
      each(style),
    )
    .option('--mask <file>', 'white where the style goes; one for each --style, in order', each(String))
    .option('--alpha <weight>', 'content weight α', number)
    .option('--beta <weight>', 'style weight β', number)
    .option('--gamma <weight>', 'weight of the total variation γ', number)
    .addOption(new Option('--loss <name>', 'distance of styles').choices(['gram', 'wasserstein']))
    .option('--layers <layer=weight,…>', 'the style layers and their weights', weights)
    .option('--content-layer <name>', 'the layer that keeps the content')
    .addOption(new Option('--pooling <name>', 'how the network pools').choices(['average', 'max']))
    .option('--init <where>', 'content, style, noise or a picture file: where the painting starts')
    .option('--style-scale <factor>', 'size of the brush', number)
    .addOption(new Option('--colour <name>', 'whose colours').choices(['style', 'luminance', 'match']))
    .addOption(new Option('--optimiser <name>', 'what descends').choices(['adam', 'lbfgs']))
    .addOption(
      new Option('--parametrisation <name>', 'what is optimised').choices(['pyramid', 'fourier', 'pixels']),
    )
    .option('--steps <n>', 'steps over all scales', number)
    .action((options: Options) => run('style', options, (pictures) => ask(options, pictures)));

async function ask(options: Options, pictures: Pictures): Promise<Record<string, unknown>> {
  const { content, style: styles, mask, init, network, size, alpha, beta, gamma, loss } = options;
  const { layers, contentLayer, pooling, styleScale, colour, optimiser, parametrisation, steps, seed } =
    options;
  return {
    content: content === undefined ? undefined : await pictures.read(content),
    styles: styles && (await Promise.all(styles.map((s, i) => read(s, mask?.[i], pictures)))),
    init: init === undefined || /^(content|style|noise)$/.test(init) ? init : await pictures.read(init),
    ...given({ network, size, alpha, beta, gamma, loss, layers, contentLayer, pooling }),
    ...given({ styleScale, colour, optimiser, parametrisation, steps, seed }),
  };
}

async function read({ file, weight }: StyleOption, mask: string | undefined, pictures: Pictures) {
  return given({
    image: await pictures.read(file),
    weight,
    mask: mask === undefined ? undefined : await pictures.read(mask),
  });
}
