// Upload with progress: files are chosen, dropped or recorded by the phone, sent one after the other, and
// each can be stopped. The checks' answer is shown in words.

import { csrf, make, say } from "./words.js";

const zone = document.querySelector("[data-upload]");
const list = document.querySelector("[data-uploads]");

const size = (bytes) =>
  bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))} kB` : `${(bytes / 1e6).toFixed(1)} MB`;

function line(file) {
  const bar = make("progress", { max: "100", value: "0", "aria-label": say("Tiến độ tải lên {name}", { name: file.name }) });
  const state = make("p", { class: "small soft num", role: "status", text: say("Đang chờ") });
  const stop = make("button", { class: "button slim", type: "button", text: say("Hủy") });
  const item = make(
    "li",
    {},
    make("div", { class: "grow stack-s" }, make("strong", { text: file.name }), bar, state),
    stop,
  );
  list.hidden = false;
  list.prepend(item);
  return { bar, state, stop, item };
}

function finish(shown, tone, text, href) {
  shown.bar.remove();
  shown.stop.remove();
  shown.state.className = `fault ${tone}`;
  shown.state.replaceChildren(text);
  if (href) shown.item.append(make("a", { class: "button slim", href, text: say("Xem và nghe") }));
}

function send(file, shown, title) {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    const area = zone.querySelector('[name="area"]').value;
    const query = new URLSearchParams({ area, name: file.name, title });
    request.open("POST", `${zone.dataset.upload}?${query}`);
    request.setRequestHeader("X-CSRF-Token", csrf());
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.responseType = "json";
    request.upload.addEventListener("progress", (event) => {
      const part = event.total ? (100 * event.loaded) / event.total : 0;
      shown.bar.value = part;
      shown.state.textContent =
        part < 100
          ? `${Math.round(part)} % · ${size(event.loaded)} / ${size(event.total)}`
          : say("Đã tải lên, đang kiểm tra âm thanh…");
      if (part >= 100) shown.bar.removeAttribute("value");
    });
    request.addEventListener("load", () => {
      const answer = request.response ?? {};
      if (request.status === 200) finish(shown, "ok", answer.said, answer.href);
      else finish(shown, "bad", answer.why ?? say("Máy chủ trả lời lỗi {code}. Thử lại sau ít phút.", { code: request.status }));
      resolve(request.status === 200);
    });
    request.addEventListener("error", () => {
      finish(shown, "bad", say("Không tới được máy chủ. Kiểm tra mạng rồi thử lại."));
      resolve(false);
    });
    request.addEventListener("abort", () => {
      finish(shown, "soft", say("Đã hủy tải lên"));
      resolve(false);
    });
    shown.stop.addEventListener("click", () => request.abort());
    request.send(file);
  });
}

async function take(files) {
  const waiting = Array.from(files, (file) => [file, line(file)]);
  let taken = 0;
  const field = zone.querySelector('[name="title"]');
  const title = files.length === 1 ? field.value.trim() : "";
  for (const [file, shown] of waiting) taken += Number(await send(file, shown, title));
  if (taken) field.value = "";
  const part = document.getElementById("contents");
  if (taken && part) {
    const answer = await fetch(part.dataset.list, { credentials: "same-origin" });
    if (answer.ok) part.innerHTML = await answer.text();
  }
}

if (zone) {
  const input = zone.querySelector('input[type="file"]');
  const target = zone.querySelector(".drop");
  input.addEventListener("change", () => {
    const chosen = [...input.files];
    input.value = "";
    take(chosen);
  });
  for (const name of ["dragenter", "dragover"]) {
    target.addEventListener(name, (event) => {
      event.preventDefault();
      target.classList.add("over");
    });
  }
  for (const name of ["dragleave", "drop"]) {
    target.addEventListener(name, () => target.classList.remove("over"));
  }
  target.addEventListener("drop", (event) => {
    event.preventDefault();
    take(event.dataTransfer.files);
  });
}
