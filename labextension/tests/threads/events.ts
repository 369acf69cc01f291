import { Event, Submit } from '../../src/protocol';

type Plain<T> = T extends unknown ? Omit<T, 'seq' | 'time'> : never;

/** Events of one log, numbered as the server numbers them. */
export function log(...events: Plain<Event>[]): Event[] {
  return events.map((event, index) => ({ ...event, seq: index + 1, time: 1000 + index }) as Event);
}

export function started(turn = 't1', extra: Partial<Plain<Event>> = {}): Plain<Event> {
  return {
    type: 'turn_started',
    turn,
    purpose: 'chat',
    text: 'Plot it',
    binding: {},
    options: {},
    model: 'offline/tour',
    ...extra
  } as Plain<Event>;
}

export function submit(turn = 't1'): Submit {
  return { command: 'submit', turn, purpose: 'chat', text: 'Plot it', options: { model: 'a/b' } };
}
