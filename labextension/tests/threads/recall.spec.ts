import { describe, expect, it } from 'vitest';
import { Recall } from '../../src/threads/recall';

function recall(...sent: string[]): Recall {
  const made = new Recall();
  made.reset(sent);
  return made;
}

describe('recalling what was sent', () => {
  it('goes back to the oldest and no further', () => {
    const made = recall('one', 'two');
    expect([made.older(''), made.older('two'), made.older('one')]).toEqual(['two', 'one', null]);
  });

  it('comes forward again, at last to what was being written', () => {
    const made = recall('one', 'two');
    made.older('draft');
    made.older('two');
    expect([made.newer(), made.newer(), made.newer()]).toEqual(['two', 'draft', null]);
  });

  it('leaves out blanks and repetitions in a row', () => {
    const made = recall('one', 'one', ' ', 'two');
    expect([made.older(''), made.older(''), made.older('')]).toEqual(['two', 'one', null]);
  });
});
