import { describe, expect, it } from 'vitest';
import { channels, each, style, target, weights } from './options.js';

describe('options', () => {
  it('a layer with channels and weight', () => {
    expect(target('inception_4c/output')).toEqual({ layer: 'inception_4c/output' });
    expect(target('mixed4:3-9=-1.5')).toEqual({ layer: 'mixed4', channels: [3, 9], weight: -1.5 });
    expect(target('conv1:pre:3')).toEqual({ layer: 'conv1:pre', channels: [3, 3] });
    expect(target('mixed4=2')).toEqual({ layer: 'mixed4', weight: 2 });
    expect(() => target('mixed4:3x')).toThrow('12 or 0-15');
    expect(() => target('=2')).toThrow('LAYER');
  });

  it('a style with its share', () => {
    expect(['a.png', 'dir/a.v2.png:0.3', 'C:\\a.png:2'].map(style)).toEqual([
      { file: 'a.png' },
      { file: 'dir/a.v2.png', weight: 0.3 },
      { file: 'C:\\a.png', weight: 2 },
    ]);
  });

  it('weights by layer, channels, repeated values', () => {
    expect(weights('a=1,b/c=0.5')).toEqual({ a: 1, 'b/c': 0.5 });
    expect(() => weights('a,b=1')).toThrow('LAYER=WEIGHT');
    expect(channels('7')).toEqual([7, 7]);
    expect(each(channels)('1-2', [[0, 0]])).toEqual([
      [0, 0],
      [1, 2],
    ]);
  });
});
