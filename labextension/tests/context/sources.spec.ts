import { describe, expect, it } from 'vitest';
import { variablesIn } from '../../src/context/sources';

describe('the variables that a kernel tells', () => {
  it('are names and types, the newest first', () => {
    expect(variablesIn(`'[["sales", "DataFrame"], ["n", "int"]]'`)).toEqual([
      { name: 'n', type: 'int' },
      { name: 'sales', type: 'DataFrame' }
    ]);
  });

  it('may have letters of any script', () => {
    expect(variablesIn(String.raw`'[["gr\\u00f6\\u00dfe", "float"]]'`)).toEqual([
      { name: 'größe', type: 'float' }
    ]);
  });

  it('are none when the kernel says anything else', () => {
    expect(variablesIn('')).toEqual([]);
    expect(variablesIn('<something>')).toEqual([]);
  });
});
