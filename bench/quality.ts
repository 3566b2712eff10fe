/** What finished pictures are worth, and the seconds that they took: a table of methods over pairs of pictures. */
import { mkdir, writeFile } from 'node:fs/promises';
import { loadavg } from 'node:os';
import path from 'node:path';
import { SingleBar } from 'cli-progress';
import { encodePng } from '../src/pipeline/image/encode.js';
import { createRenderer } from '../src/pipeline/runtime/local.js';
import { createJudge, mean, type Judgement } from './judge.js';
import { METHOD_NAMES, openMethod } from './methods.js';
import { modelsDir } from './models.js';
import { hasRealPictures, openPair, PAIRS } from './pairs.js';

export interface QualityOptions {
  readonly pairs?: readonly string[];
  readonly methods?: readonly string[];
  /** Longest side in pixels. */
  readonly size: number;
  /** A folder for the pictures and for `quality.json`. */
  readonly out?: string;
}

interface Row extends Judgement {
  readonly pair: string;
  readonly method: string;
  readonly seconds: number;
}

export async function quality({ pairs = PAIRS, methods = METHOD_NAMES, size, out }: QualityOptions) {
  const opened = methods.map(openMethod);
  const judge = await createJudge();
  const renderer = createRenderer({ modelsDir });
  if (out) await mkdir(out, { recursive: true });
  if (!hasRealPictures) console.log('The test data is missing: drawn pictures are judged instead.');
  console.log(`${size} px, load ${loadavg()[0]!.toFixed(2)}; losses over the energy of their targets\n`);
  console.log('| pair | method | seconds | content | style | style3 |');
  console.log('| --- | --- | --- | --- | --- | --- |');
  const rows: Row[] = [];
  for (const name of pairs) {
    const pair = await openPair(name, size);
    const judgePicture = await judge(pair);
    for (const { name: method, paint } of opened) {
      const bar = new SingleBar({ format: `${method} {bar} {value}/{total}`, clearOnComplete: true });
      bar.start(1, 0);
      const { image, seconds } = await paint(renderer, pair, {
        onFrame({ step, steps }) {
          bar.setTotal(steps);
          bar.update(step);
        },
      });
      bar.stop();
      const file = await encodePng(image);
      if (out) await writeFile(path.join(out, `${name.replace(':', '-')}-${method}.png`), file);
      const row = { pair: pair.name, method, seconds, ...(await judgePicture(file)) };
      rows.push(row);
      console.log(line(row));
    }
  }
  await renderer.close();
  if (pairs.length > 1)
    for (const { name } of opened)
      console.log(
        line(
          averageOf(
            name,
            rows.filter(({ method }) => method === name),
          ),
        ),
      );
  if (out) await writeFile(path.join(out, 'quality.json'), `${JSON.stringify({ size, rows }, null, 2)}\n`);
}

function averageOf(method: string, rows: readonly Row[]): Row {
  const of = (key: 'seconds' | keyof Judgement) => mean(rows.map((row) => row[key]));
  return {
    ...{ pair: 'mean', method, seconds: of('seconds') },
    ...{ content: of('content'), style: of('style'), style3: of('style3') },
  };
}

const line = ({ pair, method, seconds, content, style, style3 }: Row): string =>
  `| ${pair} | ${method} | ${seconds.toFixed(1)} | ${[content, style, style3].map((n) => n.toFixed(3)).join(' | ')} |`;
