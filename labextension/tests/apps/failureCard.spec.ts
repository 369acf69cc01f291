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

  it('offers no second fix while one is at work', () => {
    const { card } = make();
    card.update([failure('x')], 'working');
    expect(card.node.querySelector('[data-townie="app-fix"]')).toBeNull();
    expect(card.node.querySelector('[data-townie="app-stop"]')).not.toBeNull();
  });
});
