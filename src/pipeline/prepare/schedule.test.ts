import { expect, it } from 'vitest';
import { NETWORKS } from '../networks/weight-store.js';
import type { PreparedStyle } from '../prepared-run.js';
import { renderRequestSchema, type StyleRequest } from '../requests.js';
import { scalesOf, scheduleOf } from './schedule.js';

const request = (settings: Partial<StyleRequest> = {}) => {
  const styles = [{ image: new Uint8Array(1) }];
  return renderRequestSchema.parse({ kind: 'style', styles, ...settings }) as StyleRequest;
};
const target = { width: 512, height: 384 };
const swiftsPicture = {} as PreparedStyle['start'];
const stepsAt = (
  network: 'mini' | 'vgg19',
  start: PreparedStyle['start'],
  settings?: Partial<StyleRequest>,
) =>
  scalesOf(scheduleOf(NETWORKS[network], start), target, request(settings)).map(
    ({ width, height, steps }) => [...[width, height, steps]],
  );

it('a start without strokes gets the long schedule from coarse to fine, on the pyramid', () => {
  for (const start of ['a picture’s hash', undefined]) {
    expect(stepsAt('vgg19', start)).toEqual([
      [181, 136, 150],
      [256, 192, 105],
      [362, 272, 73],
      [512, 384, 51],
    ]);
    expect(scheduleOf(NETWORKS.vgg19, start)).toMatchObject({
      parametrisation: 'pyramid',
      optimiser: 'adam',
    });
  }
});

it('from swift’s picture, VGG19 takes a few steps of L-BFGS on the pixels at every scale', () => {
  expect(stepsAt('vgg19', swiftsPicture)).toEqual([
    [128, 96, 16],
    [181, 136, 16],
    [256, 192, 16],
    [362, 272, 16],
    [512, 384, 16],
  ]);
  const { parametrisation, optimiser } = scheduleOf(NETWORKS.vgg19, swiftsPicture);
  expect([parametrisation, optimiser]).toEqual(['pixels', 'lbfgs']);
});

it('from swift’s picture, mini refines at full size only', () => {
  expect(stepsAt('mini', swiftsPicture)).toEqual([[512, 384, 24]]);
  expect(stepsAt('mini', swiftsPicture, { quality: 'draft' })).toEqual([[512, 384, 8]]);
  expect(stepsAt('mini', swiftsPicture, { size: 256 })).toEqual([[512, 384, 24]]);
});

it('a number of steps is spread in the proportions of the schedule, and the coarsest scale gets the rest', () => {
  const steps = (start: PreparedStyle['start'], total: number) =>
    stepsAt('vgg19', start, { steps: total }).map(([, , n]) => n);
  expect(steps(swiftsPicture, 43)).toEqual([11, 8, 8, 8, 8]);
  expect(steps('a picture’s hash', 190)).toEqual([77, 52, 36, 25]);
  expect(steps(swiftsPicture, 3)).toEqual([1, 1, 1]);
});
