// Upload that survives a lost line: a file goes up in stretches, each checked and counted by the server; after a
// break we ask from which byte on, and go on from there, also after the page was closed. Then we watch the work.

import { Failure, csrf, make, post, say } from "./words.js";

const STRETCH_BYTES = 1_048_576;
const WAITS_MS = [1000, 2000, 4000, 8000, 15000, 30000];
const list = document.querySelector("[data-uploads]");
const BASE = "/console/library/uploads";

const size = (bytes) =>
  bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))} kB` : `${(bytes / 1e6).toFixed(1)} MB`;

class Cancelled extends Error {}
class Broken extends Error {}

function line(name) {
  const bar = make("progress", { max: "100", value: "0", "aria-label": say("Tiến độ tải lên {name}", { name }) });
  const state = make("p", { class: "small soft num", role: "status", text: say("Đang chờ") });
  const stop = make("button", { class: "button slim", type: "button", text: say("Hủy") });
  const item = make("li", {}, make("div", { class: "grow stack-s" }, make("strong", { text: name }), bar, state), stop);
  list.hidden = false;
  list.prepend(item);
  return { bar, state, stop, item, cancelled: false };
}

function finish(shown, tone, text, href) {
  shown.bar.remove();
  shown.stop.remove();
  shown.state.className = `fault ${tone}`;
  shown.state.replaceChildren(text);
  if (href) shown.item.append(make("a", { class: "button slim", href, text: say("Xem và nghe") }));
}

const nap = (shown, ms) =>
  new Promise((resolve) => {
    const timer = setTimeout(wake, ms);
    function wake() {
      clearTimeout(timer);
      removeEventListener("online", wake);
      shown.wake = undefined;
      resolve();
    }
    shown.wake = wake;
    addEventListener("online", wake);
  });

async function ask(method, path) {
  let answer;
  try {
    answer = await fetch(path, {
      method,
      headers: { "X-CSRF-Token": csrf(), Accept: "application/json" },
      credentials: "same-origin",
      signal: AbortSignal.timeout(20000),
    });
  } catch {
    throw new Broken();
  }
  const value = await answer.json().catch(() => ({}));
  if (answer.status >= 500 || answer.status === 429) throw new Broken();
  if (!answer.ok) throw new Failure(value.why || say("Máy chủ trả lời lỗi {code}. Thử lại sau ít phút.", { code: answer.status }));
  return value;
}

async function checksum(stretch) {
  if (!crypto.subtle) return "";
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", await stretch.arrayBuffer()));
  return `sha256 ${btoa(String.fromCharCode(...digest))}`;
}

/** Send one stretch; answer with the job, or with where the server really is. */
function send(job, stretch, sum, shown, done) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("PATCH", `${BASE}/${job.id}`);
    request.setRequestHeader("X-CSRF-Token", csrf());
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.setRequestHeader("Upload-Offset", String(job.offset));
    if (sum) request.setRequestHeader("Upload-Checksum", sum);
    request.responseType = "json";
    request.timeout = 120000;
    request.upload.addEventListener("progress", (event) => done(job.offset + event.loaded));
    request.addEventListener("load", () => {
      const answer = request.response ?? {};
      if (request.status === 200) resolve(answer);
      else if (request.status === 409 && answer.error === "offset") resolve(null);
      else if (request.status === 409 && answer.error === "busy") reject(new Broken());
      else if (request.status === 422 && answer.error === "checksum") reject(new Broken());
      else if (request.status >= 500) reject(new Broken());
      else reject(new Failure(answer.why ?? say("Máy chủ trả lời lỗi {code}. Thử lại sau ít phút.", { code: request.status })));
    });
    for (const name of ["error", "timeout"]) request.addEventListener(name, () => reject(new Broken()));
    request.addEventListener("abort", () => reject(new Cancelled()));
    shown.abort = () => request.abort();
    request.send(stretch);
  });
}

/** Return under which name a half-sent file is remembered: by its ends where we can hash, else by its date. */
async function noteName(file, area) {
  const ends = new Blob([file.slice(0, 65536), file.slice(-65536)]);
  const mark = (await checksum(ends)) || file.lastModified;
  return `upload ${area} ${file.size} ${mark}`;
}

function remember(note, id) {
  try {
    if (id) localStorage.setItem(note, id);
    else localStorage.removeItem(note);
  } catch {
    // a browser that keeps nothing still uploads
  }
}

async function opened(file, said, note) {
  let known = null;
  try {
    known = localStorage.getItem(note);
  } catch {
    known = null;
  }
  if (known) {
    const job = await ask("GET", `${BASE}/${known}`).catch((fault) => {
      if (fault instanceof Broken) throw fault;
      return null;
    });
    if (job?.open && job.size === file.size) return job;
  }
  const job = await post(BASE, { ...said, name: file.name, size_bytes: file.size, mime: file.type });
  remember(note, job.id);
  return job;
}

/** Run `deed` until it ends, waiting out broken lines; the waits start anew when something got through. */
async function patiently(shown, deed) {
  for (let broken = 0; ; ) {
    if (shown.cancelled) throw new Cancelled();
    try {
      return await deed(() => {
        broken = 0;
      });
    } catch (fault) {
      const lost = fault instanceof Broken || (fault instanceof Failure && !navigator.onLine);
      if (!lost) throw fault;
      shown.state.textContent = say("Mất mạng. Sẽ tự gửi tiếp từ chỗ đang dở…");
      await nap(shown, WAITS_MS[Math.min(broken, WAITS_MS.length - 1)]);
      broken += 1;
    }
  }
}

async function sendAll(file, job, shown) {
  let now = job;
  const done = (bytes) => {
    const part = (100 * bytes) / file.size;
    shown.bar.value = part;
    shown.state.textContent = `${Math.floor(part)} % · ${size(bytes)} / ${size(file.size)}`;
  };
  while (now.phase === "receiving" && now.offset < file.size) {
    now = await patiently(shown, async (through) => {
      const stretch = file.slice(now.offset, now.offset + STRETCH_BYTES);
      const answer = await send(now, stretch, await checksum(stretch), shown, done);
      through();
      return answer ?? ask("GET", `${BASE}/${now.id}`);
    }).catch(async (fault) => {
      if (fault instanceof Cancelled || fault instanceof Failure) throw fault;
      return ask("GET", `${BASE}/${now.id}`);
    });
  }
  return now;
}

/** Watch the work after the last byte until it ends; return whether content came of it. */
export async function watch(job, shown) {
  let now = job;
  for (let turn = 0; now.open; turn += 1) {
    if (now.pct > 0) shown.bar.value = now.pct;
    else shown.bar.removeAttribute("value");
    shown.state.textContent =
      now.phase === "queued"
        ? say("Đã tải lên, chờ máy xử lý…")
        : `${say(now.kind === "speech" ? "Máy đang đọc và kiểm tra…" : "Đã tải lên, đang kiểm tra âm thanh…")} ${now.pct} %`;
    await nap(shown, turn < 6 ? 400 : 1500);
    now = await patiently(shown, () => ask("GET", `${BASE}/${now.id}`));
  }
  if (now.phase === "done") finish(shown, "ok", now.said, now.href);
  else if (now.phase === "cancelled") finish(shown, "soft", say("Đã hủy tải lên"));
  else finish(shown, "bad", now.why);
  return now.phase === "done";
}

function stoppable(shown, id) {
  shown.stop.addEventListener("click", async () => {
    shown.cancelled = true;
    shown.abort?.();
    shown.wake?.();
    const known = id();
    if (known) await ask("DELETE", `${BASE}/${known}`).catch(() => null);
  });
}

/** Send one file and watch its work; return whether content came of it. */
async function take(file, said) {
  const shown = line(file.name);
  const note = await noteName(file, said.area);
  let job = null;
  stoppable(shown, () => job?.id);
  try {
    job = await patiently(shown, () => opened(file, said, note));
    job = await sendAll(file, job, shown);
    remember(note, null);
    return await watch(job, shown);
  } catch (fault) {
    if (fault instanceof Cancelled) finish(shown, "soft", say("Đã hủy tải lên"));
    else finish(shown, "bad", fault instanceof Failure ? fault.message : say("Không tới được máy chủ. Kiểm tra mạng rồi thử lại."));
    remember(note, null);
    return false;
  }
}

async function refresh() {
  const part = document.getElementById("contents");
  if (!part) return;
  const answer = await fetch(part.dataset.list, { credentials: "same-origin" });
  if (answer.ok) part.innerHTML = await answer.text();
}

/** Send files one after the other, with the zone's area and title; `made` is upload or recording. */
export async function takeAll(zone, files, made = "upload") {
  const field = zone.querySelector('[name="title"]');
  const title = files.length === 1 ? field.value.trim() : "";
  const trim = made === "recording" || Boolean(zone.querySelector('[name="trim"]')?.checked);
  const said = { area: zone.querySelector('[name="area"]').value, made, trim, sheet: { title } };
  let taken = 0;
  for (const file of files) {
    if (await take(file, said)) taken += 1;
    if (taken) await refresh();
  }
  if (taken) field.value = "";
  return taken;
}

/** Show a job that is under way and watch it. */
export async function follow(job) {
  const shown = line(job.name);
  stoppable(shown, () => job.id);
  if (job.phase === "receiving") {
    shown.bar.value = (100 * job.offset) / job.size;
    shown.state.textContent = say("Tải dở {part}. Chọn lại đúng tệp này để tải tiếp.", {
      part: `${size(job.offset)} / ${size(job.size)}`,
    });
    shown.stop.addEventListener("click", () => finish(shown, "soft", say("Đã hủy tải lên")));
    return false;
  }
  try {
    return await watch(job, shown);
  } catch (fault) {
    finish(shown, fault instanceof Cancelled ? "soft" : "bad", fault instanceof Cancelled ? say("Đã hủy tải lên") : fault.message);
    return false;
  }
}

const zone = document.querySelector("[data-upload]");
if (zone) {
  const input = zone.querySelector('input[type="file"]');
  const target = zone.querySelector(".drop");
  input.addEventListener("change", () => {
    const chosen = [...input.files];
    input.value = "";
    takeAll(zone, chosen);
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
    takeAll(zone, [...event.dataTransfer.files]);
  });
  ask("GET", BASE).then(
    (jobs) => jobs.reverse().forEach(async (job) => (await follow(job)) && refresh()),
    () => null,
  );
}
