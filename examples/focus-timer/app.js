const $ = id => document.getElementById(id);
const today = () => new Date().toLocaleDateString();
// Kept on the server by Townie, in the browser elsewhere.
let rounds = JSON.parse(localStorage.getItem("rounds") ?? "[]").filter(round => round.day === today());
let ends = 0;
let length = 0;

function show() {
  const left = Math.max(0, ends - Date.now());
  const seconds = Math.ceil((ends ? left : $("minutes").value * 60000) / 1000);
  $("left").textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  document.querySelector(".dial").style.setProperty("--part", ends ? left / length : 1);
  $("go").disabled = ends > 0;
  $("stop").disabled = !ends;
  if (ends && left === 0) {
    rounds.push({ day: today(), minutes: Math.round(length / 60000), at: new Date().toLocaleTimeString() });
    localStorage.setItem("rounds", JSON.stringify(rounds));
    ends = 0;
    list();
  }
}

function list() {
  $("done").replaceChildren(
    ...rounds.map(({ minutes, at }) => {
      const item = document.createElement("li");
      item.textContent = `${at}: ${minutes} min`;
      return item;
    })
  );
  $("none").hidden = rounds.length > 0;
}

$("choose").addEventListener("submit", event => {
  event.preventDefault();
  length = $("minutes").value * 60000;
  ends = Date.now() + length;
  show();
});
$("stop").addEventListener("click", () => {
  ends = 0;
  show();
});
$("minutes").addEventListener("input", show);
setInterval(show, 250);
list();
show();
