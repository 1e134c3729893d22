// The words of an alarm in its form: templates are filled with the chosen areas and the hour, a drill says that it is
// one, and a blank that nobody filled in keeps the alarm from being signed.

import { say } from "./words.js";

// A drill says that it is one, first and in every language; the server refuses one that does not.
const OPENINGS = {
  vi: { Actual: "", Exercise: "Diễn tập: ", Test: "Kiểm tra: " },
  en: { Actual: "", Exercise: "Exercise: ", Test: "Test: " },
};
const BLANK = /\[[^\]\n]*\]|\{[^}\n]*\}|…|\.{3,}|_{2,}/g;
const MOST_NAMED = 4;

export const field = (box, name) => box.querySelector(`[data-${name}]`);

/** Return the blanks in the words, each once. */
export const blanksIn = (text) => [...new Set(text.match(BLANK) ?? [])];

/** Return an area's name; a hamlet's with its commune, for every commune has an "Ấp 1". */
function named(box) {
  const above = box.closest("li").parentElement.closest("li")?.querySelector("input");
  const isHamlet = box.value.split("/").length > 2;
  return isHamlet && above ? `${box.dataset.name} ${above.dataset.name}` : box.dataset.name;
}

/** Return the name of the chosen areas in a sentence. */
function places(chosen, language) {
  const names = chosen.map(named);
  if (!names.length) return language === "en" ? "[area]" : "[địa bàn]";
  const first = names.slice(0, MOST_NAMED).join(", ");
  const rest = names.length - MOST_NAMED;
  if (rest <= 0) return first;
  return language === "en" ? `${first} and ${rest} other areas` : `${first} và ${rest} địa bàn khác`;
}

function hour(language) {
  const [hours, minutes] = new Date()
    .toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: "Asia/Ho_Chi_Minh" })
    .split(":")
    .map(Number);
  if (language === "en") return `${hours}:${String(minutes).padStart(2, "0")}`;
  return minutes ? `${hours} giờ ${minutes}` : `${hours} giờ`;
}

/** Return a template's words with the area and the hour in them; its first letter is a capital. */
export function filledIn(raw, chosen, language) {
  const text = raw.replaceAll("{noi}", places(chosen, language)).replaceAll("{gio}", hour(language));
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Put the right opening before every title. */
export function openRightly(form, status) {
  for (const box of form.querySelectorAll("[data-language]")) {
    const openings = OPENINGS[box.dataset.language] ?? OPENINGS.vi;
    const headline = field(box, "headline");
    const old = Object.values(openings).find((opening) => opening && headline.value.startsWith(opening)) ?? "";
    const bare = headline.value.slice(old.length);
    if (bare && status) headline.value = openings[status] + bare;
  }
}

/** Show what is still to be filled in, and select the first of it where the person asked for it. */
export function showBlanks(form, texts, select) {
  const blanks = blanksIn(texts.join("\n"));
  const told = form.querySelector("[data-blanks]");
  told.hidden = !blanks.length;
  told.textContent = blanks.length ? say("Còn phải điền: {blanks}", { blanks: blanks.join(", ") }) : "";
  if (!select || !blanks.length) return;
  for (const area of form.querySelectorAll("[data-text]")) {
    const at = area.value.search(/\[(?!địa bàn|area)[^\]]*\]/);
    if (at >= 0) {
      area.focus({ preventScroll: true });
      area.setSelectionRange(at, area.value.indexOf("]", at) + 1);
      return;
    }
  }
}
