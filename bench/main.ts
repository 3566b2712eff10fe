/** `npm run bench -- [speed | quality | curve | instant | latency | chaos | stops | load | soak | fuzz | originals | flicker | teach]`: measurements, without assertions. */
import { Command } from 'commander';
import { chaos } from '../test/chaos.js';
import { curve, PEER, type CurveOptions } from './curve.js';
import { flickerOfFiles } from './flicker.js';
import { hostileWeights } from './hostile-weights.js';
import { instant } from './instant.js';
import { latency } from './latency.js';
import { load } from './load.js';
import { METHOD_NAMES } from './methods.js';
import { originals } from './originals.js';
import { PAIRS } from './pairs.js';
import { quality, type QualityOptions } from './quality.js';
import { soak } from './soak.js';
import { speed } from './speed.js';
import { stops } from './stops.js';
import { teach, type TeachOptions } from './teach.js';

const show = (report: object): void => {
  console.dir(report, { depth: 4, breakLength: 140, maxArrayLength: null });
};

const program = new Command('bench').description('Measures this machine.');
program
  .command('speed', { isDefault: true })
  .description('seconds per step, compared with PyTorch (REVERIE_PYTHON names its Python)')
  .action(speed);
program
  .command('quality')
  .description('the quality of finished pictures and how long they took')
  .option('--pairs <content:style...>', `pictures (${PAIRS.join(' ')})`)
  .option('--methods <name...>', `${METHOD_NAMES.join(', ')}, or NAME={…} with a style request's settings`)
  .option('--size <pixels>', 'longest side', Number, 384)
  .option('--out <folder>', 'write the pictures and quality.json')
  .action((options: QualityOptions) => quality(options));
program
  .command('curve')
  .description('the quality of pictures over the seconds they take, as a plot')
  .option('--pairs <content:style...>', `pictures (the first two of ${PAIRS.join(' ')})`)
  .option(
    '--methods <name...>',
    `as for quality, and ${PEER}, a plain one in PyTorch (REVERIE_PYTHON names its Python)`,
    ['mini', 'vgg19', PEER],
  )
  .option('--size <pixels>', 'longest side', Number, 384)
  .option('--every <steps>', 'judge the picture after every so many steps', Number, 10)
  .option('--seconds <list>', 'judge it after these seconds instead, as 1,2,5', (list) =>
    list.split(',').map(Number),
  )
  .option('--peer-steps <n>', `steps of ${PEER}`, Number, 300)
  .option('--out <folder>', 'where the plots, the pictures and the figures go', 'data/curve')
  .action((options: CurveOptions) => curve(options));
program
  .command('instant')
  .description('how long instant pictures, sheets and animations take')
  .action(instant);
program.command('latency').description('how soon the bot answers while a picture renders').action(latency);
program
  .command('chaos')
  .description(
    'kills the bot fifty times and counts the results that arrive, then again while one message in ten is answered 502',
  )
  .action(async () => {
    for (const lostAnswers of [0, 0.1]) show(await chaos({ lostAnswers }));
  });
program
  .command('stops [count]')
  .description('stops the program during renders (50 times) and reports how it exited and what was lost')
  .action(async (count = '50') => {
    show(await stops(Number(count)));
  });
program
  .command('load')
  .description('five hundred jobs within a minute: response times, memory, lost jobs')
  .action(async () => {
    show(await load());
  });
program
  .command('soak [minutes]')
  .description('jobs for 30 minutes while one Discord request in twenty fails')
  .action(async (minutes = '30') => {
    show(await soak(Number(minutes)));
  });
program
  .command('fuzz [count] [first]')
  .description('feeds hostile weight files to each parser (1000, from number 0)')
  .action(async (count = '1000', first = '0') => {
    await hostileWeights(Number(count), Number(first));
  });
program
  .command('originals')
  .description(
    'imports full-size files that Python wrote as the authors publish them, and compares the values',
  )
  .action(originals);
program
  .command('flicker <painted> <source>')
  .description(
    'how much a painted GIF or WebP flickers: the change from frame to frame over that of its source',
  )
  .action(flickerOfFiles);
program
  .command('teach')
  .description('the judged quality of instant pictures in styles before and after they are taught')
  .option('--styles <name...>', 'style pictures')
  .option('--network <name>', 'network that teaches')
  .option('--size <pixels>', 'longest side of the judged pictures', Number, 384)
  .option('--steps <n>', 'steps of teaching', Number)
  .option('--out <folder>', 'write the pictures')
  .action((options: TeachOptions) => teach(options));
await program.parseAsync();
process.exit(0);
