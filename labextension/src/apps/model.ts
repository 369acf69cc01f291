import { IDisposable } from '@lumino/disposable';
import { ISignal, Signal } from '@lumino/signaling';
import {
  AppCommand,
  AppFailure,
  AppFrame,
  AppInfo,
  AppPulse,
  AppReloadFrame,
  AppReply,
  AppRequestFrame
} from '../protocol';
import { AppMessage, Fault, LogLevel } from './messages';
import { Journal } from './journal';

/** A line of the console: of the page, or of the backend. `time` in seconds since the epoch. */
export interface IConsoleLine {
  time: number;
  from: 'page' | 'backend' | 'townie';
  level: LogLevel;
  text: string;
}

/** A request that the page has made; `ms` is its duration in milliseconds. */
export interface IExchange {
  time: number;
  method: string;
  url: string;
  status: number | null;
  ms: number | null;
}

export type AppChange = 'info' | 'connection' | 'gone' | 'sight';

/** An app as this page knows it: what the server tells of it, and what its page reports. */
export class AppModel implements IDisposable {
  constructor(
    info: AppInfo,
    private _send: (command: AppCommand) => void
  ) {
    this._info = info;
  }

  readonly console = new Journal<IConsoleLine>(500);
  readonly network = new Journal<IExchange>(300);

  get id(): string {
    return this._info.id;
  }

  get info(): AppInfo {
    return this._info;
  }

  get failures(): readonly AppFailure[] {
    return this._failures;
  }

  /** The path of its page while that is being written; else empty. */
  get page(): string {
    return this._page;
  }

  get connected(): boolean {
    return this._connected;
  }

  /** Its folder is not there any more. */
  get isGone(): boolean {
    return this._gone;
  }

  /** The person has signed out; what is known of the app is from before. */
  get isSignedOut(): boolean {
    return this._signedOut;
  }

  get changed(): ISignal<this, AppChange> {
    return this._changed;
  }

  /** The person has its page before them. */
  get inSight(): boolean {
    return this._inSight;
  }

  set inSight(inSight: boolean) {
    if (inSight !== this._inSight) {
      this._inSight = inSight;
      this._changed.emit('sight');
    }
  }

  /** The page should be loaded anew. */
  get reload(): ISignal<this, AppReloadFrame> {
    return this._reload;
  }

  /** The server wants to see what only the page can show. */
  get requested(): ISignal<this, AppRequestFrame> {
    return this._requested;
  }

  /** This page is there. What can not be told at once is not true later. */
  pulse(pulse: Omit<AppPulse, 'command'>): void {
    if (this._connected) {
      this._send({ command: 'pulse', ...pulse });
    }
  }

  /** Its page is wanted, though it has stopped this one before. */
  release(): void {
    this._send({ command: 'release' });
  }

  answer(reply: Omit<AppReply, 'command'>): void {
    this._send({ command: 'reply', ...reply });
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (!this._isDisposed) {
      this._isDisposed = true;
      Signal.clearData(this);
    }
  }

  /** Take one frame of the server. */
  receive(frame: AppFrame): void {
    switch (frame.frame) {
      case 'state':
        this._failures = frame.failures ?? [];
        this._page = frame.page ?? '';
        this._setInfo(frame.app);
        break;
      case 'log':
        this.console.add(
          ...frame.lines
            .filter(line => this._isNew(line.time))
            .map((line): IConsoleLine => ({
              time: line.time,
              from: line.stream === 'townie' ? 'townie' : 'backend',
              level: line.stream === 'stderr' ? 'warn' : 'log',
              text: line.text
            }))
        );
        break;
      case 'reload':
        this._reload.emit(frame);
        break;
      case 'request':
        this._requested.emit(frame);
        break;
    }
  }

  private _setInfo(info: AppInfo): void {
    const wrote = this._info.writing && !info.writing;
    this._info = info;
    this._gone = false;
    if (wrote) {
      this._release();
    }
    this._changed.emit('info');
  }

  setConnected(connected: boolean): void {
    if (connected !== this._connected) {
      this._connected = connected;
      this._signedOut = this._signedOut && !connected;
      if (connected) {
        // The snapshot that follows tells the last lines again.
        this._latest = this.console.entries.reduce(
          (latest, line) => (line.from === 'page' ? latest : Math.max(latest, line.time)),
          0
        );
      }
      this._changed.emit('connection');
    }
  }

  setSignedOut(): void {
    this._signedOut = true;
    this._changed.emit('connection');
  }

  setGone(): void {
    this._gone = true;
    this._changed.emit('gone');
  }

  /** Take one message of the app's page; `document` names the document that it comes from. */
  hear(message: AppMessage, document: string): void {
    const time = Date.now() / 1000;
    switch (message.kind) {
      case 'log':
        this.console.add({ time, from: 'page', level: message.level, text: message.text });
        break;
      case 'net': {
        const { method, url, status, ms } = message;
        this.network.add({ time, method, url, status, ms });
        break;
      }
      case 'fault':
        this.fault(message.report, document);
        break;
      case 'ready':
        this._send({ command: 'ready', document, title: message.title, blank: message.blank });
        break;
    }
  }

  /** Tell the server of a fault. What a half-written page complains of waits until it is whole. */
  fault(fault: Fault, document: string): void {
    const { kind, name = '', message } = fault;
    // What the page has logged as an error is in the console already.
    if (kind !== 'console') {
      const text = name && !message.startsWith(name) ? `${name}: ${message}` : message || kind;
      this.console.add({ time: Date.now() / 1000, from: 'page', level: 'error', text });
    }
    const report: AppCommand = { command: 'report', ...fault, document };
    if (this._info.writing) {
      if (this._held.length < 50) {
        this._held.push(report);
      }
    } else {
      this._send(report);
    }
  }

  /** Another document takes the place of the one before: what that one complained of is history. */
  forget(): void {
    this._held = [];
    this.network.clear();
  }

  private _release(): void {
    const held = this._held;
    this._held = [];
    held.forEach(report => this._send(report));
  }

  private _isNew(time: number): boolean {
    return time > this._latest;
  }

  private _info: AppInfo;
  private _failures: readonly AppFailure[] = [];
  private _page = '';
  private _connected = false;
  private _gone = false;
  private _signedOut = false;
  private _inSight = false;
  private _latest = 0;
  private _held: AppCommand[] = [];
  private _isDisposed = false;
  private _changed = new Signal<this, AppChange>(this);
  private _requested = new Signal<this, AppRequestFrame>(this);
  private _reload = new Signal<this, AppReloadFrame>(this);
}
