import { nullTranslator } from '@jupyterlab/translation';
import { describe, expect, it } from 'vitest';
import { FailureCard } from '../../src/apps/failureCard';
import { failure } from './app';

function make() {
  const chosen: string[] = [];
  const opened: string[] = [];
  const card = new FailureCard({
    trans: nullTranslator.load(''),
    folder: 'apps/hello',
    choose: choice => chosen.push(choice),
    openFile: path => opened.push(path)
  });
  const click = (name: string) =>
    card.node.querySelector<HTMLElement>(`[data-townie="${name}"]`)?.click();
  return { card, chosen, opened, click };
}

describe('FailureCard', () => {
  it('is not there as long as nothing fails', () => {
    const { card } = make();
    card.update([], 'none');
    expect(card.node.hidden).toBe(true);
  });

  it('counts the errors and offers a fix', () => {
    const { card, chosen, click } = make();
    card.update([failure('x'), failure('y')], 'none');
    expect(card.node.querySelector('summary')?.textContent).toContain('2 errors');
    click('app-fix');
    expect(chosen).toEqual(['fix']);
  });

  it('shows what the app says as text, never as markup', () => {
    const { card } = make();
    card.update([failure('<img src=x onerror=alert(1)>')], 'none');
    expect(card.node.querySelector('img')).toBeNull();
    expect(card.node.textContent).toContain('<img src=x onerror=alert(1)>');
  });

  it('leads to the place of an error in the files of the app', () => {
    const { card, opened, click } = make();
    card.update([failure('x')], 'none');
    click('app-failure-place');
    expect(opened).toEqual(['apps/hello/app.js']);
  });

  it('asks to install what is missing, and says where to', () => {
    const { card, chosen, click } = make();
    const packages = { names: ['plotly'], into: '/env/bin/python' };
    const missing = { ...failure('x'), missing: ['plotly'] };
    card.update([missing], 'none', packages);
    expect(card.node.querySelector('summary')?.textContent).toContain('Needs a package: plotly');
    expect(card.node.textContent).toContain('/env/bin/python');
    click('app-install');
    card.update([missing], 'none', {
      ...packages,
      phase: 'installing',
      output: 'Collecting plotly'
    });
    expect(card.node.textContent).toContain('Collecting plotly');
    expect(card.node.querySelector('[data-townie="app-fix"]')).toBeNull();
    click('app-halt');
    expect(chosen).toEqual(['install', 'halt']);
  });

  it('says what else is wrong with an app that lacks a package', () => {
    const { card } = make();
    const missing = { ...failure('x'), missing: ['plotly'] };
    card.update([missing, failure('y')], 'none', { names: ['plotly'], into: '/env/bin/python' });
    expect(card.node.querySelector('summary')?.textContent).toContain('2 errors');
    expect(card.node.querySelector('[data-townie="app-install"]')).not.toBeNull();
  });

  it('offers no second fix while one is at work', () => {
    const { card } = make();
    card.update([failure('x')], 'working');
    expect(card.node.querySelector('[data-townie="app-fix"]')).toBeNull();
    expect(card.node.querySelector('[data-townie="app-stop"]')).not.toBeNull();
  });
});
