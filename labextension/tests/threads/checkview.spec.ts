import { nullTranslator } from '@jupyterlab/translation';
import { describe, expect, it } from 'vitest';
import { AppChecked } from '../../src/protocol';
import { checkView } from '../../src/threads/checkview';
import { ISurroundings } from '../../src/threads/surroundings';

const surroundings = { trans: nullTranslator.load('') } as unknown as ISurroundings;
const view = (more: Partial<AppChecked>) =>
  checkView(surroundings, {
    type: 'app_checked',
    app: 'hello-1a2b3c',
    path: 'apps/hello',
    title: 'Hello',
    watched: true,
    loaded: true,
    ...more
  } as AppChecked);

describe('checkView', () => {
  it('says that an app that was quiet reported no error', () => {
    const good = view({});
    expect(good.textContent).toContain('"Hello" was loaded and reported no error');
    expect(good.classList).toContain('jp-mod-good');
  });

  it('does not call an app good of which requests are still running', () => {
    const open = view({ running: 1 });
    expect(open.textContent).toContain('no error so far; one of its requests is still running');
    expect(open.classList).not.toContain('jp-mod-good');
    expect(view({ running: 3 }).textContent).toContain('3 of its requests are still running');
  });
});
