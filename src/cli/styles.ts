/** `reverie styles`: the pictures whose manner the bot offers beside those it draws itself. */
import type { Command } from 'commander';
import { loadConfig } from '../config.js';
import { ReverieError } from '../errors.js';
import { addStyle, pullPainting, readPaintings } from '../styles/paintings.js';
import { DRAWN } from '../styles/drawn/index.js';
import { StyleLibrary, type StyleCard } from '../styles/style-library.js';
import { fetchEach } from './fetching.js';
import { given } from './options.js';

const openShelf = () => new StyleLibrary(loadConfig().stylesDir);

const line = (name: string, state: string, { title, artist, year, licence }: StyleCard): string => {
  const told = [title, artist, year].filter((word) => word !== undefined).join(', ');
  return `${name.padEnd(20)}${state.padEnd(9)}${told}${licence === undefined ? '' : `  (${licence})`}`;
};

async function list(): Promise<void> {
  for (const { name, title } of DRAWN) console.log(line(name, 'drawn', { title }));
  const shelved = await openShelf().list();
  for (const { name, card } of shelved) console.log(line(name, 'here', card));
  const here = new Set(shelved.map(({ name }) => name));
  for (const [name, card] of Object.entries(await readPaintings()))
    if (!here.has(name)) console.log(line(name, 'to pull', card));
}

async function pull(names: readonly string[], { all = false }: { all?: boolean }): Promise<void> {
  const known = await readPaintings();
  const wanted = all ? Object.keys(known) : names;
  if (wanted.length === 0)
    throw new ReverieError(
      'invalid-parameter',
      'Name a painting, or say --all; reverie styles list shows them.',
    );
  const library = openShelf();
  await fetchEach(wanted, (name, options) => pullPainting(library, name, { known, ...options }));
}

export function addStyles(program: Command): void {
  const styles = program
    .command('styles')
    .description('the style pictures that the bot offers, and how more get there');

  styles.command('list').description('every style: drawn, here, or to be pulled').action(list);

  styles
    .command('pull')
    .description('fetch paintings that are out of copyright')
    .argument('[names...]', 'paintings')
    .option('--all', 'every painting that is known')
    .action(pull);

  styles
    .command('add')
    .description('take a picture of your own')
    .argument('<file>', 'the picture')
    .option('--name <name>', 'what it is called in commands (its file’s name)')
    .option('--title <words>', 'what people read')
    .option('--artist <words>', 'who made it')
    .option('--year <words>', 'when')
    .option('--licence <words>', 'on what terms it may be used')
    .action(async (file: string, card: Partial<StyleCard> & { name?: string }) => {
      console.log(`${await addStyle(openShelf(), file, given({ ...card }))}: added`);
    });

  styles
    .command('remove')
    .description('delete styles that were pulled or added')
    .argument('<names...>', 'styles')
    .action(async (names: string[]) => {
      const library = openShelf();
      for (const name of names)
        console.log(`${name}: ${(await library.remove(name)) ? 'removed' : 'not here'}`);
    });
}
