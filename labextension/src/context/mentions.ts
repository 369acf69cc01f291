import { Attachment } from '../protocol';

/** An `@name` that is being written, from the `@` to the cursor; offsets are UTF-16 code units. */
export interface IMention {
  from: number;
  to: number;
  query: string;
}

/** Something that can be mentioned. */
export interface IMentioned {
  /** What stands in the message. */
  text: string;
  label: string;
  description: string;
  group: string;
  attachment: Attachment;
}

/** Who knows things that can be mentioned. */
export interface IMentionSource {
  find(query: string): Promise<IMentioned[]>;
}

/** The mention at the cursor; an `@` inside a word is an address or a decorator, not a mention. */
export function mentionAt(text: string, cursor: number): IMention | null {
  const match = /(?:^|[\s(,;:])@([^\s@]{0,80})$/.exec(text.slice(Math.max(0, cursor - 90), cursor));
  if (!match) {
    return null;
  }
  const query = match[1];
  return { from: cursor - query.length - 1, to: cursor, query };
}

/** The message with the mention completed, and where the cursor then stands. */
export function complete(
  text: string,
  mention: IMention,
  chosen: string
): { text: string; cursor: number } {
  const rest = text.slice(mention.to).replace(/^[^\s@]+/, '');
  const inserted = `@${chosen}${rest.startsWith(' ') ? '' : ' '}`;
  return {
    text: text.slice(0, mention.from) + inserted + rest,
    cursor: mention.from + inserted.length + (rest.startsWith(' ') ? 1 : 0)
  };
}

/**
 * Best matches first, in groups of which the one with the best match comes first: those that begin with the query, then
 * those that hold it; at most `limit` of each group.
 */
export function rank(found: readonly IMentioned[], query: string, limit = 8): IMentioned[] {
  const wanted = query.toLowerCase();
  const groups = new Map<string, [number, IMentioned][]>();
  for (const one of found) {
    const text = one.text.toLowerCase();
    const last = text.slice(text.lastIndexOf('/') + 1);
    const score = text.startsWith(wanted)
      ? 0
      : last.startsWith(wanted)
        ? 1
        : text.includes(wanted)
          ? 2
          : one.description.toLowerCase().includes(wanted)
            ? 3
            : -1;
    if (score >= 0) {
      const group = groups.get(one.group) ?? [];
      group.push([score, one]);
      groups.set(one.group, group);
    }
  }
  const sorted = [...groups.values()].map(group => group.sort((a, b) => a[0] - b[0]));
  return sorted
    .sort((a, b) => a[0][0] - b[0][0])
    .flatMap(group => group.slice(0, limit).map(([, one]) => one));
}
