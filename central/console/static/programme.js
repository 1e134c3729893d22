// The slot form: contents in order (added, moved, removed by buttons, so by keyboard too), the volume read out,
// and the week redrawn as the form changes.

import { csrf, make, say } from "./words.js";

const form = document.querySelector("[data-slot-form]");
const list = form?.querySelector("[data-order]");
const choose = form?.querySelector("[data-choose]");

function renumber() {
  const items = [...list.children];
  items.forEach((item, index) => {
    item.querySelector(".nr").textContent = `${index + 1}.`;
    item.querySelector("[data-up]").disabled = index === 0;
    item.querySelector("[data-down]").disabled = index === items.length - 1;
  });
  form.querySelector("[data-none]").hidden = items.length > 0;
}

function button(name, label, icon) {
  const made = make("button", { type: "button", class: "button slim bare square", [`data-${name}`]: true, "aria-label": label, title: label });
  made.append(document.getElementById(`icon-${icon}`).content.cloneNode(true));
  return made;
}

function add(option) {
  const title = option.textContent;
  list.append(
    make(
      "li",
      {},
      make("span", { class: "nr" }),
      make("span", { class: "grow", text: title }),
      make("input", { type: "hidden", name: "items", value: option.value }),
      make(
        "span",
        { class: "tools" },
        button("up", say("Đưa “{title}” lên", { title }), "up"),
        button("down", say("Đưa “{title}” xuống", { title }), "down"),
        button("drop", say("Bỏ “{title}”", { title }), "bin"),
      ),
    ),
  );
  renumber();
}

function moved(event) {
  const pressed = event.target.closest("button");
  const item = pressed?.closest("li");
  if (!item) return;
  if (pressed.matches("[data-up]")) item.previousElementSibling?.before(item);
  if (pressed.matches("[data-down]")) item.nextElementSibling?.after(item);
  if (pressed.matches("[data-drop]")) item.remove();
  renumber();
  if (item.isConnected && !pressed.disabled) pressed.focus();
  form.dispatchEvent(new Event("change"));
}

// A fault is no longer shown once somebody mends it; the server judges again when it is saved.
function settle(fault) {
  if (!fault?.startsWith("fault-")) return;
  for (const field of form.querySelectorAll(`[aria-describedby="${fault}"]`)) {
    field.removeAttribute("aria-invalid");
    field.removeAttribute("aria-describedby");
  }
  document.getElementById(fault)?.remove();
  if (!form.querySelector(".fault")) document.querySelector("main > .notice[role=alert]")?.remove();
}

let waiting = null;
async function preview() {
  const part = document.getElementById("week");
  const answer = await fetch(form.dataset.preview, {
    method: "POST",
    headers: { "X-CSRF-Token": csrf() },
    body: new FormData(form),
    credentials: "same-origin",
  }).catch(() => null);
  if (answer?.ok) part.innerHTML = await answer.text();
}

if (form) {
  form.querySelector("[data-add]").addEventListener("click", () => {
    if (choose.value) add(choose.selectedOptions[0]);
    form.dispatchEvent(new Event("change"));
  });
  list.addEventListener("click", moved);
  for (const range of form.querySelectorAll('input[type="range"]')) {
    const shown = form.querySelector(`output[for="${range.id}"]`);
    range.addEventListener("input", () => {
      shown.textContent = `${range.value} %`;
    });
  }
  form.addEventListener("input", (event) => settle(event.target.getAttribute("aria-describedby")));
  form.addEventListener("change", () => {
    clearTimeout(waiting);
    waiting = setTimeout(preview, 300);
  });
  for (const field of form.querySelectorAll("input[aria-describedby], textarea[aria-describedby]")) {
    if (field.value !== field.defaultValue) settle(field.getAttribute("aria-describedby")); // mended before we came
  }
  renumber();
  preview();
}
