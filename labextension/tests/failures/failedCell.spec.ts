import { describe, expect, it } from 'vitest';
import { offersHelp } from '../../src/failures/failedCell';

const error = (ename: string) => ({ ename, evalue: '', traceback: [] });

describe('offersHelp', () => {
  it('is for errors', () => {
    expect(['KeyError', 'requests.HTTPError'].map(ename => offersHelp(error(ename)))).toEqual([
      true,
      true
    ]);
  });

  it('is not for what the user or the code meant to stop', () => {
    const stops = ['KeyboardInterrupt', 'SystemExit', 'builtins.SystemExit'];
    expect(stops.map(ename => offersHelp(error(ename)))).toEqual([false, false, false]);
  });
});
