// Recording on the spot: level while speaking, listen, again, then the same upload as a file. Needs a secure page.

import { takeAll } from "./upload.js";
import { say } from "./words.js";

const FORMS = ["audio/webm;codecs=opus", "audio/mp4", "audio/ogg;codecs=opus"];
const MOST_S = 60 * 60;
const box = document.querySelector("[data-recorder]");
const zone = document.querySelector("[data-upload]");
const part = (name) => box.querySelector(`[data-record-${name}]`);

const clock = (s) => `${Math.floor(s / 60)}:${String(Math.floor(s % 60)).padStart(2, "0")}`;

let stream = null;
let recorder = null;
let kept = null;
let sounding = null;
let context = null;

function told(sentence) {
  part("said").textContent = sentence;
}

function show(...names) {
  for (const name of ["stop", "listen", "again", "keep"]) part(name).hidden = !names.includes(name);
}

function hush() {
  sounding?.stop();
  sounding = null;
}

async function begin() {
  hush();
  kept = null;
  part("board").hidden = false;
  try {
    stream = await navigator.mediaDevices.getUserMedia({
      audio: { echoCancellation: false, noiseSuppression: true, autoGainControl: true, channelCount: 1 },
    });
  } catch {
    told(say("Không mở được micrô. Hãy cho phép trang này dùng micrô rồi thử lại."));
    show("again");
    return;
  }
  const form = FORMS.find((name) => MediaRecorder.isTypeSupported(name)) ?? "";
  const pieces = [];
  recorder = new MediaRecorder(stream, form ? { mimeType: form, audioBitsPerSecond: 128000 } : {});
  recorder.addEventListener("dataavailable", (event) => event.data.size && pieces.push(event.data));
  recorder.addEventListener("stop", () => ended(pieces, recorder.mimeType));
  recorder.start(1000);
  box.querySelector("[data-record]").hidden = true;
  part("hint").hidden = true;
  told(say("Đang thu"));
  show("stop");
  part("stop").focus();
  meter();
}

function meter() {
  context ??= new AudioContext();
  context.resume();
  const ear = context.createAnalyser();
  ear.fftSize = 2048;
  const source = context.createMediaStreamSource(stream);
  source.connect(ear);
  const samples = new Float32Array(ear.fftSize);
  const started = performance.now();
  let quietSince = started;
  const turn = () => {
    if (recorder?.state !== "recording") {
      source.disconnect();
      part("level").value = 0;
      return;
    }
    ear.getFloatTimeDomainData(samples);
    const peak = samples.reduce((top, value) => Math.max(top, Math.abs(value)), 0);
    const level = Math.max(0, Math.min(100, 100 + (20 * Math.log10(peak + 1e-6) * 100) / 60));
    part("level").value = level;
    const now = performance.now();
    if (level > 25) quietSince = now;
    if (level > 99) told(say("To quá, lùi xa micrô một chút"));
    else if (now - quietSince > 4000) told(say("Chưa nghe thấy gì, nói gần micrô hơn"));
    else told(say("Đang thu"));
    const seconds = (now - started) / 1000;
    part("time").textContent = clock(seconds);
    if (seconds > MOST_S) recorder.stop();
    else setTimeout(turn, 100);
  };
  turn();
}

function ended(pieces, mime) {
  for (const track of stream.getTracks()) track.stop();
  const ending = mime.includes("mp4") ? "m4a" : mime.includes("ogg") ? "ogg" : "webm";
  const now = new Date();
  const stamp = `${now.getFullYear()}-${String(now.getMonth() + 1).padStart(2, "0")}-${String(now.getDate()).padStart(2, "0")} ${String(now.getHours()).padStart(2, "0")}h${String(now.getMinutes()).padStart(2, "0")}`;
  kept = new File(pieces, `${say("Ghi âm")} ${stamp}.${ending}`, { type: mime.split(";")[0] });
  told(say("Đã thu xong, nghe lại rồi đưa vào kho"));
  show("listen", "again", "keep");
  part("keep").focus();
}

async function listen() {
  if (sounding) {
    hush();
    return;
  }
  try {
    context ??= new AudioContext();
    await context.resume();
    const heard = await context.decodeAudioData(await kept.arrayBuffer());
    sounding = context.createBufferSource();
    sounding.buffer = heard;
    sounding.connect(context.destination);
    sounding.addEventListener("ended", () => {
      sounding = null;
    });
    sounding.start();
    told(say("Đang phát lại, bấm lần nữa để dừng"));
  } catch {
    told(say("Trình duyệt này không nghe được tại chỗ."));
  }
}

function reset() {
  hush();
  part("board").hidden = true;
  part("hint").hidden = false;
  box.querySelector("[data-record]").hidden = false;
}

async function keep() {
  const file = kept;
  reset();
  kept = null;
  await takeAll(zone, [file], "recording");
}

if (box && window.isSecureContext && navigator.mediaDevices?.getUserMedia && window.MediaRecorder) {
  box.hidden = false;
  box.querySelector("[data-record]").addEventListener("click", begin);
  part("stop").addEventListener("click", () => recorder?.state === "recording" && recorder.stop());
  part("again").addEventListener("click", begin);
  part("listen").addEventListener("click", listen);
  part("keep").addEventListener("click", keep);
  addEventListener("beforeunload", (event) => {
    if (recorder?.state === "recording" || kept) event.preventDefault();
  });
}
