// The list: choose a whole page at once, and say how many are chosen. Filters open on a desk, closed on a phone.

import { say } from "./words.js";

const form = document.getElementById("chosen");
const all = document.getElementById("tick-all");
const told = document.getElementById("ticked");
const facets = document.getElementById("facets");

if (facets && matchMedia("(max-width: 959px)").matches) facets.open = false;

function boxes() {
  return [...form.querySelectorAll('input[name="device"]')];
}

function tell() {
  const count = boxes().filter((one) => one.checked).length;
  if (told) told.textContent = count ? say("({n} cụm)", { n: count }) : "";
  if (all) {
    all.checked = count > 0 && count === boxes().length;
    all.indeterminate = count > 0 && count < boxes().length;
  }
}

if (form && all) {
  all.closest("label").hidden = false;
  all.addEventListener("change", () => {
    for (const one of boxes()) one.checked = all.checked;
    tell();
  });
  form.addEventListener("change", tell);
  tell();
}
