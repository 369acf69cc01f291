import { IRenderMimeRegistry, renderMarkdown } from '@jupyterlab/rendermime';
import { h } from './dom';
import { withoutRemoteLoads } from './remoteloads';

const MATHS = /\$|\\\(|\\\[|\\begin\{/;

/** Finished Markdown through JupyterLab's own renderers. What a model writes is never trusted. */
export class Markdown {
  constructor(private _rendermime: IRenderMimeRegistry) {}

  /** Render into a new element that is not in the page yet; maths is set by `typeset` once it is. */
  async render(source: string): Promise<HTMLElement> {
    const { sanitizer, linkHandler, markdownParser } = this._rendermime;
    const host = h('div');
    await renderMarkdown({
      host,
      source,
      trusted: false,
      sanitizer: {
        allowNamedProperties: false,
        sanitize: (dirty, options) => withoutRemoteLoads(sanitizer.sanitize(dirty, options))
      },
      resolver: null,
      linkHandler,
      shouldTypeset: false,
      latexTypesetter: null,
      markdownParser
    });
    for (const anchor of host.querySelectorAll('.jp-InternalAnchorLink')) {
      anchor.remove();
    }
    // A click on an answer must never run a command of JupyterLab.
    for (const element of host.querySelectorAll('[data-commandlinker-command]')) {
      element.removeAttribute('data-commandlinker-command');
      element.removeAttribute('data-commandlinker-args');
    }
    return host;
  }

  typeset(element: HTMLElement, source: string): void {
    if (MATHS.test(source)) {
      void this._rendermime.latexTypesetter?.typeset(element);
    }
  }
}
