// The inbox: arrows move between entries, what was opened is noted as seen, names are put into a comment by a tap.

import { csrf } from "./words.js";

const list = document.querySelector("[data-entries]");
const entries = list ? [...list.querySelectorAll("[data-entry]")] : [];

function step(from, by) {
  const next = entries[entries.indexOf(from) + by];
  if (!next) return false;
  next.querySelector("h3 a").focus();
  next.scrollIntoView({ block: "nearest" });
  return true;
}

list?.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select, summary");
  const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const here = event.target.closest("[data-entry]");
  if (!by || typing || !here || event.altKey || event.ctrlKey || event.metaKey) return;
  if (step(here, by)) event.preventDefault();
});

// Kept alive while the page changes: the entry is seen once what it leads to is opened.
list?.addEventListener("click", (event) => {
  const entry = event.target.closest("[data-entry].new");
  if (!entry || !event.target.closest("a[href]")) return;
  const headers = { "x-csrf-token": csrf() };
  fetch(`/console/inbox/seen/${entry.dataset.entry}`, { method: "POST", headers, keepalive: true }).catch(() => {});
});

for (const button of document.querySelectorAll("[data-insert]")) {
  button.addEventListener("click", () => {
    const field = button.closest("form").querySelector("textarea");
    const before = field.value.slice(0, field.selectionStart);
    const gap = before && !/\s$/.test(before) ? " " : "";
    field.setRangeText(`${gap}${button.dataset.insert} `, field.selectionStart, field.selectionEnd, "end");
    field.focus();
  });
}
