import { RawError } from '../protocol';
import { headAndTail } from './headAndTail';

/** UTF-16 code units kept of an error's message. */
const MESSAGE_LIMIT = 16_000;
/** UTF-16 code units kept of a whole traceback. */
export const TRACEBACK_LIMIT = 64_000;

/**
 * An error of a sane size: its name, its message and its last frame are always kept.
 *
 * A message of megabytes would fill the connection to the server, and nobody reads its middle.
 */
export function boundedError(error: {
  ename?: unknown;
  evalue?: unknown;
  traceback?: unknown;
}): RawError {
  return {
    ename: headAndTail(String(error.ename ?? ''), 200),
    evalue: headAndTail(String(error.evalue ?? ''), MESSAGE_LIMIT),
    traceback: boundedTraceback(Array.isArray(error.traceback) ? error.traceback.map(String) : [])
  };
}

/** Whole parts (a frame each, in IPython) from both ends while there is room; the first and the last always. */
function boundedTraceback(parts: readonly string[]): string[] {
  let room = TRACEBACK_LIMIT;
  if (parts.reduce((sum, part) => sum + part.length, 0) <= room) {
    return [...parts];
  }
  const head: string[] = [];
  const tail: string[] = [];
  while (head.length + tail.length < parts.length) {
    // The end comes first: it holds the message, and above it the frame that failed.
    const fromEnd = tail.length <= head.length;
    const whole = fromEnd ? parts[parts.length - 1 - tail.length] : parts[head.length];
    const part = headAndTail(whole, TRACEBACK_LIMIT / 4);
    room -= part.length;
    if (room < 0) {
      break;
    }
    (fromEnd ? tail : head).push(part);
  }
  const left = parts.length - head.length - tail.length;
  return [...head, ...(left ? [`[... ${left} frames left out ...]`] : []), ...tail.reverse()];
}
