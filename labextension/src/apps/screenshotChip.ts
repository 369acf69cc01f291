import { IDisposable } from '@lumino/disposable';
import { TranslationBundle } from '@jupyterlab/translation';
import { Attachment, Options } from '../protocol';
import { IChatSlot } from '../threads/slot';
import { IThread, ITownie } from '../threads/tokens';
import { AppModel } from './model';
import { IApps } from './tokens';

/** How an app looks goes with a message to a model, unless the person takes its chip out. */
export class ScreenshotChip implements IDisposable {
  constructor(
    private _apps: IApps,
    private _townie: ITownie,
    private _slot: IChatSlot,
    private _trans: TranslationBundle
  ) {
    _apps.changed.connect(this._update, this);
    _townie.changed.connect(this._threadChanged, this);
    _townie.currentChanged.connect(this._update, this);
    this._update();
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (!this._isDisposed) {
      this._isDisposed = true;
      this._apps.changed.disconnect(this._update, this);
      this._townie.changed.disconnect(this._threadChanged, this);
      this._townie.currentChanged.disconnect(this._update, this);
      this._slot.suggest([]);
    }
  }

  private _threadChanged(_: unknown, { change }: { change: { kind: string } }): void {
    if (change.kind === 'turn' || change.kind === 'action') {
      this._update();
    }
  }

  private _update(): void {
    const { privacy } = this._townie.options();
    this._slot.suggest(
      screenshots(this._apps.followed, this._townie.current, privacy, this._trans)
    );
  }

  private _isDisposed = false;
}

/** The chip for the app that a thread is about and that is in sight; an app shows data, which "code only" keeps here. */
export function screenshots(
  followed: readonly AppModel[],
  thread: IThread | null,
  privacy: Options['privacy'],
  trans: TranslationBundle
): Attachment[] {
  const app = privacy === 'code' ? null : inQuestion(followed, thread);
  return app ? [screenshot(app, trans)] : [];
}

export function screenshot(app: AppModel, trans: TranslationBundle): Attachment {
  const { path, title } = app.info;
  return { kind: 'screenshot', ref: path, label: trans.__('Screenshot of %1', title), path };
}

/** Whether the page of an app can be looked at. */
export function canBeSeen(app: AppModel): boolean {
  const { consented, backend, phase, writing, problem } = app.info;
  return Boolean(
    app.inSight && consented && !writing && !problem && (!backend || phase === 'running')
  );
}

function inQuestion(followed: readonly AppModel[], thread: IThread | null): AppModel | null {
  const seen = followed.filter(canBeSeen);
  const last = thread?.turns.filter(
    turn => turn.actions.length && !turn.undone && !turn.replacedBy
  );
  for (const { body } of [...(last?.at(-1)?.actions ?? [])].reverse()) {
    const app = followed.find(
      ({ info }) => body.path === info.path || body.path.startsWith(`${info.path}/`)
    );
    if (app) {
      return seen.includes(app) ? app : null;
    }
  }
  // A chat that is about nothing yet: the one app that the person has before them.
  return thread?.turns.length || seen.length !== 1 ? null : seen[0];
}
