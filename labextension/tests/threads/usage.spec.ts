import { describe, expect, it } from 'vitest';
import { count, dollars, duration, total } from '../../src/threads/usage';

describe('tokens and cost', () => {
  it('are added over requests, cached tokens included', () => {
    expect(
      total([
        { model: 'm', input: 10, cache_read: 100, output: 5, cost: 0.25 },
        { model: 'm', input: 1, output: 1 }
      ])
    ).toEqual({ input: 111, output: 6, cost: 0.25 });
  });

  it('have no cost where no price is known', () => {
    expect(total([{ model: 'm', input: 1, output: 1 }]).cost).toBeNull();
  });

  it.each([
    [950, '950'],
    [1_000, '1k'],
    [1_240, '1.2k'],
    [34_400, '34k'],
    [999_600, '1M'],
    [1_260_000, '1.3M']
  ])('%i tokens are written %s', (tokens, text) => expect(count(tokens)).toBe(text));

  it.each([
    [0, '$0'],
    [0.00001, '<$0.0001'],
    [0.0031, '$0.0031'],
    [0.05, '$0.05'],
    [0.42, '$0.42'],
    [12.3, '$12.30']
  ])('%f dollars are written %s', (cost, text) => expect(dollars(cost)).toBe(text));

  it.each([
    [0.001, '<0.01 s'],
    [0.03, '0.03 s'],
    [0.84, '0.8 s'],
    [12.2, '12 s'],
    [125, '2 min 5 s']
  ])('%f seconds are written %s', (seconds, text) => expect(duration(seconds)).toBe(text));
});
