/** A button at a change that settles it. */
export function diffControl(
  type: 'accept' | 'reject',
  label: string,
  settle: (event: MouseEvent) => void
): HTMLButtonElement {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'jp-TownieDiff-control';
  button.dataset.townie = `${type}-change`;
  button.name = type;
  button.textContent = type === 'accept' ? '✓' : '✗';
  button.title = label;
  button.setAttribute('aria-label', label);
  const act = (event: MouseEvent) => {
    event.preventDefault();
    event.stopPropagation();
    settle(event);
  };
  // It acts on the press, so that the editor does not get it; a keyboard sends a click only.
  button.addEventListener('mousedown', act);
  button.addEventListener('click', event => event.detail === 0 && act(event));
  return button;
}
