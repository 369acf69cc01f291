import { afterEach, describe, expect, it } from 'vitest';
import { pageId } from '../../src/threads/page';

describe('the id of a tab', () => {
  afterEach(() => window.sessionStorage.clear());

  it('is the same after a reload', () => {
    const id = pageId();
    window.dispatchEvent(new Event('pagehide'));
    expect(pageId()).toBe(id);
  });

  it('is another one in a copy of the tab', () => {
    expect(pageId()).not.toBe(pageId());
  });
});
