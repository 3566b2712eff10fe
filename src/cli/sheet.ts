import { Command } from 'commander';
import type { SheetRequest } from '../pipeline/requests.js';
import { each, given, number } from './options.js';
import type { Pictures } from './pictures.js';
import { run, withOutputs, type Outputs } from './run.js';

interface Options extends Outputs, Partial<Pick<SheetRequest, 'size' | 'alpha' | 'beta' | 'seed'>> {
  readonly content?: readonly string[];
  readonly style?: readonly string[];
}

export const sheetCommand = (): Command =>
  withOutputs(new Command('sheet'), 'side of one cell in pixels')
    .description('paint a picture in several styles, or several pictures in one style, as a numbered sheet')
    .option('--content <file>', 'picture to repaint; repeatable', each(String))
    .option('--style <file>', 'style picture; repeatable', each(String))
    .option('--alpha <weight>', 'content weight α', number)
    .option('--beta <weight>', 'style weight β', number)
    .action((options: Options) => run('sheet', options, (pictures) => buildRequest(options, pictures)));

async function buildRequest(options: Options, pictures: Pictures): Promise<Record<string, unknown>> {
  const { content, style: styles, size, alpha, beta, seed } = options;
  const read = (file: string) => pictures.read(file);
  return {
    contents: content && (await Promise.all(content.map(read))),
    styles: styles && (await Promise.all(styles.map(async (file) => ({ image: await read(file) })))),
    ...given({ size, alpha, beta, seed }),
  };
}
