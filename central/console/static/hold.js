// A button that must be held 1.5 s, so that no slip of a thumb raises an alarm. Whoever cannot hold (keyboard,
// switch, screen reader) presses it and is asked once more in a dialog instead.

import { make, say } from "./words.js";

const HOLD_MS = 1500;

function confirmOnce(question, yes) {
  const no = make("button", { class: "button", type: "button", text: say("Không") });
  const ok = make("button", { class: "button alarm", type: "button", text: yes });
  const box = make(
    "dialog",
    { "aria-labelledby": "hold-title" },
    make("h2", { id: "hold-title", text: question }),
    make("div", { class: "row ends" }, no, ok),
  );
  document.body.append(box);
  return new Promise((resolve) => {
    const end = (answer) => {
      box.close();
      box.remove();
      resolve(answer);
    };
    no.addEventListener("click", () => end(false));
    ok.addEventListener("click", () => end(true));
    box.addEventListener("cancel", () => end(false));
    box.showModal();
    no.focus();
  });
}

/** Call `act` once `button` has been held long enough, or confirmed by keyboard. */
export function onHold(button, act) {
  let timer = null;
  const release = () => {
    clearTimeout(timer);
    timer = null;
    button.classList.remove("held");
  };
  button.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || button.disabled) return;
    button.setPointerCapture(event.pointerId);
    button.classList.add("held");
    timer = setTimeout(() => {
      release();
      act();
    }, HOLD_MS);
  });
  for (const name of ["pointerup", "pointercancel", "lostpointercapture", "blur"]) {
    button.addEventListener(name, release);
  }
  button.addEventListener("contextmenu", (event) => event.preventDefault());
  button.addEventListener("click", async (event) => {
    event.preventDefault();
    const byPointer = event.detail > 0;
    if (byPointer || button.disabled) return;
    if (await confirmOnce(button.dataset.question, button.dataset.yes)) act();
  });
}
