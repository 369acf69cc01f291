import { nullTranslator } from '@jupyterlab/translation';
import { describe, expect, it } from 'vitest';
import { stateLine } from '../../src/apps/cover';
import { installNote, InstallNews, packagesCover } from '../../src/apps/packages';
import { AppPackages } from '../../src/protocol';
import { info } from './app';

const trans = nullTranslator.load('');
const lacks = (more: Partial<AppPackages> = {}): AppPackages => ({
  names: ['plotly'],
  into: '/env/bin/python',
  ...more
});
const failed = (packages: AppPackages) => info({ backend: true, phase: 'failed', packages });

describe('packagesCover', () => {
  it('asks before anything is installed, and names what and where', () => {
    const cover = packagesCover(failed(lacks()), lacks(), trans);
    expect(cover.choices[0]).toBe('install');
    expect(cover.text).toContain('pip installs plotly for /env/bin/python');
  });

  it('warns of a name that may be made up', () => {
    expect(installNote(lacks(), trans)).not.toContain('does not know');
    expect(installNote(lacks({ unknown: ['plotly'] }), trans)).toContain('does not know plotly');
  });

  it('shows how far it is, and can be stopped', () => {
    const packages = lacks({ phase: 'installing', output: 'Collecting plotly' });
    const cover = packagesCover(failed(packages), packages, trans);
    expect([cover.detail, cover.choices]).toEqual(['Collecting plotly', ['halt']]);
    expect(stateLine(failed(packages), true, false, trans).tone).toBe('busy');
  });

  it('shows what pip said when it has failed, and what to do', () => {
    const packages = lacks({ phase: 'failed', output: 'ERROR: no', remedy: 'Look.' });
    const cover = packagesCover(failed(packages), packages, trans);
    expect([cover.text, cover.detail, cover.choices[0]]).toEqual(['Look.', 'ERROR: no', 'again']);
  });
});

describe('InstallNews', () => {
  const installing = failed(lacks({ phase: 'installing' }));

  it('tells when the app runs with what was installed, and only then', () => {
    const news = new InstallNews(trans);
    expect(news.next(installing)).toBeNull();
    expect(news.next(info({ backend: true, phase: 'starting' }))).toBeNull();
    expect(news.next(info({ backend: true, phase: 'running' }))?.level).toBe('info');
    expect(news.next(info({ backend: true, phase: 'running' }))).toBeNull();
  });

  it('tells what could not be installed, and nothing of what was stopped', () => {
    const news = new InstallNews(trans);
    news.next(installing);
    expect(news.next(failed(lacks({ phase: 'failed' })))?.level).toBe('error');
    news.next(installing);
    expect(news.next(failed(lacks()))).toBeNull();
  });
});
