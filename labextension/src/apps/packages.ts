import { TranslationBundle } from '@jupyterlab/translation';
import { AppInfo, AppPackages, Problem } from '../protocol';
import { ICover } from './cover';

/** What installing does, for who decides about it. */
export function installNote(packages: AppPackages, trans: TranslationBundle): string {
  const { names, into, unknown = [] } = packages;
  const what = trans.__(
    'pip installs %1 for %2. Notebooks that run with that get it as well.',
    names.join(', '),
    into
  );
  return unknown.length
    ? [
        what,
        trans._n(
          'Townie does not know %2: make sure that the name is right, for whatever has that name is installed.',
          'Townie does not know %2: make sure that the names are right, for whatever has these names is installed.',
          unknown.length,
          unknown.join(', ')
        )
      ].join(' ')
    : what;
}

/** Where it stands, in a few words. */
export function packagesLine(packages: AppPackages, trans: TranslationBundle): string {
  const names = packages.names.join(', ');
  switch (packages.phase) {
    case 'installing':
      return trans.__('Installing %1…', names);
    case 'failed':
      return trans.__('Not installed: %1', names);
    default:
      return trans._n('Needs a package: %2', 'Needs packages: %2', packages.names.length, names);
  }
}

/** What is said in the place of an app that can not start without the packages. */
export function packagesCover(
  info: AppInfo,
  packages: AppPackages,
  trans: TranslationBundle
): ICover {
  const { names, phase, output = '', remedy = '' } = packages;
  const listed = names.join(', ');
  switch (phase) {
    case 'installing':
      return {
        name: 'packages',
        tone: 'busy',
        title: trans.__('Installing %1…', listed),
        text: trans.__('This can take some minutes. The app starts by itself then.'),
        detail: output,
        choices: ['halt']
      };
    case 'failed':
      return {
        name: 'packages',
        tone: 'bad',
        title: trans.__('%1 could not be installed', listed),
        text: remedy,
        detail: output,
        choices: ['again', 'fix', 'code']
      };
    default:
      return {
        name: 'packages',
        tone: 'ask',
        title: trans._n('"%2" needs a package', '"%2" needs %1 packages', names.length, info.title),
        text: installNote(packages, trans),
        detail: '',
        choices: ['install', 'fix', 'code']
      };
  }
}

/** Tells how an installation ended, to whoever does not look at the app. */
export class InstallNews {
  constructor(private _trans: TranslationBundle) {}

  /** What there is to tell now that the app is like this, if anything. */
  next(info: AppInfo): { problem: Problem; level: 'info' | 'error' } | null {
    const { packages } = info;
    if (packages?.phase === 'installing') {
      this._names = packages.names.join(', ');
      return null;
    }
    const names = this._names;
    // It starts with what was installed, and only then is it done.
    if (!names || (!packages && info.phase !== 'running' && info.phase !== 'failed')) {
      return null;
    }
    this._names = '';
    const trans = this._trans;
    if (packages?.phase === 'failed') {
      const message = trans.__('%1 could not be installed for "%2".', names, info.title);
      return { problem: { code: 'install', message, remedy: packages.remedy }, level: 'error' };
    }
    if (packages) {
      // It was stopped, by whoever knows.
      return null;
    }
    return info.phase === 'running'
      ? {
          problem: {
            code: 'installed',
            message: trans.__('%1 is installed. "%2" runs.', names, info.title)
          },
          level: 'info'
        }
      : {
          problem: {
            code: 'installed',
            message: trans.__(
              '%1 is installed, but "%2" does not start for another reason.',
              names,
              info.title
            )
          },
          level: 'error'
        };
  }

  private _names = '';
}
