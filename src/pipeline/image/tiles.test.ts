import { expect, it } from 'vitest';
import { sequence } from '../../../test/fixtures.js';
import { paste, crop, emptyPlanes } from './planes.js';
import { mosaic } from './tiles.js';

it('the tiles of a picture have a bounded size and cover it exactly', () => {
  const picture = { channels: 3, width: 41, height: 13, data: sequence(3 * 41 * 13, 2) };
  const parts = mosaic(41, 13, 16);
  expect(parts.map(({ width }) => width)).toEqual([14, 13, 14]);
  const together = emptyPlanes(3, 41, 13);
  for (const part of parts) paste(together, crop(picture, part), part.left, part.top);
  expect(together).toEqual(picture);
});
