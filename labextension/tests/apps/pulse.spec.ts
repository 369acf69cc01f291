import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Pulse } from '../../src/apps/pulse';
import { AppPulse } from '../../src/protocol';

let sent: Omit<AppPulse, 'command'>[];
let asked: string[];
let loaded: boolean;
let visibility: DocumentVisibilityState;
let pulse: Pulse;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  sent = [];
  asked = [];
  loaded = true;
  visibility = 'visible';
  vi.spyOn(document, 'visibilityState', 'get').mockImplementation(() => visibility);
  pulse = new Pulse({
    send: one => sent.push(one),
    isLoaded: () => loaded,
    place: () => ({ url: 'app.js', line: 3 }),
    ask: text => asked.push(text)
  });
});

afterEach(() => {
  pulse.dispose();
  vi.restoreAllMocks();
  vi.useRealTimers();
});

const answer = (text = asked[asked.length - 1]) => pulse.answered(text);
const last = () => sent[sent.length - 1];

describe('Pulse', () => {
  it('tells at once that a page is loaded, which may stop this one at once', () => {
    pulse.update();
    expect(sent).toHaveLength(1);
    expect(last()).toMatchObject({ loaded: true, answered: false, url: 'app.js', line: 3 });
    pulse.update();
    expect(sent).toHaveLength(1);
    vi.advanceTimersByTime(6100);
    expect(sent).toHaveLength(4);
  });

  it('tells whether the page has answered since', () => {
    pulse.update();
    answer();
    vi.advanceTimersByTime(2000);
    expect(last().answered).toBe(true);
    vi.advanceTimersByTime(2000);
    expect(last().answered).toBe(false);
  });

  it('counts no answer to what the page was not asked, or was asked earlier', () => {
    pulse.update();
    vi.advanceTimersByTime(2000);
    answer('1');
    answer(asked[0]);
    vi.advanceTimersByTime(2000);
    expect(last().answered).toBe(false);
    expect(new Set(asked).size).toBe(asked.length);
  });

  it('counts no answer that has waited while this page was stopped', () => {
    pulse.update();
    vi.spyOn(performance, 'now').mockReturnValue(performance.now() + 60_000);
    answer();
    vi.advanceTimersByTime(2000);
    expect(last()).toMatchObject({ loaded: true, answered: false });
  });

  it('rests when nobody can see it, and when the page is taken away', () => {
    pulse.update();
    visibility = 'hidden';
    document.dispatchEvent(new Event('visibilitychange'));
    expect(last().loaded).toBe(false);
    vi.advanceTimersByTime(10_000);
    expect(sent).toHaveLength(2);
    visibility = 'visible';
    document.dispatchEvent(new Event('visibilitychange'));
    expect(last().loaded).toBe(true);
    loaded = false;
    pulse.update();
    expect(last().loaded).toBe(false);
    vi.advanceTimersByTime(10_000);
    expect(sent).toHaveLength(4);
  });

  it('says farewell when its panel is closed', () => {
    pulse.update();
    pulse.dispose();
    expect(last().loaded).toBe(false);
  });

  it('rests while the browser asks whether to leave, and goes on with who stays', () => {
    pulse.update();
    window.dispatchEvent(new Event('beforeunload'));
    expect(last().loaded).toBe(false);
    vi.advanceTimersByTime(2000);
    expect(last().loaded).toBe(true);
  });
});
