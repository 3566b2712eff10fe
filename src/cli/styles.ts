/** `reverie styles`: the style pictures that the bot offers besides its built-in ones. */
import type { Command } from 'commander';
import { loadConfig } from '../config.js';
import { ReverieError } from '../errors.js';
import { pullPainting, readPaintings } from '../styles/paintings.js';
import { DRAWN } from '../styles/drawn/index.js';
import { addStyle, StyleLibrary, type StyleCard } from '../styles/style-library.js';
import { fetchEach } from './fetching.js';
import { given, networkOption, number } from './options.js';
import { teach, type TeachOptions } from './teach.js';

const openLibrary = () => new StyleLibrary(loadConfig().stylesDir);

const line = (
  name: string,
  state: string,
  { title, artist, year, licence }: StyleCard,
  taught = false,
): string => {
  const details = [title, artist, year].filter((word) => word !== undefined).join(', ');
  const more = `${licence === undefined ? '' : `  (${licence})`}${taught ? '  taught' : ''}`;
  return `${name.padEnd(20)}${state.padEnd(11)}${details}${more}`;
};

async function list(): Promise<void> {
  const library = openLibrary();
  const isTaught = async (name: string) => (await library.taught(name)) !== undefined;
  for (const { name, title } of DRAWN) console.log(line(name, 'built in', { title }, await isTaught(name)));
  const stored = await library.list();
  for (const { name, card } of stored) console.log(line(name, 'installed', card, await isTaught(name)));
  const here = new Set(stored.map(({ name }) => name));
  for (const [name, card] of Object.entries(await readPaintings()))
    if (!here.has(name)) console.log(line(name, 'available', card));
}

async function pull(names: readonly string[], { all = false }: { all?: boolean }): Promise<void> {
  const known = await readPaintings();
  const wanted = all ? Object.keys(known) : names;
  if (wanted.length === 0)
    throw new ReverieError(
      'invalid-parameter',
      'Name a painting or use --all. “reverie styles list” shows them all.',
    );
  const library = openLibrary();
  await fetchEach(wanted, (name, options) => pullPainting(library, name, { known, ...options }));
}

export function addStyles(program: Command): void {
  const styles = program
    .command('styles')
    .description('list, download and add the style pictures that the bot offers');

  styles
    .command('list')
    .description('list every style: built in, installed or available for download')
    .action(list);

  styles
    .command('pull')
    .description('download paintings that are out of copyright')
    .argument('[names...]', 'paintings')
    .option('--all', 'every painting in the list')
    .action(pull);

  styles
    .command('add')
    .description('add a picture of your own')
    .argument('<file>', 'the picture')
    .option('--name <name>', 'name to use in commands (default: the file name)')
    .option('--title <words>', 'title shown to members')
    .option('--artist <words>', 'artist')
    .option('--year <words>', 'year')
    .option('--licence <words>', 'licence')
    .action(async (file: string, card: Partial<StyleCard> & { name?: string }) => {
      console.log(`${await addStyle(openLibrary(), file, given({ ...card }))}: added`);
    });

  styles
    .command('teach')
    .description('refine how instant pictures are painted in a style, built in or installed; takes minutes')
    .argument('<name>', 'style')
    .addOption(networkOption())
    .option('--steps <n>', 'number of steps', number)
    .action((name: string, options: TeachOptions) => teach(openLibrary(), name, options));

  styles
    .command('remove')
    .description('delete styles that were pulled or added')
    .argument('<names...>', 'styles')
    .action(async (names: string[]) => {
      const library = openLibrary();
      for (const name of names)
        console.log(`${name}: ${(await library.remove(name)) ? 'removed' : 'not installed'}`);
    });
}
