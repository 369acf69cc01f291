/** One stretch of a request: what Townie wrote itself, or a part that is marked as data. */
export interface IStretch {
  /** The kind of a data part (`cell`, `failure`, `variable`, ...), with what it is called; empty for other text. */
  label: string;
  text: string;
}

const DATA = /^<data-([0-9a-f]{8}) ([^>\n]*)>\n[\s\S]*?\n<\/data-\1>$/gm;
const SECRET = /TOWNIE_SECRET_[0-9a-f]{12}/g;

/** The text of a message in its stretches; put together again they are the text, to the letter. */
export function stretches(text: string): IStretch[] {
  const found: IStretch[] = [];
  let end = 0;
  const plain = (until: number): void => {
    if (until > end) {
      found.push({ label: '', text: text.slice(end, until) });
    }
  };
  for (const match of text.matchAll(DATA)) {
    plain(match.index);
    found.push({ label: match[2], text: match[0] });
    end = match.index + match[0].length;
  }
  plain(text.length);
  return found;
}

/** How many places of a text were redacted. */
export function secrets(text: string): number {
  return text.match(SECRET)?.length ?? 0;
}

/** A text whose redacted places are marked; the words are as they were sent. */
export function marked(text: string, title: string): (Text | HTMLElement)[] {
  const nodes: (Text | HTMLElement)[] = [];
  let end = 0;
  for (const match of text.matchAll(SECRET)) {
    nodes.push(document.createTextNode(text.slice(end, match.index)));
    const mark = document.createElement('mark');
    mark.className = 'jp-Townie-redacted';
    mark.title = title;
    mark.dataset.townie = 'redacted';
    mark.textContent = match[0];
    nodes.push(mark);
    end = match.index + match[0].length;
  }
  nodes.push(document.createTextNode(text.slice(end)));
  return nodes;
}
