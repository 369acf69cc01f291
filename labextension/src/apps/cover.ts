import { TranslationBundle } from '@jupyterlab/translation';
import { AppFreeze, AppInfo, AppSecret, Problem } from '../protocol';
import { packagesCover, packagesLine } from './packages';

/** What can be done about an app that is not in sight. */
export type CoverChoice =
  | 'allow'
  | 'start'
  | 'reload'
  | 'anyway'
  | 'code'
  | 'fix'
  | 'secrets'
  | 'notebook'
  | 'install'
  | 'again'
  | 'halt'
  | 'close'
  | 'signin';

/** What is said in the place of an app. */
export interface ICover {
  name:
    | 'gone'
    | 'signed-out'
    | 'problem'
    | 'unsafe'
    | 'consent'
    | 'secrets'
    | 'packages'
    | 'widgets'
    | 'looped'
    | 'left'
    | 'hung'
    | 'memory'
    | 'froze'
    | 'writing'
    | 'starting'
    | 'failed'
    | 'stopped'
    | 'loading';
  tone: 'plain' | 'ask' | 'bad' | 'busy';
  title: string;
  text: string;
  /** The other side's own words. */
  detail: string;
  choices: readonly CoverChoice[];
  /** Secrets that are asked for here. */
  secrets?: readonly AppSecret[];
}

export interface IAppState {
  info: AppInfo;
  gone: boolean;
  signedOut: boolean;
  /** Its page is in sight, or about to be. */
  shown: boolean;
  /** Why its page was taken away, or does not answer. */
  stopped: 'looped' | 'left' | 'hung' | 'memory' | null;
  /** The person does not want to be asked for secrets now. */
  withoutSecrets: boolean;
  /** Why its page must not be shown here. */
  unsafe: Problem | null;
  /** What may be behind a failure of its backend. */
  hint?: string;
}

/** What to say in the place of the app, or null when its page can be seen. */
export function coverOf(state: IAppState, trans: TranslationBundle): ICover | null {
  const { info } = state;
  const cover = (
    name: ICover['name'],
    tone: ICover['tone'],
    title: string,
    text = '',
    choices: readonly CoverChoice[] = [],
    detail = ''
  ): ICover => ({ name, tone, title, text, detail, choices });

  if (state.signedOut) {
    return cover(
      'signed-out',
      'plain',
      trans.__('You are signed out'),
      trans.__('Sign in again, in the tab that opens; the app then comes back here by itself.'),
      ['signin']
    );
  }
  if (state.gone) {
    return cover(
      'gone',
      'bad',
      trans.__('This app is not there any more'),
      trans.__(
        'Its folder %1 was moved, renamed or deleted. If it is elsewhere now, open it from there in the file browser.',
        info.path
      ),
      ['close']
    );
  }
  if (info.problem && !info.writing) {
    const { message, remedy = '', detail = '' } = info.problem;
    return cover('problem', 'bad', message, remedy, ['code', 'reload'], detail);
  }
  if (state.unsafe) {
    const { message, remedy = '', detail = '' } = state.unsafe;
    return cover('unsafe', 'bad', message, remedy, ['reload'], detail);
  }
  if (info.kind === 'widgets') {
    return cover(
      'widgets',
      'plain',
      trans.__('This app runs in a notebook'),
      trans.__('Run the cell that it consists of; it is shown below that cell.'),
      ['code']
    );
  }
  if (!info.consented && !info.writing) {
    return consentCover(info, trans);
  }
  const missing = missingSecrets(info);
  if (missing.length && !state.withoutSecrets && !info.writing) {
    return secretsCover(info, missing, trans);
  }
  if (state.stopped) {
    const stopped = trans.__('The page was stopped');
    const [title, text] = {
      looped: [stopped, trans.__('It loaded itself again and again.')],
      left: [stopped, trans.__('It wanted to leave for a page that is no part of the app.')],
      hung: [
        trans.__('The page stopped answering'),
        trans.__(
          'It comes back by itself if it only takes long. A loop in its script may never end.'
        )
      ],
      memory: [
        trans.__('The page took too much memory'),
        trans.__('It does not answer any more, and most likely the browser has ended it.')
      ]
    }[state.stopped];
    return cover(state.stopped, 'bad', title, text, ['fix', 'reload']);
  }
  if (state.shown) {
    return null;
  }
  if (info.writing) {
    return cover(
      'writing',
      'busy',
      trans.__('Being written…'),
      trans.__('The page shows up here as soon as its first lines are there.')
    );
  }
  if (info.packages && info.phase !== 'running') {
    return packagesCover(info, info.packages, trans);
  }
  switch (info.phase) {
    case 'starting':
      return cover('starting', 'busy', trans.__('Starting…'), info.message ?? '');
    case 'failed':
      return cover(
        'failed',
        'bad',
        trans.__('The app could not start'),
        missing.length
          ? ''
          : state.hint || trans.__('What went wrong is told below, and in the console.'),
        missing.length
          ? ['secrets', 'start', 'code']
          : info.notebook
            ? ['start', 'notebook', 'fix']
            : ['fix', 'start', 'code'],
        info.message ?? ''
      );
    case 'stopped':
      if (info.backend) {
        return cover('stopped', 'plain', trans.__('The app is stopped'), info.message ?? '', [
          'start',
          ...(info.notebook ? (['notebook'] as const) : [])
        ]);
      }
  }
  if (info.freeze) {
    return freezeCover(info.freeze, trans);
  }
  return cover('loading', 'busy', trans.__('Loading…'));
}

/** Asked before generated code runs for the first time, and again when it wants more than was allowed. */
function consentCover(info: AppInfo, trans: TranslationBundle): ICover {
  const asks = info.asks ?? [];
  const more = asks.length ? trans.__('It asks to %1.', asks.join(trans.__(', and to '))) : '';
  const code = trans.__('It has Python code that perhaps nobody has read.');
  const confined = asks.length
    ? trans.__(
        'It runs confined: beyond what it asks for, it reaches neither your other files, nor the network, nor Jupyter.'
      )
    : trans.__(
        'It runs confined: it can use its own folder, and reaches neither your other files, nor the network, nor Jupyter.'
      );
  const inKernel = trans.__(
    'It runs in the kernel of %1, with your rights: it can read and change the variables there, and whatever else you can. Read the code first.',
    info.notebook ?? ''
  );
  const voila = trans.__(
    'Voilà starts a kernel for each visitor, and nothing can confine that: it runs with your rights, and can read and change whatever you can. Read the code first.'
  );
  const free = trans.__(
    'On this computer nothing confines it: it runs with your rights, and can read and change whatever you can. Read the code first.'
  );
  const text = info.backend
    ? [
        code,
        more,
        info.rights === 'confined'
          ? confined
          : info.notebook
            ? inKernel
            : info.kind === 'voila'
              ? voila
              : free
      ]
    : [more];
  return {
    name: 'consent',
    tone: 'ask',
    title: trans.__('Let "%1" start?', info.title),
    text: text.filter(part => part).join(' '),
    detail: '',
    choices: ['allow', 'code']
  };
}

/** Said instead of loading a page that has stopped JupyterLab, which would stop again. */
function freezeCover(freeze: AppFreeze, trans: TranslationBundle): ICover {
  const { others = [], ended } = freeze;
  const alone = others.length === 0;
  return {
    name: 'froze',
    tone: 'bad',
    title: ended
      ? trans.__('JupyterLab was ended twice while this page was open')
      : alone
        ? trans.__('This page did not answer last time')
        : trans.__('JupyterLab did not answer last time'),
    text: alone
      ? [
          ended
            ? trans.__('It may take more memory than your browser has.')
            : trans.__('It stopped JupyterLab with it: a loop in its script may never end.'),
          trans.__('It is loaded again when its files change, or when you want it.')
        ].join(' ')
      : trans.__(
          'This page was open then, and so was that of %1: one of them stopped it. Load one alone to see which.',
          others.map(title => `"${title}"`).join(', ')
        ),
    detail: '',
    choices: alone ? ['fix', 'anyway', 'code'] : ['anyway', 'code']
  };
}

/** The secrets that the app needs and that nobody has given yet. */
export function missingSecrets(info: AppInfo): AppSecret[] {
  return info.backend && info.consented ? (info.secrets ?? []).filter(({ kept }) => !kept) : [];
}

function secretsCover(
  info: AppInfo,
  secrets: readonly AppSecret[],
  trans: TranslationBundle
): ICover {
  return {
    name: 'secrets',
    tone: 'ask',
    title: trans._n('"%2" needs a secret', '"%2" needs %1 secrets', secrets.length, info.title),
    text: secretsNote(trans),
    detail: '',
    choices: [],
    secrets
  };
}

/** What becomes of a secret. */
export function secretsNote(trans: TranslationBundle): string {
  return trans.__(
    'It goes to the code of this app alone, which can send it wherever the app may reach. It is kept on this server, outside of the folder, is not shown again, and Townie shows it to no model.'
  );
}

/** Where the app stands, in a few words. */
export function stateLine(
  info: AppInfo,
  connected: boolean,
  gone: boolean,
  trans: TranslationBundle,
  signedOut = false
): { text: string; tone: 'good' | 'busy' | 'bad' | 'plain' } {
  if (gone) {
    return { text: trans.__('Not there any more'), tone: 'bad' };
  }
  if (signedOut) {
    return { text: trans.__('Signed out'), tone: 'plain' };
  }
  if (!connected) {
    return { text: trans.__('Connecting…'), tone: 'busy' };
  }
  if (info.writing) {
    return { text: trans.__('Being written…'), tone: 'busy' };
  }
  if (info.problem) {
    return { text: info.problem.message, tone: 'bad' };
  }
  if (!info.consented) {
    return { text: trans.__('Not started yet'), tone: 'plain' };
  }
  if (!info.backend) {
    return { text: trans.__('Ready'), tone: 'good' };
  }
  if (info.packages && (info.phase !== 'running' || info.packages.phase === 'installing')) {
    const { phase } = info.packages;
    return {
      text: packagesLine(info.packages, trans),
      tone: phase === 'installing' ? 'busy' : phase === 'failed' ? 'bad' : 'plain'
    };
  }
  const unconfined = info.rights === 'user' ? ` · ${trans.__('runs with your rights')}` : '';
  switch (info.phase) {
    case 'starting':
      return { text: trans.__('Starting…'), tone: 'busy' };
    case 'running':
      return { text: trans.__('Running') + unconfined, tone: 'good' };
    case 'failed':
      if (missingSecrets(info).length) {
        return { text: trans.__('Waits for a secret'), tone: 'plain' };
      }
      return { text: trans.__('Failed'), tone: 'bad' };
    default:
      // The server says so when it was not a person who stopped it.
      return {
        text: info.message ? trans.__('Stopped until it is used') : trans.__('Stopped'),
        tone: 'plain'
      };
  }
}
