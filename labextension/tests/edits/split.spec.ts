import { MergeView } from '@codemirror/merge';
import { describe, expect, it } from 'vitest';
import type { IAligning } from '../../src/edits/split';

describe('what the view of two texts uses of MergeView beyond its documented interface', () => {
  it.each(['measure', 'updateRevertButtons'] satisfies (keyof IAligning)[])('has %s', name => {
    expect(typeof (MergeView.prototype as unknown as IAligning)[name]).toBe('function');
  });

  it('calls measure as a method, so that it can be replaced on one view', () => {
    expect(
      String((MergeView.prototype as unknown as { scheduleMeasure(): void }).scheduleMeasure)
    ).toContain('this.measure()');
  });
});
