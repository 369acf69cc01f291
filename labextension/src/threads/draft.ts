import { h } from './dom';

/**
 * Growing Markdown as it will roughly look, built without a parser: the same elements as the final rendering for
 * headings, paragraphs, lists, tables and fences, so that little moves when the final rendering takes its place.
 */
export function draft(text: string): DocumentFragment {
  const fragment = document.createDocumentFragment();
  if (text.length > 6_000) {
    fragment.append(h('p', { class: 'jp-Townie-plain' }, text.trim()));
    return fragment;
  }
  const lines = text.trimEnd().split('\n');
  for (let i = 0; i < lines.length;) {
    const line = lines[i];
    if (line.trim() === '') {
      i++;
      continue;
    }
    const heading = /^ {0,3}(#{1,6})\s+(.*)$/.exec(line);
    if (heading) {
      fragment.append(
        inline(h(`h${heading[1].length}` as 'h1'), heading[2].trimEnd().replace(/\s#+$/, ''))
      );
      i++;
      continue;
    }
    const fence = /^\s*(`{3,}|~{3,})/.exec(line);
    if (fence) {
      const body: string[] = [];
      for (i++; i < lines.length && !lines[i].trim().startsWith(fence[1]); i++) {
        body.push(lines[i]);
      }
      i++;
      fragment.append(h('pre', {}, h('code', {}, body.join('\n'))));
      continue;
    }
    if (ITEM.test(line)) {
      i = list(lines, i, fragment);
      continue;
    }
    if (
      line.includes('|') &&
      /^[\s|:-]*-[\s|:-]*$/.test(lines[i + 1] ?? '') &&
      lines[i + 1].includes('|')
    ) {
      i = table(lines, i, fragment);
      continue;
    }
    const quote = line.startsWith('>');
    const paragraph: string[] = [];
    for (; i < lines.length && lines[i].trim() !== ''; i++) {
      if (paragraph.length && (ITEM.test(lines[i]) || /^ {0,3}(#{1,6}\s|`{3,})/.test(lines[i]))) {
        break;
      }
      paragraph.push(quote ? lines[i].replace(/^> ?/, '') : lines[i]);
    }
    const p = inline(h('p'), paragraph.join('\n'));
    fragment.append(quote ? h('blockquote', {}, p) : p);
  }
  return fragment;
}

const ITEM = /^(\s*)([-*+]|\d{1,9}[.)])\s+/;

function list(lines: string[], from: number, into: DocumentFragment): number {
  const ordered = /\d/.test(ITEM.exec(lines[from])?.[2] ?? '');
  const first = parseInt(ITEM.exec(lines[from])?.[2] ?? '1', 10);
  const element = ordered ? h('ol', { start: first === 1 ? null : first }) : h('ul');
  let item: HTMLLIElement | null = null;
  let text: string[] = [];
  const close = (): void => {
    if (item) {
      inline(item, text.join('\n'));
    }
  };
  let i = from;
  for (; i < lines.length; i++) {
    const match = ITEM.exec(lines[i]);
    if (match) {
      close();
      item = h('li', match[1].length >= 2 ? { class: 'jp-mod-nested' } : {});
      element.append(item);
      text = [lines[i].slice(match[0].length)];
    } else if (lines[i].trim() === '') {
      continue;
    } else {
      text.push(lines[i].trim());
    }
  }
  close();
  into.append(element);
  return i;
}

function table(lines: string[], from: number, into: DocumentFragment): number {
  const head = h('tr', {}, ...cells(lines[from]).map(text => inline(h('th'), text)));
  const body = h('tbody');
  let i = from + 2;
  for (; i < lines.length && lines[i].includes('|'); i++) {
    body.append(h('tr', {}, ...cells(lines[i]).map(text => inline(h('td'), text))));
  }
  into.append(h('table', {}, h('thead', {}, head), body));
  return i;
}

function cells(line: string): string[] {
  return line
    .trim()
    .replace(/^\||\|$/g, '')
    .split(/(?<!\\)\|/)
    .map(cell => cell.trim());
}

const INLINE = /(`+)(.+?)\1|\*\*(.+?)\*\*|__(.+?)__|\*(?!\s)(.+?)\*|\[([^\]\n]+)\]\([^)\n]*\)/gs;

/** Code, strong, emphasis and the text of links; everything else stays as it was written. */
function inline<T extends HTMLElement>(element: T, text: string): T {
  let at = 0;
  for (const match of text.matchAll(INLINE)) {
    if (match.index > at) {
      element.append(text.slice(at, match.index));
    }
    at = match.index + match[0].length;
    const [, , code, strong, strong2, emphasis, link] = match;
    if (code !== undefined) {
      element.append(h('code', {}, code));
    } else if (strong !== undefined || strong2 !== undefined) {
      element.append(inline(h('strong'), strong ?? strong2));
    } else if (emphasis !== undefined) {
      element.append(inline(h('em'), emphasis));
    } else {
      element.append(h('a', {}, link));
    }
  }
  if (at < text.length) {
    element.append(text.slice(at));
  }
  return element;
}
