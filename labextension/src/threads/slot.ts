import { Token } from '@lumino/coreutils';
import { IDisposable } from '@lumino/disposable';
import { Attachment } from '../protocol';

/** A place in the chat, above where a message is written, for what other plugins have to say there. */
export interface IChatSlot {
  /** Show an element there until what is returned is disposed. */
  add(element: HTMLElement): IDisposable;
  /** What else may go with a message, beside what the open documents suggest; the person can take it out. */
  suggest(chips: readonly Attachment[]): void;
}

export const IChatSlot = new Token<IChatSlot>(
  'jupyter-townie:IChatSlot',
  'A place in the chat, above where a message is written.'
);
