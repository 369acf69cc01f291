import { Attachment } from '../protocol';

export function chipKey(attachment: Attachment): string {
  return [attachment.kind, attachment.path ?? '', attachment.ref].join('\n');
}

/**
 * What goes with a message: what the open documents suggest, without what the user took out, and what the user added.
 *
 * Taking out the active cell means "not the active cell", whichever it is by the time of sending, so a suggestion is
 * taken out by its kind.
 */
export class Chips {
  /** Whether anything changed. */
  suggest(suggested: readonly Attachment[]): boolean {
    const before = JSON.stringify(this.shown);
    this._suggested = suggested;
    return JSON.stringify(this.shown) !== before;
  }

  get shown(): readonly Attachment[] {
    const added = new Set(this._added.map(chipKey));
    return [
      ...this._suggested.filter(chip => !this._removed.has(chip.kind) && !added.has(chipKey(chip))),
      ...this._added
    ];
  }

  /** Suggestions that were taken out and can come back. */
  get removed(): readonly Attachment[] {
    return this._suggested.filter(chip => this._removed.has(chip.kind));
  }

  add(chip: Attachment): void {
    if (!this._added.some(other => chipKey(other) === chipKey(chip))) {
      this._added.push(chip);
    }
  }

  remove(chip: Attachment): void {
    const key = chipKey(chip);
    const added = this._added.filter(other => chipKey(other) !== key);
    if (added.length === this._added.length) {
      this._removed.add(chip.kind);
    }
    this._added = added;
  }

  restore(kind: Attachment['kind']): void {
    this._removed.delete(kind);
  }

  /** After sending, additions are gone; what was taken out stays out. */
  sent(): void {
    this._added = [];
  }

  reset(): void {
    this._added = [];
    this._removed.clear();
  }

  private _suggested: readonly Attachment[] = [];
  private _added: Attachment[] = [];
  private _removed = new Set<Attachment['kind']>();
}
