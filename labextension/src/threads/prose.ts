import { BlockSplitter, linkDefinitions } from './blocks';
import { copyButton, insertButton } from './codebuttons';
import { h } from './dom';
import { draft } from './draft';
import { ISurroundings } from './surroundings';
import { IPart } from './tokens';

/** Each paragraph, list and table runs in the direction of its own script; code never does. */
function readAsWritten(block: HTMLElement): void {
  for (const child of block.children) {
    if (child.tagName !== 'PRE') {
      child.setAttribute('dir', 'auto');
    }
  }
}

/** A part of prose: finished blocks are rendered once, and only the open block changes while text arrives. */
export class ProseView {
  constructor(private _around: ISurroundings) {}

  readonly node = h('div', {
    class: 'jp-Townie-prose jp-RenderedHTMLCommon jp-RenderedMarkdown',
    townie: 'prose'
  });

  update(part: IPart): void {
    if (this._done) {
      return;
    }
    const text = part.text;
    if (text.length === this._seen && part.open) {
      return;
    }
    this._seen = text.length;
    for (const [from, to] of this._splitter.advance(text, !part.open)) {
      this._finish(text.slice(from, to));
    }
    if (!part.open) {
      this._done = true;
      this._openBlock?.remove();
      this._openBlock = null;
      this._resolveLinks(linkDefinitions(text));
      return;
    }
    const open = text.slice(this._splitter.start);
    if (open.trim() === '') {
      this._openBlock?.remove();
      this._openBlock = null;
      return;
    }
    if (!this._openBlock) {
      this._openBlock = h('div', { class: 'jp-Townie-block' });
      this.node.append(this._openBlock);
    }
    this._openBlock.replaceChildren(draft(open));
    readAsWritten(this._openBlock);
  }

  private _finish(source: string): void {
    const block = this._openBlock ?? h('div', { class: 'jp-Townie-block' });
    this._openBlock = null;
    block.replaceChildren(draft(source));
    readAsWritten(block);
    if (!block.isConnected || block.parentElement !== this.node) {
      this.node.append(block);
    }
    this._blocks.push({ block, source });
    this._render(block, source);
  }

  private _render(block: HTMLElement, source: string, shown = source): void {
    const { idle, markdown } = this._around;
    idle.add({
      wanted: () => block.isConnected,
      run: async () => {
        const rendered = await markdown.render(source);
        if (!block.isConnected) {
          return;
        }
        block.replaceChildren(...rendered.childNodes);
        readAsWritten(block);
        this._addButtons(block);
        markdown.typeset(block, shown);
      }
    });
  }

  /** A link may be defined in another block than the one that uses it. */
  private _resolveLinks(definitions: string): void {
    if (definitions === '') {
      return;
    }
    for (const { block, source } of this._blocks) {
      if (/\[[^\]]+\]/.test(source)) {
        this._render(block, `${source}\n\n${definitions}`, source);
      }
    }
  }

  /** Fences inside a list or a quote are no parts of their own, and are still there to be used. */
  private _addButtons(block: HTMLElement): void {
    for (const pre of block.querySelectorAll('pre')) {
      const code = pre.textContent?.replace(/\n$/, '') ?? '';
      const language = /language-(\S+)/.exec(pre.firstElementChild?.className ?? '')?.[1] ?? '';
      const bar = h('div', { class: 'jp-Townie-nestedButtons' });
      bar.append(insertButton(this._around, () => code, language, 'below', bar));
      bar.append(copyButton(this._around, () => code));
      const frame = h('div', { class: 'jp-Townie-nestedCode' });
      pre.replaceWith(frame);
      frame.append(pre, bar);
    }
  }

  private _splitter = new BlockSplitter();
  private _blocks: { block: HTMLElement; source: string }[] = [];
  private _openBlock: HTMLElement | null = null;
  private _seen = 0;
  private _done = false;
}
