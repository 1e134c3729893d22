// Words and small helpers every script uses. Text arrives with the page, in the person's language.

const words = JSON.parse(document.body.dataset.words || "{}");

/** Return the text in the page's language; `{name}` parts are filled from `parts`. */
export function say(text, parts = {}) {
  const found = words[text] ?? text;
  return found.replace(/\{(\w+)\}/g, (whole, name) => (name in parts ? String(parts[name]) : whole));
}

/** Return a new element with text and attributes; text is never read as markup. */
export function make(name, { text, ...attributes } = {}, ...children) {
  const element = document.createElement(name);
  if (text !== undefined) element.textContent = text;
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== false && value !== null) element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children);
  return element;
}

/** Show a sentence for six seconds; screen readers hear it. */
export function toast(sentence) {
  for (const old of document.querySelectorAll(".toast")) old.remove();
  const shown = make("p", { class: "toast", role: "status", text: sentence });
  document.body.append(shown);
  setTimeout(() => shown.remove(), 6000);
}

export const csrf = () => document.querySelector('meta[name="csrf"]').content;

/** A failure with a sentence for the person: the server's own reason where it gave one. */
export class Failure extends Error {}

/** POST a JSON value or a FormData and return the JSON answer; raises Failure with the reason. */
export async function post(url, body) {
  const headers = { "X-CSRF-Token": csrf(), Accept: "application/json" };
  const isForm = body instanceof FormData;
  if (!isForm) headers["Content-Type"] = "application/json";
  let answer;
  try {
    answer = await fetch(url, {
      method: "POST",
      headers,
      body: isForm ? body : JSON.stringify(body),
      credentials: "same-origin",
    });
  } catch {
    throw new Failure(say("Không tới được máy chủ. Kiểm tra mạng rồi thử lại."));
  }
  const value = await answer.json().catch(() => ({}));
  if (!answer.ok) {
    throw new Failure(value.why || say("Máy chủ trả lời lỗi {code}. Thử lại sau ít phút.", { code: answer.status }));
  }
  return value;
}

export const toBase64 = (bytes) => btoa(Array.from(bytes, (b) => String.fromCharCode(b)).join(""));

/** Return the bytes of standard base64; raises Failure where it is not exactly that. */
export function fromBase64(text) {
  try {
    const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
    if (toBase64(bytes) === text) return bytes;
  } catch {
    // falls through to the one refusal below
  }
  throw new Failure(say("Máy chủ gửi dữ liệu không đúng dạng, không ký."));
}

export async function sha256Hex(bytes) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (b) => b.toString(16).padStart(2, "0")).join("");
}
