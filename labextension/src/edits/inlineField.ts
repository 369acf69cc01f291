import { EditorState, StateEffect, StateField } from '@codemirror/state';
import { Decoration, DecorationSet, EditorView, WidgetType } from '@codemirror/view';

interface IShown {
  readonly node: HTMLElement;
  readonly from: number;
  readonly to: number;
  readonly decorations: DecorationSet;
}

class Field extends WidgetType {
  constructor(readonly node: HTMLElement) {
    super();
  }

  override eq(other: Field): boolean {
    return other.node === this.node;
  }

  toDOM(): HTMLElement {
    return this.node;
  }

  // Its own inputs and buttons get their keys and presses.
  override ignoreEvent(): boolean {
    return true;
  }
}

const show = StateEffect.define<{ node: HTMLElement; from: number; to: number } | null>();

const shown = StateField.define<IShown | null>({
  create: () => null,
  update(value, transaction) {
    let now = value;
    if (value && transaction.docChanged) {
      const { changes } = transaction;
      const from = changes.mapPos(value.from, 1);
      const to = Math.max(from, changes.mapPos(value.to, -1));
      now = { ...value, from, to, decorations: value.decorations.map(changes) };
    }
    for (const effect of transaction.effects) {
      if (effect.is(show)) {
        now = effect.value && {
          ...effect.value,
          decorations: decorate(transaction.state, effect.value)
        };
      }
    }
    return now;
  },
  provide: field =>
    EditorView.decorations.from(field, value => value?.decorations ?? Decoration.none)
});

function decorate(
  state: EditorState,
  { node, from, to }: { node: HTMLElement; from: number; to: number }
): DecorationSet {
  const line = state.doc.lineAt(from);
  const field = Decoration.widget({ widget: new Field(node), block: true, side: -1 }).range(
    line.from
  );
  return Decoration.set(
    from < to
      ? [field, Decoration.mark({ class: 'jp-TownieInline-range' }).range(from, to)]
      : [field, Decoration.line({ class: 'jp-TownieInline-line' }).range(line.from)],
    true
  );
}

/** Show an element above the line of a range, and mark the range; it moves with the text. */
export function showField(view: EditorView, node: HTMLElement, from: number, to: number): void {
  const known = view.state.field(shown, false) !== undefined;
  const effects: StateEffect<unknown>[] = known ? [] : [StateEffect.appendConfig.of(shown)];
  effects.push(
    show.of({ node, from, to }),
    EditorView.scrollIntoView(from, { y: 'nearest', yMargin: 60 })
  );
  view.dispatch({ effects });
}

/** The range above which an element is shown, as it is now. */
export function rangeOf(view: EditorView, node: HTMLElement): { from: number; to: number } | null {
  const value = view.state.field(shown, false);
  return value?.node === node ? value : null;
}

/** Take an element away that `showField` put there. */
export function hideField(view: EditorView, node: HTMLElement): void {
  if (view.state.field(shown, false)?.node === node) {
    view.dispatch({ effects: show.of(null) });
  }
}
