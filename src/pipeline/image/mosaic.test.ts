import { expect, it } from 'vitest';
import { sequence } from '../../../test/fixtures.js';
import { cutWrapped, paste, tilesOf } from './mosaic.js';
import { emptyPlanes } from './planes.js';

it('cuts a picture into tiles of bounded size and puts it together again', () => {
  const picture = { channels: 3, width: 41, height: 13, data: sequence(3 * 41 * 13, 2) };
  const tiles = tilesOf(41, 13, 16);
  expect(tiles.map(({ width }) => width)).toEqual([14, 13, 14]);
  const together = emptyPlanes(3, 41, 13);
  for (const tile of tiles) paste(together, tile, cutWrapped(picture, tile).data);
  expect(together).toEqual(picture);
});
