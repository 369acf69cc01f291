import { describe, expect, it } from 'vitest';
import { AppModel } from '../../src/apps/model';
import { AppCommand, AppLog } from '../../src/protocol';
import { failure, info } from './app';

function make(more = {}) {
  const sent: AppCommand[] = [];
  const app = new AppModel(info(more), command => sent.push(command));
  return { app, sent };
}

const line = (time: number): AppLog => ({ time, stream: 'stdout', text: String(time) });

describe('AppModel', () => {
  it('tells the server of a fault, with the document that it comes from', () => {
    const { app, sent } = make();
    app.hear({ kind: 'fault', report: { kind: 'error', message: 'bad' } }, 'd1');
    expect(sent).toEqual([
      expect.objectContaining({ command: 'report', kind: 'error', message: 'bad', document: 'd1' })
    ]);
  });

  it('holds what a half-written page complains of until it is whole', () => {
    const { app, sent } = make({ writing: true });
    app.hear({ kind: 'fault', report: { kind: 'error', message: 'bad' } }, 'd1');
    expect(sent).toEqual([]);
    app.receive({ frame: 'state', app: info({ writing: false }) });
    expect(sent).toHaveLength(1);
  });

  it('forgets what it holds when another document takes the place of the page', () => {
    const { app, sent } = make({ writing: true });
    app.hear({ kind: 'fault', report: { kind: 'error', message: 'bad' } }, 'd1');
    app.forget();
    app.receive({ frame: 'state', app: info({ writing: false }) });
    expect(sent).toEqual([]);
  });

  it('shows a line that the snapshot after a reconnection tells again only once', () => {
    const { app } = make();
    app.setConnected(true);
    app.receive({ frame: 'log', lines: [line(1), line(2)] });
    app.setConnected(false);
    app.setConnected(true);
    app.receive({ frame: 'log', lines: [line(1), line(2), line(3)] });
    expect(app.console.entries.map(entry => entry.text)).toEqual(['1', '2', '3']);
  });

  it('knows the failures that the server tells of', () => {
    const { app } = make();
    app.receive({ frame: 'state', app: info(), failures: [failure('x')] });
    expect(app.failures).toHaveLength(1);
    app.receive({ frame: 'state', app: info(), failures: [] });
    expect(app.failures).toHaveLength(0);
  });

  it('keeps the newest lines of an endless console', () => {
    const { app } = make();
    for (let index = 0; index < 2000; index++) {
      app.hear({ kind: 'log', level: 'log', text: String(index) }, 'd1');
    }
    const { entries } = app.console;
    expect(entries.length).toBeLessThanOrEqual(600);
    expect(entries[entries.length - 1].text).toBe('1999');
  });
});
