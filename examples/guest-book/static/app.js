const form = document.querySelector('form');
const list = document.querySelector('#entries');
const empty = document.querySelector('#empty');
const more = document.querySelector('#more');
const problem = document.querySelector('[role=alert]');
const shown = new Set();

function card(entry) {
  const article = document.createElement('article');
  const message = document.createElement('p');
  const footer = document.createElement('footer');
  // Text, never HTML: this is what visitors typed.
  message.textContent = entry.message;
  footer.textContent = `${entry.name}, ${new Date(entry.time.replace(' ', 'T') + 'Z').toLocaleString()}`;
  article.append(message, footer);
  return article;
}

function show(entries, first) {
  for (const entry of entries) {
    if (!shown.has(entry.id)) {
      shown.add(entry.id);
      first ? list.prepend(card(entry)) : list.append(card(entry));
    }
  }
  empty.hidden = shown.size > 0;
}

async function load() {
  const oldest = Math.min(...shown);
  const response = await fetch(shown.size ? `api/entries?before=${oldest}` : 'api/entries');
  const page = await response.json();
  show(page.entries, false);
  more.hidden = !page.more;
}

form.addEventListener('submit', async event => {
  event.preventDefault();
  const response = await fetch('api/entries', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ name: form.elements.name.value, message: form.elements.message.value })
  });
  const answer = await response.json();
  problem.textContent = response.ok ? '' : answer.error;
  if (response.ok) {
    show([answer], true);
    form.elements.message.value = '';
    form.elements.message.focus();
  }
});

more.addEventListener('click', load);
new EventSource('api/events').addEventListener('message', event => show([JSON.parse(event.data)], true));
await load();
