import { ITurn } from './tokens';

/** An answer as Markdown, its code in fences again. */
export function answerText(turn: ITurn): string {
  return turn.parts
    .filter(part => part && part.kind !== 'thinking')
    .map(part => {
      if (part.kind !== 'code') {
        return part.text.trim();
      }
      const longest = Math.max(2, ...(part.text.match(/`{3,}/g) ?? []).map(run => run.length));
      const fence = '`'.repeat(longest + 1);
      return `${fence}${part.language}\n${part.text.replace(/\n$/, '')}\n${fence}`;
    })
    .join('\n\n');
}
