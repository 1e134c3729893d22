// Keeps the page true: replaces what changed, says it once, and admits when it no longer knows.
// Nothing is replaced under a finger that is down, nor while a button is being held.
const SILENT_AFTER_MS = 12_000;
const lost = document.getElementById("lost");
const say = document.getElementById("say");
const painted = new Map();
const waiting = new Map();
let watch = 0;
let pressed = false;
let said = document.querySelector("[data-say]")?.dataset.say;

function alive() {
  clearTimeout(watch);
  lost.hidden = true;
  document.body.classList.remove("stale");
  watch = setTimeout(silent, SILENT_AFTER_MS);
}

function silent() {
  lost.hidden = false;
  document.body.classList.add("stale");
}

// What the page was served with is as true as the first paint: only a difference is drawn again.
function same(place, html) {
  const asked = document.createElement("template");
  asked.innerHTML = html;
  return asked.innerHTML === place.innerHTML;
}

function draw(name, html) {
  const place = document.querySelector(`[data-live="${name}"]`);
  if (!place || painted.get(name) === html) return;
  if (!painted.has(name) && same(place, html)) {
    painted.set(name, html);
    return;
  }
  if (place.querySelector(".holding")) {
    waiting.set(name, html);
    return;
  }
  const held = place.contains(document.activeElement) ? document.activeElement.id : "";
  const open = [...place.querySelectorAll("details[open][id]")].map((one) => one.id);
  place.innerHTML = html;
  painted.set(name, html);
  for (const id of open) document.getElementById(id)?.setAttribute("open", "");
  if (held) document.getElementById(held)?.focus();
}

function paint() {
  if (pressed) return;
  const regions = [...waiting];
  waiting.clear();
  for (const [name, html] of regions) draw(name, html);
  const now = document.querySelector("[data-say]")?.dataset.say;
  if (now && now !== said) {
    said = now;
    say.textContent = now;
    document.title = `${now} · ${document.body.dataset.name}`;
  }
  document.dispatchEvent(new Event("painted"));
}

const stream = new EventSource(`/now?page=${document.body.dataset.page}`);
stream.addEventListener("paint", (event) => {
  alive();
  for (const [name, html] of Object.entries(JSON.parse(event.data))) waiting.set(name, html);
  paint();
});
stream.addEventListener("error", silent);

// A tap lasts longer than a repaint: what is drawn again between down and up would swallow it.
// A button that is held for minutes (the talk) must not stop the page; it is in no part that is drawn again.
document.addEventListener("pointerdown", (event) => { pressed = !event.target.closest?.("[data-long]"); }, true);
for (const end of ["pointerup", "pointercancel"]) {
  window.addEventListener(end, () => setTimeout(() => { pressed = false; paint(); }, 60), true);
}
window.addEventListener("blur", () => { pressed = false; });

// Two quick taps on one button are one decision.
document.addEventListener("submit", (event) => {
  if (event.defaultPrevented) return;
  if (event.target.dataset.sent) {
    event.preventDefault();
    return;
  }
  event.target.dataset.sent = "yes";
});
window.addEventListener("pageshow", () => {
  for (const form of document.forms) delete form.dataset.sent;
});
