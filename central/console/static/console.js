// Every page: parts kept fresh, menus that close, buttons that copy, forms sent once.

import { keepFresh } from "./live.js";
import { say, toast } from "./words.js";

for (const part of document.querySelectorAll("[data-live]")) keepFresh(part);

document.addEventListener("click", async (event) => {
  for (const menu of document.querySelectorAll("details.me[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
  const copier = event.target.closest("[data-copy]");
  if (copier) {
    const text = document.getElementById(copier.dataset.copy).textContent;
    await navigator.clipboard.writeText(text).then(
      () => toast(say("Đã chép")),
      () => toast(say("Trình duyệt không cho chép, hãy chọn và chép bằng tay.")),
    );
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details.me[open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

for (const select of document.querySelectorAll("select[data-go]")) {
  select.addEventListener("change", () => select.form.requestSubmit());
}

for (const range of document.querySelectorAll('input[type="range"][data-shown]')) {
  range.addEventListener("input", () => {
    document.getElementById(range.dataset.shown).textContent = `${range.value} %`;
  });
}

// A plain form is sent once: a second tap on a slow line must not do the deed twice.
document.addEventListener("submit", (event) => {
  if (event.defaultPrevented || event.target.method !== "post") return;
  if (event.target.dataset.sent) {
    event.preventDefault();
    return;
  }
  event.target.dataset.sent = "yes";
  event.submitter?.setAttribute("aria-busy", "true");
  setTimeout(() => {
    delete event.target.dataset.sent;
    event.submitter?.removeAttribute("aria-busy");
  }, 8000);
});

addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});
