// What every page that signs an announcement shares: telling a failure, keeping a button busy, and the one sentence
// for a server that hands out something else than what the page shows.

import { Failure, say } from "./words.js";

/** Return a function that shows a sentence in the box, or hides it. */
export function teller(box) {
  return (text, tone = "bad") => {
    box.hidden = !text;
    box.className = `notice ${tone}`;
    box.textContent = text;
    if (text) box.scrollIntoView({ block: "nearest" });
  };
}

/** Do some work with the button busy, and tell what went wrong. */
export async function guarded(button, tell, work) {
  button.disabled = true;
  button.setAttribute("aria-busy", "true");
  tell("");
  try {
    await work();
  } catch (error) {
    tell(error instanceof Failure ? error.message : say("Có lỗi khi ký: {why}", { why: error.message }));
  } finally {
    button.disabled = false;
    button.removeAttribute("aria-busy");
  }
}

export const foreign = () =>
  new Failure(say("Văn bản máy chủ đưa ra khác với nội dung trên trang, không ký. Báo ngay cho người quản trị."));
