/**
 * Where the keyboard goes when the chat hides: back into the editor it came from, else to the tab of the chat. Never to
 * a notebook in command mode, where letters that were meant for the chat would delete cells.
 */
export class WayBack {
  constructor(
    private _chat: HTMLElement,
    private _tab: () => HTMLElement | null
  ) {
    _chat.addEventListener('focusin', event => {
      const from = event.relatedTarget;
      if (from instanceof HTMLElement && !_chat.contains(from)) {
        this._from = from;
      }
    });
  }

  go(): void {
    const from = this._from;
    this._from = null;
    // A notebook takes cells out of the page that are scrolled far away.
    const editor = from?.isConnected && from.isContentEditable && !this._chat.contains(from);
    (editor ? from : this._tab())?.focus();
  }

  private _from: HTMLElement | null = null;
}
