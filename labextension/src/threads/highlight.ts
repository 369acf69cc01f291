import { IEditorLanguageRegistry } from '@jupyterlab/codemirror';
import { Parser, Tree, TreeFragment } from '@lezer/common';
import { classHighlighter, highlightTree } from '@lezer/highlight';

/** Longer code stays plain: colours are not worth a blocked page. */
const LONGEST = 200_000;

/** Colours growing code with JupyterLab's own languages, each line once; earlier lines are never parsed again. */
export class Highlighter {
  private constructor(private _parser: Parser) {}

  /** Null when JupyterLab does not know the language. */
  static async for(
    languages: IEditorLanguageRegistry | null,
    name: string
  ): Promise<Highlighter | null> {
    if (!languages || !name) {
      return null;
    }
    const known = languages.findBest(name, false);
    if (!known) {
      return null;
    }
    const parser = (known.support ?? (await languages.getLanguage(name))?.support)?.language.parser;
    return parser ? new Highlighter(parser) : null;
  }

  /** The range `from` to `to` of `text` in colour, or null when it is better left plain. */
  highlight(text: string, from: number, to: number): DocumentFragment | null {
    if (to > LONGEST) {
      return null;
    }
    const seen = text.slice(0, to);
    const fragments = this._tree ? TreeFragment.addTree(this._tree, [], true) : [];
    const tree = this._parser.parse(seen, fragments);
    this._tree = tree;
    const result = document.createDocumentFragment();
    let at = from;
    highlightTree(
      tree,
      classHighlighter,
      (start, end, classes) => {
        const begin = Math.max(start, from);
        const stop = Math.min(end, to);
        if (begin > at) {
          result.append(seen.slice(at, begin));
        }
        const span = document.createElement('span');
        span.className = classes;
        span.textContent = seen.slice(begin, stop);
        result.append(span);
        at = stop;
      },
      from,
      to
    );
    if (at < to) {
      result.append(seen.slice(at, to));
    }
    return result;
  }

  private _tree: Tree | null = null;
}
