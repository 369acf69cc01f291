import { EditorState, StateEffect, StateField } from '@codemirror/state';
import { Decoration, DecorationSet, EditorView, WidgetType } from '@codemirror/view';

export interface IRange {
  readonly from: number;
  readonly to: number;
}

/** An element, and the ranges that it is about; it stands above the first of them. */
interface IField {
  readonly node: HTMLElement;
  readonly ranges: readonly IRange[];
}

interface IShown extends IField {
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

const show = StateEffect.define<IField | null>();

const shown = StateField.define<IShown | null>({
  create: () => null,
  update(value, transaction) {
    let now = value;
    if (value && transaction.docChanged) {
      const { changes } = transaction;
      const ranges = value.ranges.map(range => {
        const from = changes.mapPos(range.from, 1);
        return { from, to: Math.max(from, changes.mapPos(range.to, -1)) };
      });
      now = { ...value, ranges, decorations: value.decorations.map(changes) };
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

function decorate({ doc }: EditorState, { node, ranges }: IField): DecorationSet {
  const marks = ranges.map(({ from, to }) =>
    from < to
      ? Decoration.mark({ class: 'jp-TownieInline-range' }).range(from, to)
      : Decoration.line({ class: 'jp-TownieInline-line' }).range(doc.lineAt(from).from)
  );
  const field = Decoration.widget({ widget: new Field(node), block: true, side: -1 });
  return Decoration.set([field.range(doc.lineAt(ranges[0].from).from), ...marks], true);
}

/** Show an element above the line of the first of some ranges, and mark the ranges; they move with the text. */
export function showField(view: EditorView, node: HTMLElement, ranges: readonly IRange[]): void {
  const known = view.state.field(shown, false) !== undefined;
  const effects: StateEffect<unknown>[] = known ? [] : [StateEffect.appendConfig.of(shown)];
  effects.push(
    show.of({ node, ranges }),
    EditorView.scrollIntoView(ranges[0].from, { y: 'nearest', yMargin: 60 })
  );
  view.dispatch({ effects });
}

/** The ranges that an element is about, as they are now; none when it is not shown. */
export function rangesOf(view: EditorView, node: HTMLElement): readonly IRange[] {
  const value = view.state.field(shown, false);
  return value?.node === node ? value.ranges : [];
}

/** Take an element away that `showField` put there. */
export function hideField(view: EditorView, node: HTMLElement): void {
  if (view.state.field(shown, false)?.node === node) {
    view.dispatch({ effects: show.of(null) });
  }
}
