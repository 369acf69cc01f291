import { Token } from '@lumino/coreutils';
import { IDisposable } from '@lumino/disposable';

/** A place in the chat, above where a message is written, for what other plugins have to say there. */
export interface IChatSlot {
  /** Show an element there until what is returned is disposed. */
  add(element: HTMLElement): IDisposable;
}

export const IChatSlot = new Token<IChatSlot>(
  'jupyter-townie:IChatSlot',
  'A place in the chat, above where a message is written.'
);
