#!/usr/bin/env node
/** `reverie`: the pipeline on the command line. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import 'dotenv/config';
import { toReverieError, ReverieError } from '../errors.js';
import { NETWORK_NAMES, type NetworkName, type RenderRequestInput } from '../pipeline/contract.js';
import { encodePng } from '../pipeline/image/files.js';
import { createRenderer } from '../pipeline/render.js';
import { showProgress } from './progress.js';

const number = (text: string): number => {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('a number is wanted');
  return value;
};

const network = (text: string): NetworkName => {
  const name = NETWORK_NAMES.find((known) => known === text);
  if (!name) throw new InvalidArgumentError(`there are ${NETWORK_NAMES.join(', ')}`);
  return name;
};

interface Outputs {
  readonly out: string;
  readonly trace?: string;
  readonly frames?: string;
}

const createPipeline = () =>
  createRenderer({
    modelsDir: process.env.MODELS_DIR ?? path.join(process.env.DATA_DIR ?? 'data', 'models'),
  });

const picture = (file: string): Promise<Uint8Array> =>
  readFile(file).catch((cause: unknown) => {
    throw new ReverieError('invalid-parameter', `The picture ${file} cannot be read.`, { cause });
  });

async function run(request: RenderRequestInput, { out, trace, frames }: Outputs): Promise<void> {
  const renderer = createPipeline();
  const abort = new AbortController();
  process.once('SIGINT', () => {
    abort.abort();
  });
  const plan = await renderer.plan(request);
  const progress = showProgress(plan);
  if (frames) await mkdir(frames, { recursive: true });
  const writing: Promise<void>[] = [];
  try {
    const result = await renderer.render(request, {
      signal: abort.signal,
      onFrame(frame) {
        progress.update(frame);
        if (!frames) return;
        const file = path.join(frames, `${String(frame.step).padStart(5, '0')}.png`);
        writing.push(encodePng(frame.image).then((bytes) => writeFile(file, bytes)));
      },
    });
    await Promise.all(writing);
    await writeFile(out, await encodePng(result.image));
    if (trace) await writeFile(trace, JSON.stringify(result.trace, undefined, 1));
    progress.stop();
    console.log(
      `${out}: ${plan.width}×${plan.height}, ${plan.network}, ${result.trace.seconds.toFixed(1)} s`,
    );
  } finally {
    progress.stop();
    await renderer.close();
  }
}

/** Options that were not given are left out, so that the request's own defaults hold. */
const given = <T extends object>(options: T): T =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as T;

const program = new Command('reverie')
  .description('Dreams and paintings, on the command line.')
  .showHelpAfterError();

const withOutputs = (command: Command): Command =>
  command
    .requiredOption('--out <png>', 'where the picture goes')
    .option('--network <name>', `one of ${NETWORK_NAMES.join(', ')}`, network)
    .option('--size <pixels>', 'longest side', number)
    .option('--steps <n>', 'steps: over all scales (style), per octave (dream)', number)
    .option('--seed <n>', 'seed of everything random', number)
    .option('--trace <json>', 'writes the record of the run')
    .option('--frames <folder>', 'writes every intermediate frame');

withOutputs(program.command('style').description('paint one picture in the manner of another'))
  .requiredOption('--content <file>', 'the picture to repaint')
  .requiredOption('--style <file>', 'the picture whose manner is taken')
  .option('--alpha <weight>', 'content weight α', number)
  .option('--beta <weight>', 'style weight β', number)
  .action(async (options: Outputs & Record<string, never> & { content: string; style: string }) => {
    const { out, trace, frames, content, style, ...rest } = options;
    const request = {
      kind: 'style' as const,
      content: await picture(content),
      styles: [{ image: await picture(style) }],
      ...given(rest),
    };
    await run(request, given({ out, trace, frames }) as Outputs);
  });

withOutputs(program.command('dream').description('amplify what a layer sees in a picture'))
  .requiredOption('--image <file>', 'the picture to dream on')
  .option('--layer <name>', 'the layer')
  .option('--octaves <n>', 'octaves', number)
  .option('--strength <length>', 'step length on the 0–255 scale', number)
  .action(async (options: Outputs & Record<string, never> & { image: string; layer?: string }) => {
    const { out, trace, frames, image, layer, ...rest } = options;
    const targets = layer === undefined ? {} : { targets: [{ layer }] };
    await run(
      { kind: 'dream', image: await picture(image), ...targets, ...given(rest) },
      given({ out, trace, frames }) as Outputs,
    );
  });

program
  .command('doctor')
  .description('engine, device, and the networks found')
  .option('--json', 'as JSON')
  .action(async ({ json }: { json?: boolean }) => {
    const found = await createPipeline().capabilities();
    if (json) {
      console.log(JSON.stringify(found, undefined, 1));
      return;
    }
    console.log(`engine   ${found.engine}\ndevice   ${found.device}\nreason   ${found.reason}`);
    for (const { name, file } of found.networks)
      console.log(`network  ${name.padEnd(10)} ${file ?? 'not here'}`);
    console.log(`default  style: ${found.defaults.style}, dream: ${found.defaults.dream}`);
  });

try {
  await program.parseAsync();
} catch (thrown) {
  const error = toReverieError(thrown);
  console.error(error.sentence);
  if (error.code === 'internal') console.error(error.cause);
  process.exitCode = 1;
}
