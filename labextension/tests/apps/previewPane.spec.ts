import { nullTranslator } from '@jupyterlab/translation';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AppsApi } from '../../src/apps/api';
import { AppModel } from '../../src/apps/model';
import { PreviewPane } from '../../src/apps/previewPane';
import { AppCommand, AppInfo } from '../../src/protocol';
import { info } from './app';

const api = {
  preview: () => Promise.resolve({ view: 'about:blank', self_test: 'about:blank' })
} as unknown as AppsApi;
const settled = () => new Promise(resolve => setTimeout(resolve));

let app: AppModel;
let pane: PreviewPane;
let sent: AppCommand[];

/** The panel of an app, before the server has told anything of it. */
function open(more: Partial<AppInfo>): void {
  app = new AppModel(info(more), command => sent.push(command));
  pane = new PreviewPane({
    app,
    api,
    trans: nullTranslator.load(''),
    choose: () => undefined
  });
  document.body.append(pane.node);
  app.setConnected(true);
}

const told = (more: Partial<AppInfo>) => app.receive({ frame: 'state', app: info(more) });
const frames = () => pane.node.querySelectorAll('iframe').length;
const cover = () => pane.node.querySelector<HTMLElement>('[data-townie=app-cover]:not([hidden])');
const pulses = () => sent.filter(({ command }) => command === 'pulse');

beforeEach(() => {
  sent = [];
});

afterEach(() => {
  pane.dispose();
  pane.node.remove();
});

describe('PreviewPane', () => {
  it('tells the server of a page before that can stop this one', async () => {
    open({});
    told({});
    expect(pulses()).toEqual([]);
    await settled();
    expect(frames()).toBe(1);
    expect(pulses()).toHaveLength(1);
    expect(pulses()[0]).toMatchObject({ loaded: true });
  });

  it('does not load a page by itself that stopped JupyterLab', async () => {
    open({ freeze: { time: 1 } });
    told({ freeze: { time: 1 } });
    await settled();
    expect([frames(), cover()?.dataset.cover, pulses().length]).toEqual([0, 'froze', 0]);
    await pane.reload();
    expect([frames(), cover()]).toEqual([1, null]);
    expect(sent[0]).toEqual({ command: 'release' });
  });

  it('loads it when its files have changed', async () => {
    open({ freeze: { time: 1 } });
    told({ freeze: { time: 1 } });
    told({});
    app.receive({ frame: 'reload', reason: 'files' });
    await settled();
    expect([frames(), cover()]).toEqual([1, null]);
  });

  it('keeps a page in sight that stops JupyterLab in another browser', async () => {
    open({});
    told({});
    await settled();
    told({ freeze: { time: 1 } });
    await settled();
    expect([frames(), cover()]).toEqual([1, null]);
  });
});
