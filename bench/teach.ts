/** Whether teaching a style makes instant pictures better, on photographs that it was not taught on. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { SingleBar } from 'cli-progress';
import { encodePng } from '../src/pipeline/image/encode.js';
import { createRenderer } from '../src/pipeline/index.js';
import type { NetworkName } from '../src/pipeline/requests.js';
import { practicePictures } from '../src/styles/scenes/index.js';
import { createJudge, mean, type Judgement } from './judge.js';
import { modelsDir } from './models.js';
import { openPair, PAIRS } from './pairs.js';

export interface TeachOptions {
  readonly styles?: readonly string[];
  readonly network?: NetworkName;
  readonly size: number;
  readonly steps?: number;
  readonly out?: string;
}

/** Each content once, with the styles by name. */
const CONTENTS = [...new Set(PAIRS.map((pair) => pair.split(':')[0]!))];
const STYLES = [...new Set(PAIRS.map((pair) => pair.split(':')[1]!))];

export async function teach({ styles = STYLES, size, out, ...given }: TeachOptions): Promise<void> {
  const judge = await createJudge();
  const renderer = createRenderer({ modelsDir });
  const contents = await practicePictures();
  console.log('| pair | | content | style | style3 |');
  for (const name of styles) {
    const pairs = await Promise.all(CONTENTS.map((content) => openPair(`${content}:${name}`, size)));
    const { style } = pairs[0]!;
    const prepared = await renderer.prepare({ kind: 'teach', style, contents, ...given });
    const bar = new SingleBar({
      format: `${name} {bar} {value}/{total} {eta_formatted}`,
      clearOnComplete: true,
    });
    bar.start(prepared.run.plan.steps, 0);
    const { taught, trace, plan } = await renderer.render(prepared, {
      onFrame: ({ step }) => {
        bar.update(step);
      },
    });
    bar.stop();
    const rows: { before: Judgement; after: Judgement }[] = [];
    for (const pair of pairs) {
      const judged = await judge(pair);
      const painted = async (file: Uint8Array | undefined, label: string) => {
        const request = { kind: 'style', technique: 'instant', content: pair.content, size } as const;
        const run = await renderer.prepare({ ...request, styles: [{ image: style, taught: file }] });
        const png = await encodePng((await renderer.render(run)).image);
        if (out) await writeFile(path.join(out, `${pair.name} ${label}.png`.replaceAll(' ', '_')), png);
        return judged(png);
      };
      const row = { before: await painted(undefined, 'untaught'), after: await painted(taught, 'taught') };
      rows.push(row);
      console.log(line(pair.name, 'untaught', row.before));
      console.log(line(pair.name, 'taught', row.after));
    }
    const seconds = `${plan.steps} steps in ${trace.seconds.toFixed(0)} s with ${plan.network}`;
    console.log(line(`mean, ${name}`, 'untaught', meanOf(rows.map(({ before }) => before))));
    console.log(line(`mean, ${name}`, `taught, ${seconds}`, meanOf(rows.map(({ after }) => after))));
  }
  await renderer.close();
}

const meanOf = (judgements: readonly Judgement[]): Judgement => {
  const of = (key: keyof Judgement) => mean(judgements.map((judgement) => judgement[key]));
  return { content: of('content'), style: of('style'), style3: of('style3') };
};

const line = (pair: string, method: string, { content, style, style3 }: Judgement): string =>
  `| ${pair} | ${method} | ${[content, style, style3].map((n) => n.toFixed(3)).join(' | ')} |`;
