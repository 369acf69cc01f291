import { IRenderMimeRegistry, renderMarkdown } from '@jupyterlab/rendermime';
import { h } from './dom';

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

/**
 * An image address can carry away what the model has read, so nothing is loaded from elsewhere: remote images become
 * links. Parsed in an inert document, where nothing loads either.
 */
export function withoutRemoteLoads(html: string): string {
  if (
    !/<(img|picture|source|video|audio|track|input|iframe|object|embed|link)\b|url\s*\(|\bbackground=/i.test(
      html
    )
  ) {
    return html;
  }
  const inert = new DOMParser().parseFromString(html, 'text/html');
  for (const element of inert.querySelectorAll<HTMLElement>('[style*="url" i], [background]')) {
    element.removeAttribute('style');
    element.removeAttribute('background');
  }
  for (const element of inert.querySelectorAll<HTMLElement>(
    'img, picture, source, video, audio, track, input[type=image], iframe, object, embed, link'
  )) {
    const address = element.getAttribute('src') ?? '';
    element.removeAttribute('srcset');
    element.removeAttribute('poster');
    if (/^data:image\//i.test(address.trim()) && element.matches('img')) {
      continue;
    }
    const link = inert.createElement('a');
    link.href = address;
    link.rel = 'noopener noreferrer';
    link.target = '_blank';
    link.textContent = element.getAttribute('alt') || address;
    element.replaceWith(...(/^https?:/i.test(address) ? [link] : [link.textContent ?? '']));
  }
  return inert.body.innerHTML;
}
