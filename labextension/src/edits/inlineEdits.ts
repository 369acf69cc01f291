import type { EditorView } from '@codemirror/view';
import type { TranslationBundle } from '@jupyterlab/translation';
import { IDisposable } from '@lumino/disposable';
import { ISignal, Signal } from '@lumino/signaling';
import type { Problem } from '../protocol';
import { INotebookPrivacy, Level } from '../settings/notebookPrivacy';
import { asProblem, TownieApi } from '../threads/api';
import { IThread, ITownie } from '../threads/tokens';
import { InlineEdit, InlineRequest } from './inlineEdit';
import { inlineOutcome } from './inlineOutcome';
import { IInlineTarget, inlineAttachments, inlineBinding } from './inlinePlace';
import { IReviews } from './tokens';

/** An editor in which something can be changed by saying so. */
export interface IInlinePlace extends IInlineTarget {
  readonly view: EditorView;
  /** Emitted when the editor goes away. */
  readonly gone: ISignal<unknown, void>;
  /** Why nothing can be changed here, which the user hears before they have asked for anything. */
  readonly refusal: Problem | null;
  /** Whether the server would change another text than the one that the user sees. */
  isUnsaved(): boolean;
  save(): Promise<void>;
}

interface IOpen {
  readonly place: IInlinePlace;
  readonly edit: InlineEdit;
  thread: IThread | null;
  turn: string | null;
}

/** The inline edits that are open in this page, at most one in an editor. */
export class InlineEdits implements IDisposable {
  constructor(
    private _townie: ITownie,
    private _api: TownieApi,
    private _reviews: IReviews,
    private _privacy: INotebookPrivacy,
    private _trans: TranslationBundle
  ) {
    _townie.changed.connect((_, { thread, change }) => {
      for (const open of this._open.values()) {
        if (open.thread === thread && change.kind === 'gone') {
          this._leave(open);
        } else if (open.thread === thread && (!change.turn || change.turn === open.turn)) {
          this._update(open);
        }
      }
    }, this);
  }

  /** Ask what to change at the cursor or selection of an editor. */
  open(place: IInlinePlace): void {
    const known = this._open.get(place.view);
    if (known) {
      known.edit.focus();
      return;
    }
    const edit = new InlineEdit(place.view, this._trans);
    const open: IOpen = { place, edit, thread: null, turn: null };
    this._open.set(place.view, open);
    place.gone.connect(() => this._open.get(place.view) === open && this._close(open), this);
    edit.requested.connect((_, request) => this._carryOut(open, request));
    edit.chosen.connect((_, level) => this._choose(open, level));
    if (place.refusal) {
      edit.fail(place.refusal);
    }
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    this._isDisposed = true;
    this._open.forEach(({ edit }) => edit.dispose());
    this._open.clear();
    Signal.clearData(this);
  }

  private _carryOut(open: IOpen, request: InlineRequest): void {
    const { thread, turn, edit, place } = open;
    switch (request) {
      case 'ask':
        if (place.refusal) {
          edit.fail(place.refusal);
        } else if (place.isUnsaved()) {
          edit.offerSave();
        } else {
          void this._ask(open);
        }
        break;
      case 'save':
        void place
          .save()
          .then(() => (place.isUnsaved() ? edit.offerSave() : this._ask(open)))
          .catch(reason => edit.fail(asProblem(reason)));
        break;
      case 'stop':
        this._stop(open);
        edit.stopping();
        break;
      case 'chat':
        if (thread) {
          void this._townie.show(thread.id, turn ?? undefined);
        }
        break;
      case 'close':
        this._stop(open);
        this._close(open);
        break;
    }
  }

  /** The turn that has asked what it may show goes on. */
  private _choose({ thread, turn, edit }: IOpen, level: Level): void {
    const path = turn && thread?.turn(turn)?.started.binding.path;
    if (thread && turn && path) {
      edit.wait();
      this._privacy.choose(path, level).then(
        () => thread.continue(turn),
        reason => edit.fail(asProblem(reason))
      );
    }
  }

  private async _ask(open: IOpen): Promise<void> {
    const { edit, place } = open;
    const mode = this._townie.options().mode;
    if (mode === 'plan') {
      edit.fail({
        code: 'plan',
        message: this._trans.__('Townie is set to Plan, in which it changes nothing.'),
        remedy: this._trans.__('Choose Ask or Auto in the chat.')
      });
      return;
    }
    edit.wait();
    open.thread = open.turn = null;
    try {
      const source = place.view.state.doc.toString();
      const { selections } = edit;
      const busy = this._townie.current?.running != null;
      const thread = busy ? (await this._api.create({ path: place.path })).id : undefined;
      const taken = await this._townie.submit({
        purpose: 'edit',
        text: edit.text,
        binding: inlineBinding(place, selections[0]),
        attachments: inlineAttachments(place, source, selections),
        reveal: false,
        thread,
        // It is always looked at before it is applied: that is what asking in place is for.
        options: { mode: 'ask' }
      });
      if (edit.isDisposed) {
        // Closed before the server had answered.
        taken.thread.stop(taken.turn);
        return;
      }
      open.thread = taken.thread;
      open.turn = taken.turn;
      if (edit.isStopping) {
        taken.thread.stop(taken.turn);
      }
      this._update(open);
    } catch (reason) {
      if (!edit.isDisposed) {
        edit.fail(isProblem(reason) ? reason : asProblem(reason));
      }
    }
  }

  private _stop({ thread, turn }: IOpen): void {
    if (thread && turn && !thread.turn(turn)?.ended) {
      thread.stop(turn);
    }
  }

  private _update(open: IOpen): void {
    const { thread, edit } = open;
    const turn = open.turn ? thread?.turn(open.turn) : undefined;
    if (!thread || !turn) {
      return;
    }
    const outcome = inlineOutcome(turn);
    if (outcome.phase !== 'proposed' && outcome.phase !== 'settled') {
      edit.show(outcome);
      return;
    }
    // Who has gone on working elsewhere is not called away.
    const focused = edit.hasFocus;
    this._close(open);
    const { action } = outcome;
    if (outcome.phase === 'proposed' && action) {
      if (open.place.kind === 'file') {
        void this._reviews.openFile(thread, action.id, focused);
      } else if (focused) {
        this._reviews.focus(action.id);
      }
    }
  }

  /** Its chat was deleted: what was worked on comes to nothing, and what was asked can be asked again. */
  private _leave(open: IOpen): void {
    const turn = open.turn ? open.thread?.turn(open.turn) : undefined;
    open.thread = open.turn = null;
    if (turn && !turn.ended) {
      open.edit.show({ phase: 'stopped', action: null, lines: 0, said: '', problem: null });
    }
  }

  private _close(open: IOpen): void {
    this._open.delete(open.place.view);
    open.edit.dispose();
  }

  private _open = new Map<EditorView, IOpen>();
  private _isDisposed = false;
}

function isProblem(reason: unknown): reason is Problem {
  return typeof reason === 'object' && !!reason && 'code' in reason && 'message' in reason;
}
