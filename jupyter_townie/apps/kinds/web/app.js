const form = document.querySelector('form');
const list = document.querySelector('ul');
const empty = document.querySelector('#empty');

const tasks = JSON.parse(localStorage.getItem('tasks') ?? '[]');

function save() {
  localStorage.setItem('tasks', JSON.stringify(tasks));
  show();
}

function show() {
  empty.hidden = tasks.length > 0;
  list.replaceChildren(
    ...tasks.map(task => {
      const item = document.createElement('li');
      const label = document.createElement('label');
      const box = document.createElement('input');
      const text = document.createElement('span');
      box.type = 'checkbox';
      box.checked = task.done;
      box.addEventListener('change', () => {
        task.done = box.checked;
        save();
      });
      // textContent, never innerHTML: what people type stays text.
      text.textContent = ` ${task.text}`;
      item.classList.toggle('done', task.done);
      label.append(box, text);
      item.append(label);
      return item;
    })
  );
}

form.addEventListener('submit', event => {
  event.preventDefault();
  const text = form.elements.task.value.trim();
  if (text) {
    tasks.push({ text, done: false });
    form.reset();
    save();
  }
});

show();
