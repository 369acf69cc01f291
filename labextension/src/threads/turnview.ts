import { ActionBar } from './actionbar';
import { ChangeList } from './changelist';
import { hasChanges, takesBack } from './changes';
import { checkView } from './checkview';
import { CodeView } from './codeview';
import { h } from './dom';
import { GoBack } from './goback';
import { problemView } from './problem';
import { ProseView } from './prose';
import { QuestionView, questionOf } from './question';
import { runView } from './runview';
import { ISurroundings } from './surroundings';
import { TakenBack } from './takenback';
import { IPart, IThread, IToolCall, ITurn } from './tokens';
import { TurnFoot } from './turnfoot';

interface IPartView {
  readonly node: HTMLElement;
  update(part: IPart): void;
}

/** A collapsed part: what the model thought before it answered. */
class ThinkingView implements IPartView {
  constructor({ trans }: ISurroundings) {
    this._text = document.createTextNode('');
    this.node = h(
      'details',
      { class: 'jp-Townie-thinking', townie: 'thinking' },
      h('summary', {}, trans.__('Thinking')),
      h('div', { class: 'jp-Townie-thinkingText' }, this._text)
    );
  }

  readonly node: HTMLElement;

  update(part: IPart): void {
    if (part.text.startsWith(this._text.data)) {
      this._text.appendData(part.text.slice(this._text.length));
    } else {
      this._text.data = part.text;
    }
    this.node.classList.toggle('jp-mod-open', part.open);
  }

  private _text: Text;
}

/**
 * One turn. Until it comes near to what is seen it is plain text of about the right height, which costs next to nothing
 * and can be found; then `fill` gives it its views.
 */
export class TurnView {
  constructor(
    private _around: ISurroundings,
    private _thread: IThread,
    private _turn: ITurn
  ) {
    this.node = h('article', {
      class: 'jp-Townie-turn',
      townie: 'turn',
      'data-turn': _turn.id,
      tabindex: -1
    });
    this._outline();
  }

  readonly node: HTMLElement;

  get isFilled(): boolean {
    return this._foot !== null;
  }

  /** Text was added to a part; nothing else has changed. */
  updateText(index: number): void {
    const part = this._turn.parts[index];
    const view = this._parts.get(index);
    if (part && view) {
      this._updatePart(part, view);
      this._foot?.hideWait();
    } else if (this.isFilled) {
      this.update();
    }
  }

  update(): void {
    const turn = this._turn;
    this.node.classList.toggle('jp-mod-replaced', turn.replacedBy !== null);
    this.node.hidden = isGone(turn);
    if (!this.isFilled) {
      if (turn.ended === null) {
        this.fill();
      }
      return;
    }
    const running = this._thread.running?.id === turn.id;
    this.node.classList.toggle('jp-mod-running', running);
    this.node.classList.toggle('jp-mod-undone', turn.undone && !hasChanges(turn));
    this.node.setAttribute('aria-busy', String(running));
    for (; this._built < turn.items.length; this._built++) {
      this._build(turn.items[this._built].kind, turn.items[this._built].index);
    }
    for (const part of turn.parts) {
      const view = part && this._parts.get(part.part);
      if (view) {
        this._updatePart(part, view);
      }
    }
    for (const action of turn.actions) {
      if (action.part === null) {
        this._bars.get(action.id)?.update(action);
      } else {
        const view = this._parts.get(action.part);
        if (view instanceof CodeView) {
          view.setAction(action);
        }
      }
    }
    for (const [tool, node] of this._tools) {
      showTool(this._around, tool, node);
    }
    this._question?.update();
    this._changes?.update();
    this._takenBack?.update();
    this._foot?.update();
  }

  /** Cells have moved or were run: their names may be others now. */
  refreshNames(): void {
    for (const view of this._parts.values()) {
      if (view instanceof CodeView) {
        view.refresh();
      }
    }
    this._changes?.update();
    this._takenBack?.update();
  }

  /** Whether a later turn has changes that could be taken back. */
  setLater(later: boolean): void {
    if (this._goBack && this._goBack.later !== later) {
      this._goBack.later = later;
      this._foot?.update();
    }
  }

  /** The ways back from this turn. */
  get goBack(): GoBack {
    this.fill();
    return this._goBack as GoBack;
  }

  fill(): void {
    if (this.isFilled) {
      return;
    }
    const { trans } = this._around;
    this._answer = h('div', { class: 'jp-Townie-answer', townie: 'answer' });
    this._question = new QuestionView(this._around, this._thread, this._turn);
    const goBack = (this._goBack = new GoBack(this._around, this._thread, this._turn));
    this._changes = new ChangeList(this._around, this._thread, this._turn, goBack);
    this._takenBack = new TakenBack(this._around, this._thread, this._turn);
    this._foot = new TurnFoot(this._around, this._thread, this._turn, goBack);
    this.node.setAttribute(
      'aria-label',
      trans.__('Question: %1', questionOf(this._around, this._turn).slice(0, 80))
    );
    this.node.replaceChildren(
      this._question.node,
      h(
        'div',
        { class: 'jp-Townie-replacedNote', townie: 'replaced-note' },
        trans.__('Asked again below. What the earlier answer changed is still there:')
      ),
      this._answer,
      this._changes.node,
      this._takenBack.node,
      this._foot.node,
      goBack.node
    );
    this.update();
  }

  private _outline(): void {
    const turn = this._turn;
    this.node.hidden = isGone(turn);
    this.node.classList.toggle('jp-mod-replaced', turn.replacedBy !== null);
    const question = questionOf(this._around, turn);
    let answer = '';
    let height = 96 + 21 * lines(question, 34);
    for (const part of turn.parts) {
      if (part && part.kind !== 'thinking') {
        answer += `${part.text}\n`;
        height +=
          part.kind === 'code'
            ? 48 + 18 * Math.min(lines(part.text, 1e9), 25)
            : 22 * lines(part.text, 42);
      }
    }
    this.node.style.setProperty('--jp-townie-height', `${height}px`);
    this.node.replaceChildren(
      h('div', { class: 'jp-Townie-question' }, question),
      h('div', { class: 'jp-Townie-outline' }, answer)
    );
  }

  private _build(kind: string, index: number): void {
    const turn = this._turn;
    let node: HTMLElement | null = null;
    if (kind === 'part') {
      const part = turn.parts[index];
      const view = this._partView(part);
      this._parts.set(index, view);
      node = view.node;
    } else if (kind === 'action') {
      const action = turn.actions[index];
      if (takesBack(action)) {
        // It stands with what the undo did.
        return;
      }
      const bar = new ActionBar(this._around, this._thread, 'line');
      this._bars.set(action.id, bar);
      node = bar.node;
    } else if (kind === 'run') {
      node = runView(this._around, this._thread, turn.runs[index]);
    } else if (kind === 'check') {
      node = checkView(this._around, turn.checks[index]);
    } else if (kind === 'notice') {
      const { level, problem } = turn.notices[index];
      node = problemView(problem, level);
    } else {
      node = h('div', { class: 'jp-Townie-tool', townie: 'tool' });
      this._tools.set(turn.tools[index], node);
    }
    this._answer?.append(node);
  }

  private _partView(part: IPart): IPartView {
    switch (part.kind) {
      case 'code':
        return new CodeView(this._around, this._thread, part);
      case 'thinking':
        return new ThinkingView(this._around);
      default:
        return new ProseView(this._around);
    }
  }

  private _updatePart(part: IPart, view: IPartView): void {
    if (part.rewrites !== (this._rewrites.get(part.part) ?? 0)) {
      this._rewrites.set(part.part, part.rewrites);
      const fresh = this._partView(part);
      view.node.replaceWith(fresh.node);
      this._parts.set(part.part, fresh);
      view = fresh;
    }
    view.update(part);
  }

  private _question: QuestionView | null = null;
  private _answer: HTMLElement | null = null;
  private _changes: ChangeList | null = null;
  private _takenBack: TakenBack | null = null;
  private _goBack: GoBack | null = null;
  private _foot: TurnFoot | null = null;
  private _built = 0;
  private _parts = new Map<number, IPartView>();
  private _rewrites = new Map<number, number>();
  private _bars = new Map<string, ActionBar>();
  private _tools = new Map<IToolCall, HTMLElement>();
}

/** Asked again, and nothing of it is left: while its changes are there, so are the ways to take them back. */
function isGone(turn: ITurn): boolean {
  return turn.replacedBy !== null && !hasChanges(turn) && turn.variables.length === 0;
}

/** What is done in an app, in words. */
function stepsOf({ arguments: { steps } }: IToolCall): string[] {
  if (!Array.isArray(steps)) {
    return [];
  }
  return steps.map(step => {
    const said = (step ?? {}) as Record<string, unknown>;
    const [verb, role, name, text] = ['do', 'role', 'name', 'text'].map(key =>
      typeof said[key] === 'string' ? said[key] : ''
    );
    const target = name ? `“${name}”` : role;
    const between = text && target ? (verb === 'type' ? 'into' : 'in') : '';
    const what = text && verb !== 'press' ? `“${text}”` : text;
    return [verb, what, between, target].filter(word => word).join(' ');
  });
}

function showTool({ trans }: ISurroundings, tool: IToolCall, node: HTMLElement): void {
  const state = tool.ok === null ? 'running' : tool.ok ? 'ok' : 'error';
  if (node.dataset.state === state) {
    return;
  }
  node.dataset.state = state;
  const said = [...Object.values(tool.arguments), ...stepsOf(tool)]
    .filter(value => typeof value === 'string')
    .join(', ')
    .slice(0, 120);
  node.replaceChildren(
    h(
      'details',
      {},
      h(
        'summary',
        {},
        `${tool.name.replace(/_/g, ' ')}${said ? `: ${said}` : ''}${state === 'error' ? ` · ${trans.__('failed')}` : ''}`
      ),
      ...tool.images.map(({ mime, data }) =>
        h('img', {
          class: 'jp-Townie-toolImage',
          townie: 'tool-image',
          src: `data:${mime};base64,${data}`,
          alt: trans.__('What Townie saw')
        })
      ),
      h('pre', {}, tool.text.slice(0, 10_000) || JSON.stringify(tool.arguments, null, 1))
    )
  );
}

/** About how many lines a text takes at so many characters in a line. */
function lines(text: string, width: number): number {
  let count = Math.ceil(text.length / width);
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) {
    count++;
  }
  return count;
}
