// The order of a playlist: add, move, take out; keyboard and finger alike, by buttons.

import { say } from "./words.js";

const form = document.querySelector("[data-playlist]");
const list = form?.querySelector("[data-entries]");
const choices = form?.querySelector("[data-choices]");

function name(entry, title) {
  for (const [deed, word] of [["up", say("Lên")], ["down", say("Xuống")], ["drop", say("Bỏ")]]) {
    entry.querySelector(`[data-${deed}]`).setAttribute("aria-label", `${word}: ${title}`);
  }
}

function none() {
  form.querySelector("[data-none]").hidden = list.children.length > 0;
}

form?.querySelector("[data-add]")?.addEventListener("click", () => {
  const chosen = choices.selectedOptions[0];
  if (!chosen) return;
  const entry = form.querySelector("[data-entry]").content.firstElementChild.cloneNode(true);
  entry.querySelector("input").value = chosen.value;
  const [title, length] = entry.querySelectorAll("span");
  title.textContent = chosen.textContent;
  length.textContent = chosen.dataset.length;
  name(entry, chosen.textContent);
  list.append(entry);
  none();
});

list?.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  const entry = button?.closest("li");
  if (!entry) return;
  if (button.hasAttribute("data-up")) entry.previousElementSibling?.before(entry);
  else if (button.hasAttribute("data-down")) entry.nextElementSibling?.after(entry);
  else {
    const next = entry.nextElementSibling ?? entry.previousElementSibling;
    entry.remove();
    next?.querySelector("[data-drop]").focus();
    none();
    return;
  }
  button.focus();
});
