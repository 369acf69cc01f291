import { IRenderMimeRegistry, MimeModel } from '@jupyterlab/rendermime';
import { IDisposable } from '@lumino/disposable';
import { MessageLoop } from '@lumino/messaging';
import { Widget } from '@lumino/widgets';

/** Milliseconds between two renderings of a text that still grows. */
const PACE = 200;

/** Markdown that may still grow, rendered by JupyterLab's own renderer, as untrusted. */
export class ProseView implements IDisposable {
  constructor(private _rendermime: IRenderMimeRegistry) {
    this.node = document.createElement('div');
    this.node.className = 'jp-TownieProse';
    this.node.dataset.townie = 'repair-prose';
    this.node.hidden = true;
  }

  readonly node: HTMLElement;

  write(text: string, streaming: boolean): void {
    if (text === this._text) {
      return;
    }
    this._text = text;
    this.node.hidden = !text.trim();
    window.clearTimeout(this._timer);
    const wait = streaming ? PACE - (performance.now() - this._rendered) : 0;
    if (wait <= 0) {
      void this._render();
    } else {
      this._timer = window.setTimeout(() => void this._render(), wait);
    }
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    this._isDisposed = true;
    window.clearTimeout(this._timer);
    this._renderer?.dispose();
  }

  private async _render(): Promise<void> {
    if (this._isDisposed) {
      return;
    }
    this._rendered = performance.now();
    const data = { 'text/markdown': this._text };
    if (!this._renderer) {
      const renderer = this._rendermime.createRenderer('text/markdown');
      this._renderer = renderer;
      // The card is plain DOM, so the renderer gets the messages of a widget that is attached.
      this.node.appendChild(renderer.node);
      MessageLoop.sendMessage(renderer, Widget.Msg.AfterAttach);
    }
    await this._renderer.renderModel(new MimeModel({ data, trusted: false }));
  }

  private _renderer: ReturnType<IRenderMimeRegistry['createRenderer']> | null = null;
  private _text = '';
  private _rendered = 0;
  private _timer = 0;
  private _isDisposed = false;
}
