/** `npm run bench -- [speed | quality | latency | chaos | stops | load | soak | fuzz | originals]`: figures, never assertions. */
import { Command } from 'commander';
import { chaos } from '../test/chaos.js';
import { hostile } from './fuzz.js';
import { latency } from './latency.js';
import { load } from './load.js';
import { originals } from './originals.js';
import { quality } from './quality.js';
import { soak } from './soak.js';
import { speed } from './speed.js';
import { stops } from './stops.js';

const show = (report: object): void => {
  console.dir(report, { depth: 4, breakLength: 140, maxArrayLength: null });
};

const program = new Command('bench').description('Figures of this machine.');
program
  .command('speed', { isDefault: true })
  .description('seconds a step beside PyTorch (REVERIE_PYTHON names its Python)')
  .action(speed);
program
  .command('quality [network]')
  .description('judged losses of finished pictures over their seconds')
  .action((network?: string) => quality(network));
program.command('latency').description('the bot’s answers while a picture renders').action(latency);
program
  .command('chaos')
  .description(
    'kills the bot fifty times and counts what arrived, then again where one message in ten is answered 502',
  )
  .action(async () => {
    for (const lostAnswers of [0, 0.1]) show(await chaos({ lostAnswers }));
  });
program
  .command('stops [count]')
  .description('stops the program during renders (50 times), and whether each ended well and lost nothing')
  .action(async (count = '50') => {
    show(await stops(Number(count)));
  });
program
  .command('load')
  .description('five hundred jobs within a minute: answers, memory, losses')
  .action(async () => {
    show(await load());
  });
program
  .command('soak [minutes]')
  .description('jobs without end on a Discord where one request in twenty fails (30 minutes)')
  .action(async (minutes = '30') => {
    show(await soak(Number(minutes)));
  });
program
  .command('fuzz [count] [first]')
  .description('hostile weight files through each parser (1000, from number 0)')
  .action(async (count = '1000', first = '0') => {
    await hostile(Number(count), Number(first));
  });
program
  .command('originals')
  .description('files as their authors publish them, written by Python, imported and compared')
  .action(originals);
await program.parseAsync();
process.exit(0);
