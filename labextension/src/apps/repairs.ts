import { TranslationBundle } from '@jupyterlab/translation';
import { asProblem, TownieApi } from '../threads/api';
import { IThread, ITownie, ITurn } from '../threads/tokens';
import { Problem } from '../protocol';
import { AppsApi } from './api';
import { Repairing } from './failureCard';
import { AppModel } from './model';
import { canBeSeen, screenshot } from './screenshotChip';

/** A turn that works on an app, and what it does. */
export interface IWork {
  thread: IThread;
  turn: ITurn;
  /** Whether it was asked to deal with a failure of the app. */
  repairs: boolean;
  state: Exclude<Repairing, 'none'>;
}

/** The turn that is at work on an app at this moment, or waits for a decision about it. */
export function workOn(townie: ITownie, path: string): IWork | null {
  for (const thread of townie.threads) {
    for (const turn of thread.turns) {
      const { binding, purpose } = turn.started;
      const repairs =
        binding.kind === 'app' &&
        binding.path === path &&
        (purpose === 'fix' || purpose === 'explain');
      const own = turn.actions.filter(
        ({ body }) => body.path === path || body.path.startsWith(`${path}/`)
      );
      if (turn.replacedBy || (!repairs && !own.length)) {
        continue;
      }
      if (own.some(action => action.state === 'waiting')) {
        return { thread, turn, repairs, state: 'waiting' };
      }
      if (turn.ended === null && !turn.refused && !turn.stopping) {
        return { thread, turn, repairs, state: 'working' };
      }
    }
  }
  return null;
}

/** The action with which a turn asks whether an app may start. */
export function startAsked(
  townie: ITownie,
  app: string
): { thread: IThread; action: string } | null {
  for (const thread of townie.threads) {
    for (const turn of thread.turns) {
      for (const action of turn.actions) {
        const { body, state } = action;
        if (body.kind === 'start_app' && body.app === app && state === 'waiting') {
          return { thread, action: action.id };
        }
      }
    }
  }
  return null;
}

/** Install what an app lacks, which its person has seen, or end that. */
export async function installFor(
  app: AppModel,
  townie: ITownie,
  api: AppsApi,
  wanted = true
): Promise<void> {
  try {
    await (wanted
      ? api.install(app.id, app.info.packages?.names ?? [])
      : api.stopInstalling(app.id));
  } catch (reason) {
    townie.notify(asProblem(reason), 'error');
  }
}

/** Ask for help with the failures of an app, in the thread that is shown unless that is busy. */
export async function askFor(
  purpose: 'fix' | 'explain',
  app: AppModel,
  townie: ITownie,
  api: TownieApi,
  trans: TranslationBundle
): Promise<void> {
  const { path } = app.info;
  // What is wrong with an empty page, its code alone seldom tells.
  const blank = app.failures.some(({ failure }) => failure.ename === 'BlankPage');
  const seen = blank && canBeSeen(app) && townie.options().privacy !== 'code';
  try {
    const busy = townie.current?.running != null;
    const thread = busy ? (await api.create({ path })).id : undefined;
    await townie.submit({
      purpose,
      text: '',
      binding: { kind: 'app', path },
      attachments: seen ? [screenshot(app, trans)] : [],
      thread
    });
  } catch (reason) {
    townie.notify(isProblem(reason) ? reason : asProblem(reason), 'error');
  }
}

function isProblem(reason: unknown): reason is Problem {
  return typeof reason === 'object' && reason !== null && 'code' in reason && 'message' in reason;
}
