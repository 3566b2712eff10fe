import { NUMBER_SIZE, sheetSize } from '../image/contact-sheet.js';
import { inspect } from '../image/inspect.js';
import type { InstantPass, Plan, PreparedSheet } from '../prepared-run.js';
import { GENERATOR, type SheetRequest } from '../requests.js';
import { instantCost, instantPass } from './instant.js';
import { resultSize } from './plan.js';

/** @throws ReverieError `image-too-small` */
export async function prepareSheet(request: SheetRequest): Promise<Omit<PreparedSheet, 'request'>> {
  const { kind, contents, styles, alpha, beta, size, seed } = request;
  const cells: InstantPass[] = [];
  for (const content of contents) {
    const run = resultSize(await inspect(content), size);
    for (const { image, taught } of styles)
      cells.push(
        await instantPass(
          { content, styles: [{ image, weight: 1, taught }], colour: 'style', ...{ alpha, beta } },
          run,
        ),
      );
  }
  const cell = {
    width: Math.max(...cells.map(({ width }) => width)),
    height: Math.max(...cells.map(({ height }) => height)),
  };
  const { width, height } = sheetSize(cells.length, cell, NUMBER_SIZE);
  const plan: Plan = {
    ...{ kind, network: GENERATOR, width, height, scales: cells.length, steps: cells.length },
    cost: cells.reduce((sum, pass) => sum + instantCost(pass), 0),
  };
  const scales = cells.map((pass) => ({ width: pass.width, height: pass.height, steps: 1 }));
  return { kind, seed, cells, cell, plan, scales };
}
