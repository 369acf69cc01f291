/** Going back through what was sent before, like the history of a shell; what was being written is kept at its end. */
export class Recall {
  /** Begin again; `sent` is oldest first. */
  reset(sent: readonly string[]): void {
    this._sent = sent.filter((text, index) => text.trim() && text !== sent[index - 1]);
    this._at = this._sent.length;
  }

  get isRecalling(): boolean {
    return this._at < this._sent.length;
  }

  /** The message before, or null at the oldest. */
  older(current: string): string | null {
    if (this._at === 0) {
      return null;
    }
    if (!this.isRecalling) {
      this._unsent = current;
    }
    return this._sent[--this._at];
  }

  /** The message after, at last what was being written; null when nothing is being recalled. */
  newer(): string | null {
    if (!this.isRecalling) {
      return null;
    }
    this._at++;
    return this.isRecalling ? this._sent[this._at] : this._unsent;
  }

  private _sent: string[] = [];
  private _at = 0;
  private _unsent = '';
}
