import { expect, it } from 'vitest';
import type { Frame } from '../../pipeline/renderer.js';
import { FrameSampler } from './frame-sampler.js';

const frame = (step: number): Frame => ({
  ...{ scale: 1, scales: 1, step, steps: 100, seconds: 0, secondsLeft: 0, losses: {} },
  image: { width: 1, height: 1, data: new Uint8Array(3) },
});

function shown(steps: readonly number[]): string[] {
  const sampler = new FrameSampler();
  for (const step of steps) sampler.add(frame(step));
  return sampler.pick().map(({ caption }) => caption);
}

const upTo = (end: number) => Array.from({ length: end }, (_, i) => i + 1);

it('picks eight evenly spaced steps, starting with the first', () => {
  const captions = shown(upTo(100)).map(Number);
  expect(captions).toHaveLength(8);
  expect(captions[0]).toBe(1);
  const spaces = captions.slice(1).map((step, i) => step - captions[i]!);
  expect(Math.max(...spaces) / Math.min(...spaces)).toBeLessThanOrEqual(2);
});

it('drops earlier frames when a run starts again', () => {
  expect(shown([...upTo(40), 1, 2, 3])).toEqual(['1', '2', '3']);
});
