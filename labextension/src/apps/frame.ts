import { IDisposable } from '@lumino/disposable';
import { Inbox } from './inbox';
import { AppMessage, Place } from './messages';

export interface IFrameOptions {
  /** The wrapper page: the only address that is ever put into the frame. */
  view: string;
  title: string;
  heard(frame: Frame, message: AppMessage): void;
  /** A document of the app has begun to speak. */
  began(frame: Frame): void;
  /** The page loaded itself again and again, and was stopped by the wrapper. */
  looped(frame: Frame): void;
  /** The page wanted to go to another one, and was stopped by the wrapper; what it says of the address is only shown. */
  left(frame: Frame, url: string): void;
  /** It was stopped because of what it did; the wrapper says so. */
  stopped(frame: Frame): void;
  /** The address of its page opens nothing any more. */
  expired(frame: Frame): void;
  /** The wrapper does not show the app, and says why. */
  refused(frame: Frame, message: string): void;
}

/** How long what somebody did in a page may be the cause of what becomes of it, in milliseconds. */
const CAUSES_FOR = 10_000;

/** A frame with the wrapper page of an app, and the port to the app's document in it. */
export class Frame implements IDisposable {
  constructor(private _options: IFrameOptions) {
    const frame = document.createElement('iframe');
    frame.className = 'jp-TownieApp-frame';
    frame.dataset.townie = 'app-frame';
    frame.title = _options.title;
    frame.referrerPolicy = 'no-referrer';
    frame.allow = 'clipboard-write';
    frame.src = _options.view;
    this.node = frame;
    window.addEventListener('message', this._onMessage);
  }

  readonly node: HTMLIFrameElement;

  /** The document that speaks at present; empty before the first one does. */
  get document(): string {
    return this._document;
  }

  get isConnected(): boolean {
    return this._port !== null;
  }

  /** Milliseconds by `performance.now` at which the app has answered last. */
  get lastAnswer(): number {
    return this._lastAnswer;
  }

  /** Bytes of memory that the page held at last, as far as it has said so. */
  get memory(): number {
    return this._memory;
  }

  /** Where the page was at last, as far as it has said so: it tells that ahead. */
  get place(): Place {
    const { text, at } = this._act;
    const after = performance.now() - at < CAUSES_FOR ? text : '';
    return { after, ...this._place };
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** Load the app's page again in this same frame. */
  navigate(view: string): void {
    this._disconnect();
    this.node.src = view;
  }

  post(message: { kind: string; [field: string]: unknown }): void {
    this._port?.postMessage({ v: 1, ...message });
  }

  dispose(): void {
    if (!this._isDisposed) {
      this._isDisposed = true;
      window.removeEventListener('message', this._onMessage);
      this._disconnect();
      this.node.remove();
    }
  }

  private _onMessage = (event: MessageEvent): void => {
    if (
      event.source !== this.node.contentWindow ||
      event.origin !== window.location.origin ||
      typeof event.data !== 'object'
    ) {
      return;
    }
    const data = event.data as { [field: string]: unknown } | null;
    if (data?.townie !== 1) {
      return;
    }
    if (data.event === 'loop') {
      this._options.looped(this);
    } else if (data.event === 'left') {
      this._options.left(this, String(data.url).slice(0, 300));
    } else if (data.event === 'stopped') {
      this._disconnect();
      this._options.stopped(this);
    } else if (data.event === 'expired') {
      this._options.expired(this);
    } else if (data.event === 'refused') {
      this._options.refused(this, String(data.message).slice(0, 1000));
    } else if (data.event === 'document' && event.ports.length === 1) {
      this._connect(event.ports[0], String(data.document).slice(0, 64));
    }
  };

  private _connect(port: MessagePort, document: string): void {
    this._disconnect();
    const inbox = new Inbox();
    this._port = port;
    this._document = document;
    this._lastAnswer = performance.now();
    this._memory = 0;
    this._place = {};
    this._act = { text: '', at: 0 };
    port.onmessage = message => {
      const heard = inbox.take(message.data);
      if (heard?.kind === 'at') {
        this._at(heard.place);
      } else if (heard) {
        this._lastAnswer = performance.now();
        if (heard.kind === 'pong') {
          this._memory = heard.memory ?? 0;
        }
        this._options.heard(this, heard);
      }
    };
    this._options.began(this);
  }

  private _at({ after, ...place }: Place): void {
    if (after) {
      this._act = { text: after, at: performance.now() };
    }
    if (place.url || place.stack) {
      this._place = place;
    }
  }

  private _disconnect(): void {
    if (this._port) {
      this._port.onmessage = null;
      this._port.close();
      this._port = null;
    }
  }

  private _port: MessagePort | null = null;
  private _document = '';
  private _lastAnswer = 0;
  private _memory = 0;
  private _place: Place = {};
  private _act = { text: '', at: 0 };
  private _isDisposed = false;
}
