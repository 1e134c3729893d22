// What a signed-in person gains by scripts: hold-to-fire, templates without a reload, a reading beforehand.
// Everything here also works without it, by one page more.

// --- hold to fire -------------------------------------------------------------------------------
let held = null;

function begin(button) {
  if (held || button.dataset.firing) return;
  if (!button.form.reportValidity()) return;
  const words = button.querySelector("[data-hold-say]");
  const whole = Number(button.dataset.hold);
  const rest = words.textContent;
  button.classList.add("holding");
  let left = whole / 1000;
  const count = () => { words.textContent = button.dataset.wait.replace("#", left--); };
  count();
  held = {
    button, words, rest,
    counting: setInterval(count, 1000),
    firing: setTimeout(() => fire(button), whole),
  };
}

function release(said) {
  if (!held) return;
  clearInterval(held.counting);
  clearTimeout(held.firing);
  held.button.classList.remove("holding");
  held.words.textContent = said ? held.button.dataset.letGo : held.rest;
  held = null;
}

function fire(button) {
  button.dataset.firing = "yes";
  release(false);
  const sure = document.createElement("input");
  Object.assign(sure, { type: "hidden", name: "sure", value: "held" });
  button.form.append(sure);
  button.form.requestSubmit(button);
}

const holder = (event) => event.target.closest?.("[data-hold]");
document.addEventListener("pointerdown", (event) => {
  const button = holder(event);
  if (button && event.isPrimary && event.button === 0) begin(button);
});
for (const end of ["pointerup", "pointercancel"]) document.addEventListener(end, () => release(true));
document.addEventListener("pointerout", (event) => {
  if (held && event.target === held.button && !held.button.contains(event.relatedTarget)) release(true);
});
document.addEventListener("keydown", (event) => {
  const button = holder(event);
  if (!button || ![" ", "Enter"].includes(event.key)) return;
  event.preventDefault();
  if (!event.repeat) begin(button);
});
document.addEventListener("keyup", (event) => { if ([" ", "Enter"].includes(event.key)) release(true); });
document.addEventListener("focusout", () => release(true));
window.addEventListener("blur", () => release(true));
document.addEventListener("contextmenu", (event) => { if (holder(event)) event.preventDefault(); });
document.addEventListener("click", (event) => {
  const button = holder(event);
  if (button && !button.dataset.firing) event.preventDefault();
});
window.addEventListener("pageshow", () => {
  for (const one of document.querySelectorAll("[data-firing]")) delete one.dataset.firing;
  for (const one of document.querySelectorAll("input[name=sure][value=held]")) one.remove();
});

// --- templates ----------------------------------------------------------------------------------
document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-fill]");
  if (!link) return;
  event.preventDefault();
  for (const one of link.closest("ul").querySelectorAll("a")) one.removeAttribute("aria-current");
  link.setAttribute("aria-current", "true");
  const place = document.getElementById(link.dataset.fill);
  place.value = link.dataset.text;
  if (link.dataset.titleFill) document.getElementById(link.dataset.titleFill).value = link.dataset.title;
  place.dispatchEvent(new Event("input", { bubbles: true }));
});

// --- how it will be read ------------------------------------------------------------------------
const text = document.querySelector("[data-preview]");
let soon = 0;
let asked = 0;

async function look() {
  const mine = ++asked;
  const answer = await fetch(text.dataset.preview, { method: "POST", body: new URLSearchParams(new FormData(text.form)) });
  if (!answer.ok || mine !== asked) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const found = page.getElementById("preview");
  if (found && mine === asked) document.getElementById("preview").replaceChildren(...found.childNodes);
}

text?.addEventListener("input", () => {
  clearTimeout(soon);
  soon = setTimeout(() => look().catch(() => {}), 700);
});
const button = document.getElementById("say-look");  // the text is read beforehand as it is typed
if (button) button.hidden = true;

// --- what was typed outlives a session that ended meanwhile, in this tab only ---------------------
const KEPT = "tienglang-say";
if (document.querySelector(".note--done")) sessionStorage.removeItem(KEPT);
else if (text && !text.value) text.value = sessionStorage.getItem(KEPT) ?? "";
text?.addEventListener("input", () => sessionStorage.setItem(KEPT, text.value));

// --- the slider follows what others set, until somebody here moves it ------------------------------
const slider = document.getElementById("volume-slider");
const read = document.getElementById("volume-read");
let moved = false;
slider?.addEventListener("input", () => {
  moved = true;
  read.textContent = `${slider.value} %`;
});
document.addEventListener("painted", () => {
  const now = document.querySelector("[data-volume]")?.dataset.volume;
  if (!slider || moved || now === undefined) return;
  slider.value = now;
  read.textContent = `${now} %`;
});
