import { describe, expect, it } from 'vitest';
import {
  cellCountOf,
  groupErrorIn,
  offersHelp,
  threadErrorIn
} from '../../src/failures/failedCell';

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

const THREAD = `before
Exception in thread Thread-5 (work):
Traceback (most recent call last):
  File "/usr/lib/python3.11/threading.py", line 1038, in _bootstrap_inner
    self.run()
  File "/tmp/ipykernel_7/1.py", line 3, in work
    rates['GBP']
    ~~~~~^^^^^^^
KeyError: 'GBP'
`;

describe('the error of a thread', () => {
  it('is read from what it wrote', () => {
    const error = threadErrorIn(THREAD);
    expect([error?.ename, error?.evalue]).toEqual(['KeyError', "'GBP'"]);
    expect(error?.traceback?.at(-1)).toBe("KeyError: 'GBP'");
  });

  it('is the last one where several threads failed', () => {
    const second = THREAD.replace("KeyError: 'GBP'", 'requests.exceptions.HTTPError: 404');
    expect(threadErrorIn(THREAD + second)?.ename).toBe('HTTPError');
  });

  it('is nothing in other output', () => {
    expect(threadErrorIn('Traceback (most recent call last):\nValueError: shown on purpose')).toBe(
      null
    );
  });
});

const GROUP = `  + Exception Group Traceback (most recent call last):
  |   File "/tmp/ipykernel_9/1.py", line 1, in <module>
  |     raise ExceptionGroup('both', [ValueError(1), TypeError(2)])
  | ExceptionGroup: both (2 sub-exceptions)
  +-+---------------- 1 ----------------
    | ValueError: 1
    +---------------- 2 ----------------
    | TypeError: 2
    +------------------------------------
`;

describe('a group of errors', () => {
  it('is read from the text that IPython prints', () => {
    const error = groupErrorIn(`printed before\n${GROUP}`);
    expect([error?.ename, error?.evalue]).toEqual(['ExceptionGroup', 'both (2 sub-exceptions)']);
    expect(error?.traceback).toContain('    | TypeError: 2');
  });

  it('is nothing in other output', () => {
    expect(groupErrorIn('  | a table | of text |')).toBe(null);
  });
});

describe('the cell that a traceback ends in', () => {
  it('is the innermost', () => {
    expect(
      cellCountOf(['\x1b[36mCell In[3]\x1b[39m, line 1', 'Cell In[12], line 4, in f(x)'])
    ).toBe(12);
  });

  it('is unknown where no cell is named', () => {
    expect(cellCountOf(['File "a.py", line 1'])).toBe(null);
  });
});
