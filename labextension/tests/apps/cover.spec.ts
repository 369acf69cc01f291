import { nullTranslator } from '@jupyterlab/translation';
import { describe, expect, it } from 'vitest';
import { coverOf, IAppState, stateLine } from '../../src/apps/cover';
import { AppInfo } from '../../src/protocol';
import { info } from './app';

const trans = nullTranslator.load('');
const cover = (app: Partial<AppInfo>, more: Partial<IAppState> = {}) =>
  coverOf(
    {
      info: info(app),
      gone: false,
      signedOut: false,
      shown: false,
      stopped: null,
      withoutSecrets: false,
      unsafe: null,
      ...more
    },
    trans
  );

describe('coverOf', () => {
  it('lets the page be seen when it runs', () => {
    expect(cover({}, { shown: true })).toBeNull();
  });

  it('asks a person who has signed out to sign in, whatever else there is to say', () => {
    const asked = cover({ consented: false }, { signedOut: true, shown: true });
    expect(asked?.name).toBe('signed-out');
    expect(asked?.choices).toEqual(['signin']);
  });

  it('asks before code runs that was not allowed, whatever is in sight', () => {
    const asked = cover({ consented: false, phase: 'stopped' }, { shown: true });
    expect(asked?.name).toBe('consent');
    expect(asked?.choices[0]).toBe('allow');
  });

  it('says that an app is confined only where it is', () => {
    expect(cover({ consented: false })?.text).toContain('runs confined');
    const free = cover({ consented: false, rights: 'user' })?.text;
    expect(free).toContain('with your rights');
    expect(free).not.toContain('runs confined');
  });

  it('names what an app asks for beyond its own code', () => {
    const asked = cover({
      consented: false,
      asks: ['reach example.org', 'use your language model']
    });
    expect(asked?.text).toContain('reach example.org, and to use your language model');
  });

  it('says why a page is not loaded that stopped JupyterLab, unless somebody wanted it', () => {
    const held = cover({ freeze: { time: 1 } });
    expect(held?.name).toBe('froze');
    expect(held?.choices).toEqual(['fix', 'anyway', 'code']);
    expect(cover({ freeze: { time: 1 } }, { shown: true })).toBeNull();
  });

  it('says of one with which the browser ended what it may have taken', () => {
    const held = cover({ freeze: { time: 1, ended: true } });
    expect(held?.title).toContain('ended twice');
    expect(held?.text).toContain('more memory');
  });

  it('calls none of several pages the cause, and does not offer to fix it', () => {
    const held = cover({ freeze: { time: 1, others: ['Guest book'] } });
    expect(held?.text).toContain('that of "Guest book"');
    expect(held?.choices).toEqual(['anyway', 'code']);
  });

  it('does not ask for an app that is still being written', () => {
    expect(cover({ consented: false, writing: true })?.name).toBe('writing');
  });

  it('keeps the last good page in sight when the backend has failed since', () => {
    expect(cover({ phase: 'failed' }, { shown: true })).toBeNull();
    expect(cover({ phase: 'failed' })?.choices).toContain('fix');
  });

  it('keeps the page of an idle backend, which starts with the next request', () => {
    expect(cover({ phase: 'stopped' }, { shown: true })).toBeNull();
    expect(cover({ phase: 'stopped' })?.choices).toEqual(['start']);
  });

  it('shows nothing of an app that is gone', () => {
    expect(cover({}, { gone: true, shown: true })?.name).toBe('gone');
  });

  it('tells the problem of a manifest with its remedy', () => {
    const problem = { code: 'manifest', message: 'Line 3 is no TOML.', remedy: 'Mend it.' };
    expect(cover({ problem })).toMatchObject({ title: 'Line 3 is no TOML.', text: 'Mend it.' });
  });
});

describe('stateLine', () => {
  it('always says when nothing confines the app', () => {
    const line = stateLine(info({ rights: 'user' }), true, false, trans);
    expect(line.text).toBe('Running · runs with your rights');
  });

  it('does not call an app running while the connection is lost', () => {
    expect(stateLine(info(), false, false, trans).tone).toBe('busy');
  });
});

describe('an app that needs a secret', () => {
  const secrets = [{ name: 'KEY', purpose: 'the weather' }];

  it('is asked about with what the secret is for, whatever is in sight', () => {
    const asked = cover({ secrets }, { shown: true });
    expect(asked?.name).toBe('secrets');
    expect(asked?.secrets).toEqual(secrets);
  });

  it('is not asked about before its code was allowed to run', () => {
    expect(cover({ secrets, consented: false })?.name).toBe('consent');
  });

  it('shows its page when the person does not want to give the secret now', () => {
    expect(cover({ secrets }, { shown: true, withoutSecrets: true })).toBeNull();
  });

  it('offers the way back to the field when it could not start without', () => {
    const failed = cover({ secrets, phase: 'failed' }, { withoutSecrets: true });
    expect(failed?.choices[0]).toBe('secrets');
    expect(failed?.choices).not.toContain('fix');
  });
});

describe('an app that nothing confines', () => {
  it('is asked about with the kernel that it would run in', () => {
    const asked = cover({ consented: false, rights: 'user', notebook: 'work.ipynb' });
    expect(asked?.text).toContain('in the kernel of work.ipynb, with your rights');
    expect(asked?.text).not.toContain('runs confined');
  });

  it('is asked about with what Voilà does', () => {
    const asked = cover({ consented: false, rights: 'user', kind: 'voila' });
    expect(asked?.text).toContain('a kernel for each visitor');
  });

  it('leads to its notebook when it could not start', () => {
    expect(cover({ phase: 'failed', notebook: 'work.ipynb' })?.choices).toContain('notebook');
  });
});
