import { expect, it } from 'vitest';
import { dimensions } from './attachments.js';

const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==',
  'base64',
);
const GIF = Buffer.from('R0lGODlhAwACAIAAAAAAAP///yH5BAEAAAAALAAAAAADAAIAAAIChFEAOw==', 'base64');
const WEBP = Buffer.from('UklGRhoAAABXRUJQVlA4TA0AAAAvAoAAABAHEREGiIj+BwA=', 'base64');
/** A start-of-image marker, a comment, and a frame of 5 × 4 pixels. */
const JPEG = Buffer.from('ffd8fffe0004abcdffc0000b080004000501012200ffd9', 'hex');

it.each([
  ['PNG', PNG, { width: 1, height: 1 }],
  ['GIF', GIF, { width: 3, height: 2 }],
  ['WebP', WEBP, { width: 3, height: 3 }],
  ['JPEG', JPEG, { width: 5, height: 4 }],
])('reads the size of a %s', (_name, bytes, size) => {
  expect(dimensions(bytes)).toEqual(size);
});

it('finds no size in other files, and reads damaged ones without throwing', () => {
  expect(dimensions(new Uint8Array())).toBeUndefined();
  expect(dimensions(Buffer.from('<svg width="3" height="2"/>'))).toBeUndefined();
  for (const file of [PNG, GIF, WEBP, JPEG])
    for (let length = 0; length < file.length; length++) {
      const size = dimensions(file.subarray(0, length));
      expect(size === undefined || (size.width > 0 && size.height > 0)).toBe(true);
    }
});

it('looks for the size at the front of a file only', () => {
  const header = Buffer.from('ffd8', 'hex');
  const comment = Buffer.from('fffeffff', 'hex');
  const segments = Array.from({ length: 6 }, () => Buffer.concat([comment, Buffer.alloc(0xfffd)]));
  expect(dimensions(Buffer.concat([header, segments[0]!, JPEG.subarray(2)]))).toEqual({
    width: 5,
    height: 4,
  });
  expect(dimensions(Buffer.concat([header, ...segments, JPEG.subarray(2)]))).toBeUndefined();
});
