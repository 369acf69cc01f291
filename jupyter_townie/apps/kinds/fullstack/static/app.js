const form = document.querySelector('form');
const list = document.querySelector('ul');
const empty = document.querySelector('#empty');
const problem = document.querySelector('[role=alert]');

// Addresses without a leading slash: the app lives below a path.
async function show() {
  const response = await fetch('api/notes');
  const notes = await response.json();
  empty.hidden = notes.length > 0;
  list.replaceChildren(
    ...notes.map(note => {
      const item = document.createElement('li');
      item.textContent = note.text;
      item.title = note.made;
      return item;
    })
  );
}

form.addEventListener('submit', async event => {
  event.preventDefault();
  const response = await fetch('api/notes', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ text: form.elements.text.value })
  });
  problem.textContent = response.ok ? '' : (await response.json()).error;
  if (response.ok) {
    form.reset();
    await show();
  }
});

await show();
