import { ThreadInfo } from '../protocol';

/** Threads whose title or notebook holds every word of the search. */
export function matching(threads: readonly ThreadInfo[], search: string): ThreadInfo[] {
  const words = search
    .toLowerCase()
    .split(/\s+/)
    .filter(word => word);
  return threads.filter(thread => {
    const text = `${thread.title} ${thread.path ?? ''}`.toLowerCase();
    return words.every(word => text.includes(word));
  });
}

/** "just now", "5 min", "3 h", or a date. */
export function age(seconds: number, language: string | undefined): string {
  const passed = Date.now() / 1000 - seconds;
  const format = new Intl.RelativeTimeFormat(language, { style: 'short', numeric: 'auto' });
  if (passed < 60) {
    return format.format(0, 'second');
  }
  if (passed < 3_600) {
    return format.format(-Math.round(passed / 60), 'minute');
  }
  if (passed < 86_400) {
    return format.format(-Math.round(passed / 3_600), 'hour');
  }
  return passed < 7 * 86_400
    ? format.format(-Math.round(passed / 86_400), 'day')
    : new Date(seconds * 1000).toLocaleDateString(language);
}
