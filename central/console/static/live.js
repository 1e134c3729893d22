// Keeps a part of the page true: asks again every few seconds, swaps only what changed, and says so
// aloud when the server cannot be reached, because an old picture that looks new misleads.

import { say } from "./words.js";

function freshness(part, lost) {
  const shown = document.querySelector(`[data-fresh-for="${part.id}"]`);
  if (!shown) return;
  const time = new Date().toLocaleTimeString("vi", { hour12: false, timeZone: "Asia/Ho_Chi_Minh" });
  if (!lost) part.dataset.seen = time;
  shown.classList.toggle("lost", lost);
  const text = lost
    ? say("Mất liên lạc với máy chủ, số liệu lúc {time}", { time: part.dataset.seen ?? "–" })
    : say("Cập nhật lúc {time}", { time });
  shown.querySelector("[data-text]").textContent = text;
}

function opened(part) {
  return new Set(Array.from(part.querySelectorAll("details[open][id]"), (box) => box.id));
}

/** Return whether the answer differs from what is shown; the first is compared with the page as it came. */
function isNews(part, text) {
  if (part.dataset.last !== undefined) return text !== part.dataset.last;
  const read = document.createElement("template");
  read.innerHTML = text;
  return read.innerHTML.trim() !== part.innerHTML.trim();
}

async function ask(part) {
  if (document.hidden) return;
  try {
    const answer = await fetch(part.dataset.live, {
      headers: { Accept: "text/html" },
      credentials: "same-origin",
      signal: AbortSignal.timeout(8000),
    });
    if (answer.status === 401) {
      location.assign(`/console/sign-in?next=${encodeURIComponent(location.pathname)}`);
      return;
    }
    if (!answer.ok) throw new Error(String(answer.status));
    const text = await answer.text();
    if (!isNews(part, text)) {
      part.dataset.last = text;
    } else if (!part.contains(document.activeElement)) {
      const open = opened(part);
      part.innerHTML = text;
      for (const id of open) document.getElementById(id)?.setAttribute("open", "");
      part.dispatchEvent(new CustomEvent("swapped", { bubbles: true }));
      part.dataset.last = text;
    }
    freshness(part, false);
  } catch {
    freshness(part, true);
  }
}

/** Keep `part` fresh for as long as the page lives. */
export function keepFresh(part) {
  const every = Number(part.dataset.every ?? 2000);
  const turn = async () => {
    await ask(part);
    setTimeout(turn, every);
  };
  document.addEventListener("visibilitychange", () => ask(part));
  turn();
}
