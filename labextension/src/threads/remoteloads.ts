/**
 * An image address can carry away what the model has read, so nothing is loaded from elsewhere: remote images become
 * links. Parsed in an inert document, where nothing loads either.
 */
export function withoutRemoteLoads(html: string): string {
  if (
    !/<(img|picture|source|video|audio|track|input|iframe|object|embed|link)\b|url\s*\(|\bbackground=/i.test(
      html
    )
  ) {
    return html;
  }
  const inert = new DOMParser().parseFromString(html, 'text/html');
  for (const element of inert.querySelectorAll<HTMLElement>('[style*="url" i], [background]')) {
    element.removeAttribute('style');
    element.removeAttribute('background');
  }
  for (const element of inert.querySelectorAll<HTMLElement>(
    'img, picture, source, video, audio, track, input[type=image], iframe, object, embed, link'
  )) {
    const address = element.getAttribute('src') ?? '';
    element.removeAttribute('srcset');
    element.removeAttribute('poster');
    if (/^data:image\//i.test(address.trim()) && element.matches('img')) {
      continue;
    }
    const link = inert.createElement('a');
    link.href = address;
    link.rel = 'noopener noreferrer';
    link.target = '_blank';
    link.textContent = element.getAttribute('alt') || address;
    element.replaceWith(...(/^https?:/i.test(address) ? [link] : [link.textContent ?? '']));
  }
  return inert.body.innerHTML;
}
