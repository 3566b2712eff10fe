import { describe, expect, it } from 'vitest';
import { parseNumber } from './numbers.js';

describe('parseNumber', () => {
  const decimal = { whole: false };
  const whole = { whole: true };
  for (const [typed, as, value] of [
    ['1.5', decimal, 1.5],
    ['1,5', decimal, 1.5],
    ['  0.1\u00A0', decimal, 0.1],
    ['.5', decimal, 0.5],
    ['１．５', decimal, 1.5],
    ['７５％', { whole: false, unit: '%' }, 75],
    ['75 %', { whole: false, unit: '%' }, 75],
    ['\u22123', decimal, -3],
    ['+3', decimal, 3],
    ['٢٫٥', decimal, 2.5],
    ['५०', decimal, 50],
    ['512 px', { whole: true, unit: 'px' }, 512],
    ['4096', whole, 4096],
    ['4,096', whole, 4096],
    ['4.096', whole, 4096],
    ['4\u202F294\u202F967\u202F295', whole, 4294967295],
    ['2,0', whole, 2],
    ['2.5', whole, 2.5],
    ['lots', decimal, undefined],
    ['75%', decimal, undefined],
    ['1 2', whole, undefined],
    ['1e3', decimal, undefined],
    ['0x10', decimal, undefined],
    ['Infinity', decimal, undefined],
    ['1,2,3', decimal, undefined],
    ['', decimal, undefined],
  ] as const)
    it(`reads ${JSON.stringify(typed)}`, () => {
      expect(parseNumber(typed, as)).toBe(value);
    });
});
