import type { CodeCell } from '@jupyterlab/cells';
import { NotebookActions } from '@jupyterlab/notebook';
import { IDisposable } from '@lumino/disposable';
import { ISignal, Signal } from '@lumino/signaling';
import { barButton, CellBar } from '../notebooks/cellBar';
import { ICellHost } from '../notebooks/cellWatch';
import { RawError } from '../protocol';
import { ITurn } from '../threads/tokens';
import { RepairCard } from './card';
import { failureOf } from './failedCell';
import { IRepair, proposedCode, repairOf } from './repair';
import type { HelpPurpose, Repairs } from './repairs';

/**
 * What stands below the outputs of one cell: Try fixing and Explain where it failed, and the card of the help that was
 * asked for.
 *
 * It is a widget of the cell and not an output, so it is not written to the notebook, and stays when outputs are
 * trimmed, scrolled, cleared or come again.
 */
export class FailedCell implements IDisposable {
  constructor(
    readonly cell: CodeCell,
    readonly host: ICellHost,
    private _repairs: Repairs
  ) {
    cell.model.outputs.changed.connect(this._onOutputs, this);
    NotebookActions.executionScheduled.connect(this._onScheduled, this);
    this._error = failureOf(cell.model.outputs);
    this.update();
  }

  get error(): RawError | null {
    return this._error ?? this._reported?.error ?? null;
  }

  /** An error that is not among the outputs, and what is said of it; it is over when the cell runs again. */
  report(error: RawError, words: string): void {
    this._reported = { error, words };
    this._lastError = error;
    this._showBar(false);
    this.update();
  }

  get disposed(): ISignal<this, void> {
    return this._disposed;
  }

  ask(purpose: HelpPurpose, hint = ''): void {
    const error = this.error ?? this._lastError;
    if (!error || this._asking) {
      return;
    }
    this._asking = true;
    this._pressed = true;
    this._followed = null;
    this.update();
    void this._repairs.ask(purpose, this.cell, this.host, error, hint).finally(() => {
      this._asking = false;
      this.update();
    });
  }

  /** Show what there is to show now. */
  update(): void {
    if (this._isDisposed || this.cell.isDisposed) {
      return;
    }
    const help = this._repairs.helpFor(this.cell.model.id, this.host);
    const { trans, documents } = this._repairs.services;
    const named = (id: string): string | null => documents.describe?.(this.host.path, id) ?? null;
    const repair = help && repairOf(help.turn, trans, named);
    const goesOn = repair?.open || repair?.choices.includes('continue');
    this._showBar(this.error !== null && !goesOn && !this._asking);
    if (!help || !repair) {
      this._card?.dispose();
      this._card = null;
      return;
    }
    if (!this._card) {
      const { rendermime } = this._repairs.services;
      this._card = new RepairCard(rendermime, trans, (choice, hint) => {
        const now = this._repairs.helpFor(this.cell.model.id, this.host);
        if (now) {
          this._repairs.choose(now, choice, hint, this);
        }
      });
      this._card.addTo(this.cell, 'end');
    }
    // While the bar offers to begin anew there is no need for the card to do so as well.
    const choices = this._bar
      ? repair.choices.filter(choice => choice !== 'retry')
      : repair.choices;
    const prose = showsProse(help.turn, repair) ? proseOf(help.turn) : '';
    this._card.display({ ...repair, choices }, prose, !help.turn.ended);
    this._follow(repair.tone);
  }

  /** Whoever asked below a long traceback sees the card come, and what it says in the end. */
  private _follow(tone: IRepair['tone']): void {
    if (tone === this._followed || !this._pressed) {
      return;
    }
    this._followed = tone;
    this._pressed = tone === 'busy';
    const card = this._card;
    // The text of an answer is rendered a moment later than it is there.
    window.setTimeout(() => {
      if (card && !card.isDisposed && card.isVisible) {
        card.node.scrollIntoView({ block: 'nearest' });
      }
    }, 100);
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    this._card?.dispose();
    this._bar?.dispose();
    this._disposed.emit();
    Signal.clearData(this);
  }

  private _onOutputs(): void {
    // A cell that prints a lot changes its outputs many times; only whether there is an error matters here.
    if (!this._frame) {
      this._frame = window.setTimeout(() => {
        this._frame = 0;
        if (this._isDisposed || this.cell.isDisposed) {
          return;
        }
        this._lastError = this._error ?? this._lastError;
        this._error = failureOf(this.cell.model.outputs);
        this.update();
      }, 30);
    }
  }

  private _onScheduled(_: unknown, { cell }: { cell: { model: { id: string } } }): void {
    if (cell === this.cell && this._reported) {
      this._reported = null;
      this.update();
    }
    const help = cell === this.cell ? this._repairs.helpFor(this.cell.model.id, this.host) : null;
    // What was said of an earlier run is no longer of interest; a run of the fix itself is part of what is said.
    if (help && !repairOf(help.turn, this._repairs.services.trans).open) {
      this._repairs.dismiss(help.turn);
    }
  }

  private _showBar(shown: boolean): void {
    if (shown === (this._bar !== null)) {
      return;
    }
    if (!shown) {
      const hadFocus = this._bar!.node.contains(document.activeElement);
      this._bar!.dispose();
      this._bar = null;
      if (hadFocus) {
        this.cell.node.focus({ preventScroll: true });
      }
      return;
    }
    this._repairs.prepare();
    const { trans } = this._repairs.services;
    const bar = new CellBar('failure', trans.__('Help with this error'));
    bar.addClass('jp-TownieFailure');
    if (this._reported && !this._error) {
      const words = document.createElement('span');
      words.className = 'jp-TownieFailure-words';
      words.dataset.townie = 'failure-words';
      words.setAttribute('role', 'status');
      words.textContent = this._reported.words;
      bar.node.append(words);
    }
    bar.node.append(
      barButton({
        name: 'fix',
        label: trans.__('Try fixing'),
        title: trans.__('Find the cause and propose a change'),
        onClick: () => this.ask('fix')
      }),
      barButton({
        name: 'explain',
        label: trans.__('Explain'),
        title: trans.__('Say what this error means'),
        onClick: () => this.ask('explain')
      })
    );
    this._bar = bar;
    if (this._card) {
      bar.addAbove(this._card, this.cell);
    } else {
      bar.addTo(this.cell, 'end');
    }
  }

  private _bar: CellBar | null = null;
  private _card: RepairCard | null = null;
  private _error: RawError | null = null;
  private _reported: { error: RawError; words: string } | null = null;
  private _lastError: RawError | null = null;
  private _asking = false;
  /** Whether help was asked for here, and has not come yet. */
  private _pressed = false;
  private _followed: IRepair['tone'] | null = null;
  private _frame = 0;
  private _isDisposed = false;
  private _disposed = new Signal<this, void>(this);
}

/** What was said of a proposal is of no interest any more when it was applied or rejected. */
function showsProse(turn: ITurn, repair: IRepair): boolean {
  return (
    turn.started.purpose === 'explain' ||
    repair.tone === 'busy' ||
    repair.tone === 'decide' ||
    repair.choices.includes('insert') ||
    !turn.actions.length
  );
}

/** What the model said; of a fix only what goes with its latest try, with the code where that is all there is to see. */
function proseOf(turn: ITurn): string {
  const { binding, purpose } = turn.started;
  const texts = turn.parts
    .filter(part => part?.kind === 'prose')
    .map(part => part.text.trim())
    .filter(text => text);
  if (purpose !== 'fix') {
    return texts.join('\n\n');
  }
  const said = texts.pop() ?? '';
  const code = binding.kind === 'console' && turn.ended ? proposedCode(turn) : '';
  const fence = fenceFor(code);
  return code ? `${said}\n\n${fence}python\n${code}\n${fence}` : said;
}

/** A fence that the code itself does not hold. */
function fenceFor(code: string): string {
  const longest = Math.max(2, ...Array.from(code.matchAll(/`+/g), ([ticks]) => ticks.length));
  return '`'.repeat(longest + 1);
}
