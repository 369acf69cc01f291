import { undoIcon } from '@jupyterlab/ui-components';
import { answerText } from './answer';
import { copyButton } from './codebuttons';
import { button, h, setText } from './dom';
import { GoBack } from './goback';
import { asksForPrivacy, privacyQuestion } from './privacyquestion';
import { problemView } from './problem';
import { resubmit } from './question';
import { ISurroundings } from './surroundings';
import { IThread, ITurn } from './tokens';
import { count, dollars, total } from './usage';

/** Problems that neither another model nor a key would mend. */
const NOT_OF_MODELS = new Set(['edit_refused', 'turn_running', 'no_turn', 'empty_message']);

/** How the name of the model that is built in begins: it answers without anything being sent. */
const OFFLINE = 'offline/';

/** The end of a turn: what it is doing, how it ended, what that allows, and what it took. */
export class TurnFoot {
  constructor(
    private _around: ISurroundings,
    private _thread: IThread,
    private _turn: ITurn,
    private _goBack: GoBack
  ) {
    const { trans } = _around;
    this._wait = h('div', { class: 'jp-Townie-wait', townie: 'wait' });
    this._state = h('div', { class: 'jp-Townie-state', townie: 'turn-state' });
    this._usage = button({
      label: '',
      kind: 'link',
      townie: 'what-was-sent',
      title: trans.__('What was sent'),
      click: () => _around.showSent(_thread, _turn.id)
    });
    this._copy = copyButton(_around, () => answerText(_turn));
    this._copy.title = trans.__('Copy the answer');
    this._copy.setAttribute('aria-label', trans.__('Copy the answer'));
    this._copy.dataset.townie = 'copy-answer';
    this._back = button({
      label: trans.__('Go back…'),
      icon: undoIcon,
      townie: 'go-back',
      click: element => _goBack.openMenu(element)
    });
    this._back.setAttribute('aria-haspopup', 'menu');
    this._back.setAttribute('aria-expanded', 'false');
    this._line = h('div', { class: 'jp-Townie-footLine' }, this._usage, this._copy, this._back);
    this.node = h('footer', { class: 'jp-Townie-foot' }, this._wait, this._state, this._line);
    this.update();
  }

  readonly node: HTMLElement;

  hideWait(): void {
    if (!this._wait.hidden) {
      this.update();
    }
  }

  update(): void {
    const turn = this._turn;
    this._showWait();
    this._showState();
    const sum = total(turn.usage);
    const tokens = sum.input + sum.output || turn.sent.reduce((n, sent) => n + sent.tokens, 0);
    const { trans } = this._around;
    const cost = sum.cost === null ? '' : ` · ${dollars(sum.cost)}`;
    const offline = turn.started.model.startsWith(OFFLINE);
    setText(
      this._usage,
      offline
        ? trans.__('Nothing was sent')
        : tokens
          ? trans.__('%1 tokens', count(tokens)) + cost
          : ''
    );
    this._usage.title = offline
      ? trans.__('What a model would have been sent')
      : trans.__('What was sent') +
        (turn.usage.length
          ? trans.__(': %1 tokens, %2 received', count(sum.input), count(sum.output))
          : '') +
        ` · ${turn.started.model}`;
    this._usage.hidden = turn.requests.length === 0;
    this._copy.hidden = turn.ended === null || turn.parts.length === 0;
    this._back.hidden = !this._goBack.possible || turn.pending;
    this._line.hidden = this._usage.hidden && this._copy.hidden && this._back.hidden;
  }

  private _showWait(): void {
    const { trans } = this._around;
    const turn = this._turn;
    const over = turn.ended !== null || turn.refused !== null || turn.stopping;
    const last = turn.items[turn.items.length - 1];
    const writing = last?.kind === 'part' && turn.parts[last.index]?.open;
    let text = '';
    if (!over) {
      if (turn.waiting) {
        const left =
          turn.waiting.until === null ? 0 : Math.ceil(turn.waiting.until - Date.now() / 1000);
        text =
          left > 0
            ? `${turn.waiting.reason.replace(/\.$/, '')} · ${trans.__('waiting %1 s', String(left))}`
            : turn.waiting.reason;
      } else if (turn.pending && !this._thread.connected) {
        text = trans.__('Will be sent when the server is back');
      } else if (!writing && !turn.actions.some(action => action.state === 'waiting')) {
        text = turn.items.length ? trans.__('Working') : trans.__('Thinking');
      }
    }
    this._wait.hidden = text === '';
    setText(this._wait, text);
    clearTimeout(this._timer);
    if (turn.waiting?.until && !over) {
      this._timer = setTimeout(() => this.node.isConnected && this._showWait(), 1_000);
    }
  }

  private _showState(): void {
    const { trans } = this._around;
    const turn = this._turn;
    const key = [
      turn.ended?.seq,
      turn.ended?.reason,
      turn.refused?.code,
      turn.stopping,
      turn.kept,
      turn.stop
    ].join('/');
    if (key === this._key) {
      return;
    }
    this._key = key;
    const children: HTMLElement[] = [];
    const problem = turn.refused ?? turn.ended?.problem ?? null;
    const reason = turn.refused ? 'failed' : turn.ended?.reason;
    const cut = turn.stop === 'cut' || turn.stop === 'length';
    const say = (text: string): void => {
      children.push(h('span', { class: 'jp-Townie-stateText' }, text));
    };
    if (turn.stopping || reason === 'stopped') {
      say(
        turn.parts.length ? trans.__('Stopped. What had arrived was kept.') : trans.__('Stopped.')
      );
    } else if (reason === 'limit') {
      say(turn.ended?.summary || (problem ? '' : trans.__('It has reached its limit.')));
    } else if (reason === 'interrupted') {
      say(problem ? '' : trans.__('Interrupted: the server was stopped during this answer.'));
    } else if (reason === 'done' && cut) {
      say(trans.__('The answer was cut off.'));
    } else if (turn.ended?.summary) {
      say(turn.ended.summary);
    }
    if (problem && asksForPrivacy(turn)) {
      const { privacy, townie } = this._around;
      children.push(privacyQuestion(privacy, townie, trans, this._thread, turn, problem));
    } else if (problem) {
      children.push(problemView(problem, reason === 'limit' ? 'warning' : 'error'));
    }
    const row = h('span', { class: 'jp-Townie-choices' });
    if (
      (reason === 'limit' && !asksForPrivacy(turn)) ||
      reason === 'interrupted' ||
      (cut && turn.ended && reason !== 'stopped')
    ) {
      row.append(
        button({
          label: trans.__('Continue'),
          kind: 'primary',
          townie: 'continue',
          click: () => this._thread.continue(turn.id)
        })
      );
    }
    if (reason === 'failed' || reason === 'interrupted') {
      row.append(
        button({
          label: trans.__('Try again'),
          townie: 'try-again',
          click: () => void resubmit(this._around, this._thread, turn, turn.started.text)
        })
      );
    }
    if (reason === 'failed' && !NOT_OF_MODELS.has(problem?.code ?? '')) {
      row.append(
        button({
          label: trans.__('Models and keys'),
          townie: 'open-status',
          click: () => this._around.openStatus()
        })
      );
    }
    if (row.childElementCount) {
      children.push(row);
    }
    this._state.replaceChildren(...children.filter(child => child.textContent));
    this._state.hidden = this._state.childElementCount === 0;
  }

  private _wait: HTMLElement;
  private _state: HTMLElement;
  private _usage: HTMLButtonElement;
  private _copy: HTMLButtonElement;
  private _back: HTMLButtonElement;
  private _line: HTMLElement;
  private _timer: ReturnType<typeof setTimeout> | undefined;
  private _key = '';
}
