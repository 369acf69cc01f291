import { Signal } from '@lumino/signaling';
import { describe, expect, it } from 'vitest';
import { DEFAULTS } from '../../src/settings/settings';
import { ISettings } from '../../src/settings/tokens';
import { Choices } from '../../src/threads/choices';
import { Thread } from '../../src/threads/thread';
import { log, started } from './events';

function choices(): Choices {
  const settings = { values: { ...DEFAULTS, model: 'a/usual', mode: 'ask' } };
  return new Choices({ ...settings, changed: new Signal({}) } as unknown as ISettings);
}

function thread(...turns: Parameters<typeof started>[]): Thread {
  const thread = new Thread('th', () => undefined);
  thread.load(log(...turns.map(turn => started(...turn))));
  return thread;
}

describe('the model and mode of a chat', () => {
  it('are those of the settings in a new chat', () => {
    expect(choices().options(null)).toMatchObject({ model: 'a/usual', mode: 'ask' });
  });

  it('are those of its last message', () => {
    const last = thread(
      ['t1', { options: { model: 'a/first', mode: 'plan' } }],
      ['t2', { options: { model: 'a/last', mode: 'auto' } }]
    );
    expect(choices().options(last)).toMatchObject({ model: 'a/last', mode: 'auto' });
  });

  it('are not those of an inline edit', () => {
    const last = thread(
      ['t1', { options: { model: 'a/b', mode: 'auto' } }],
      ['t2', { purpose: 'edit', options: { model: 'a/b', mode: 'ask' } }]
    );
    expect(choices().options(last).mode).toBe('auto');
  });

  it('are what was picked, until a message has used it', () => {
    const some = choices();
    const chat = thread(['t1', { options: { model: 'a/b', mode: 'ask' } }]);
    some.pick(chat.id, { mode: 'plan' });
    expect(some.options(chat)).toMatchObject({ model: 'a/b', mode: 'plan' });
    expect(some.options(null).mode).toBe('ask');
    some.used(chat.id);
    expect(some.options(chat).mode).toBe('ask');
  });

  it('of a new chat are the model that was picked last, and the mode of the settings', () => {
    const some = choices();
    const chat = thread(['t1', { options: { model: 'a/b', mode: 'ask' } }]);
    some.pick(chat.id, { model: 'a/c', mode: 'auto' });
    expect(some.options(null)).toMatchObject({ model: 'a/c', mode: 'ask' });
    some.pick(null, { model: 'a/d', mode: 'plan' });
    some.used(null);
    expect(some.options(null)).toMatchObject({ model: 'a/d', mode: 'ask' });
    expect(some.options(chat)).toMatchObject({ model: 'a/c', mode: 'auto' });
  });

  it('of a new chat follow the settings once these have another model', () => {
    const settings = {
      values: { ...DEFAULTS, model: 'a/usual' },
      changed: new Signal<object, void>({})
    };
    const some = new Choices(settings as unknown as ISettings);
    some.pick(null, { model: 'a/c' });
    settings.changed.emit();
    expect(some.options(null).model).toBe('a/c');
    settings.values = { ...DEFAULTS, model: 'a/other' };
    settings.changed.emit();
    expect(some.options(null).model).toBe('a/other');
  });

  it('follow the settings when the chat never had a model of its own', () => {
    const chat = thread(['t1', { options: { model: null, mode: 'ask' } }]);
    expect(choices().options(chat).model).toBe('a/usual');
  });

  it('that were picked before a reload yield to what was picked since', () => {
    const some = choices();
    some.pick(null, { mode: 'auto' });
    some.restore({ '': { mode: 'plan' }, th: { mode: 'plan' } });
    expect(some.unused).toEqual({ '': { mode: 'auto' }, th: { mode: 'plan' } });
  });
});
