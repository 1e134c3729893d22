// Writing to be spoken: shows the words as they will be read while typing, plays a preview, sends the text as a job.

import { follow } from "./upload.js";
import { make, post, say } from "./words.js";

const form = document.querySelector("[data-speech]");
const base = form?.dataset.speech;
const part = (name) => form.querySelector(`[data-${name}]`);
const value = (name) => form.elements[name].value;

const said = () => ({
  text: value("text"),
  region: value("region"),
  speed_pct: Number(value("speed_pct")),
});

const minutes = (ms) => {
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
};

function show(found) {
  part("spoken-box").hidden = false;
  part("spoken").textContent = found.spoken || say("Không có gì để đọc");
  part("spoken-length").textContent = say("Dài khoảng {time}", { time: minutes(found.estimated_ms) });
  part("spoken-notices").replaceChildren(...found.notices.map((text) => make("li", {}, make("span", { text }))));
}

let asked = 0;
async function words() {
  const turn = ++asked;
  if (!value("text").trim()) {
    part("spoken-box").hidden = true;
    return;
  }
  const found = await post(`${base}/words`, said()).catch(() => null);
  if (found && turn === asked) show(found);
}

async function preview(button) {
  button.setAttribute("aria-busy", "true");
  part("preview-said").textContent = "";
  try {
    const found = await post(`${base}/previews`, said());
    show(found);
    const sound = part("preview-sound");
    sound.src = found.href;
    sound.hidden = false;
    await sound.play().catch(() => null);
    if (!found.whole) part("preview-said").textContent = say("Nghe thử đọc 600 chữ đầu; bản trong kho đọc hết.");
  } catch (fault) {
    part("preview-said").textContent = fault.message;
  }
  button.removeAttribute("aria-busy");
}

async function speak(button) {
  if (!form.reportValidity()) return;
  button.disabled = true;
  part("preview-said").textContent = "";
  const sheet = { title: value("title").trim(), field: Number(value("field")), priority: value("priority") };
  try {
    await follow(await post(base, { ...said(), area: value("area"), sheet }));
  } catch (fault) {
    part("preview-said").textContent = fault.message;
  }
  button.disabled = false;
}

if (form) {
  let timer = 0;
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(words, 600);
  };
  form.elements.text.addEventListener("input", soon);
  form.elements.speed_pct.addEventListener("change", soon);
  part("preview").addEventListener("click", (event) => preview(event.currentTarget));
  part("speak").addEventListener("click", (event) => speak(event.currentTarget));
  if (value("text").trim()) words();
}
