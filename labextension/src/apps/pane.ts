import { IDisposable } from '@lumino/disposable';

/** What a tab of the panel holds. It works only while it is shown. */
export interface IPane extends Pick<IDisposable, 'dispose'> {
  readonly node: HTMLElement;
  show(): void;
  hide(): void;
}
