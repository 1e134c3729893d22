// Keeps the page true: replaces what changed, says it once, and admits when it no longer knows.
const SILENT_AFTER_MS = 12_000;
const lost = document.getElementById("lost");
const say = document.getElementById("say");
const painted = new Map();
let watch = 0;
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

function paint(regions) {
  for (const [name, html] of Object.entries(regions)) {
    const place = document.querySelector(`[data-live="${name}"]`);
    if (!place || painted.get(name) === html) continue;
    if (!painted.has(name) && same(place, html)) {
      painted.set(name, html);
      continue;
    }
    const held = place.contains(document.activeElement) ? document.activeElement.id : "";
    place.innerHTML = html;
    painted.set(name, html);
    if (held) document.getElementById(held)?.focus();
  }
  const now = document.querySelector("[data-say]")?.dataset.say;
  if (now && now !== said) {
    said = now;
    say.textContent = now;
    document.title = `${now} · ${document.body.dataset.name}`;
  }
}

const stream = new EventSource("/now");
stream.addEventListener("paint", (event) => {
  alive();
  paint(JSON.parse(event.data));
});
stream.addEventListener("error", silent);

// Two quick taps on one button are one decision.
document.addEventListener("submit", (event) => {
  if (event.target.dataset.sent) {
    event.preventDefault();
    return;
  }
  event.target.dataset.sent = "yes";
});
window.addEventListener("pageshow", () => {
  for (const form of document.forms) delete form.dataset.sent;
});
