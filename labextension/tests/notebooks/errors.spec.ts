import { describe, expect, it } from 'vitest';
import { boundedError, TRACEBACK_LIMIT } from '../../src/notebooks/errors';

const size = (parts: readonly string[]) => parts.reduce((sum, part) => sum + part.length, 0);

describe('boundedError', () => {
  it('leaves an error of a usual size as it is', () => {
    const error = { ename: 'ValueError', evalue: 'no', traceback: ['frame', 'ValueError: no'] };
    expect(boundedError(error)).toEqual(error);
  });

  it('keeps both ends of a message of megabytes', () => {
    const message = `first ${'x'.repeat(10_000_000)} last`;
    const error = boundedError({
      ename: 'ValueError',
      evalue: message,
      traceback: ['line 1', `ValueError: ${message}`]
    });
    expect(error.evalue).toMatch(/^first x[^]*characters left out[^]*x last$/);
    expect(error.evalue.length).toBeLessThan(20_000);
    expect(error.traceback![0]).toBe('line 1');
    expect(size(error.traceback!)).toBeLessThan(TRACEBACK_LIMIT);
  });

  it('leaves out frames of the middle, and says how many', () => {
    const frames = Array.from({ length: 1000 }, (_, index) => `frame ${index} ${'.'.repeat(500)}`);
    const { traceback } = boundedError({ ename: 'RecursionError', evalue: '', traceback: frames });
    expect(traceback![0]).toBe(frames[0]);
    expect(traceback!.at(-1)).toBe(frames[999]);
    const gap = traceback!.findIndex(part => part.includes('frames left out'));
    expect(traceback![gap]).toBe(`[... ${1000 - traceback!.length + 1} frames left out ...]`);
    expect(size(traceback!)).toBeLessThan(TRACEBACK_LIMIT + 100);
  });

  it('takes what is no error at all', () => {
    expect(boundedError({})).toEqual({ ename: '', evalue: '', traceback: [] });
  });
});
