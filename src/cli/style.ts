import { Command, Option } from 'commander';
import type { StyleRequest } from '../pipeline/requests.js';
import { each, given, networkOption, number, style, weights, type StyleOption } from './options.js';
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
    .addOption(networkOption())
    .description('repaint a picture in the style of others')
    .option('--content <file>', 'picture to repaint; without one, the result is a texture of the style')
    .option('--style <file[:weight]>', 'style picture and its share of the mix; repeatable', each(style))
    .option(
      '--mask <file>',
      'picture that is white where the style applies; one per --style, in the same order',
      each(String),
    )
    .addOption(
      new Option('--technique <name>', 'minimise the losses in many steps, or paint in one pass').choices([
        'optimise',
        'instant',
      ]),
    )
    .option('--alpha <weight>', 'content weight α', number)
    .option('--beta <weight>', 'style weight β', number)
    .option('--gamma <weight>', 'total variation weight γ', number)
    .addOption(new Option('--loss <name>', 'style loss').choices(['gram', 'wasserstein']))
    .option('--layers <layer=weight,…>', 'style layers and their weights', weights)
    .option('--content-layer <name>', 'layer on which the content is compared')
    .addOption(new Option('--pooling <name>', 'pooling used in the network').choices(['average', 'max']))
    .option('--init <where>', 'picture to start from: instant, content, style, noise or a file')
    .option('--style-scale <factor>', 'size of the brush strokes', number)
    .addOption(new Option('--colour <name>', 'which colours to use').choices(['style', 'luminance', 'match']))
    .addOption(new Option('--optimiser <name>', 'optimiser').choices(['adam', 'lbfgs']))
    .addOption(
      new Option('--parametrisation <name>', 'how the picture is represented during optimisation').choices([
        'pyramid',
        'fourier',
        'pixels',
      ]),
    )
    .option('--steps <n>', 'number of steps over all scales', number)
    .addOption(
      new Option('--quality <name>', 'share of the usual number of steps').choices([
        'draft',
        'normal',
        'fine',
      ]),
    )
    .action((options: Options) => run('style', options, (pictures) => buildRequest(options, pictures)));

async function buildRequest(options: Options, pictures: Pictures): Promise<Record<string, unknown>> {
  const { content, style: styles, mask, init, network, size, alpha, beta, gamma, loss } = options;
  const {
    layers,
    contentLayer,
    pooling,
    styleScale,
    colour,
    optimiser,
    parametrisation,
    steps,
    seed,
    quality,
    technique,
  } = options;
  return {
    content: content === undefined ? undefined : await pictures.read(content),
    styles: styles && (await Promise.all(styles.map((s, i) => read(s, mask?.[i], pictures)))),
    init:
      init === undefined || /^(instant|content|style|noise)$/.test(init) ? init : await pictures.read(init),
    ...given({ network, size, alpha, beta, gamma, loss, layers, contentLayer, pooling }),
    ...given({ styleScale, colour, optimiser, parametrisation, steps, seed, quality, technique }),
  };
}

async function read({ file, weight }: StyleOption, mask: string | undefined, pictures: Pictures) {
  return given({
    image: await pictures.read(file),
    weight,
    mask: mask === undefined ? undefined : await pictures.read(mask),
  });
}
