// Speaking a warning: three ways to a voice (live, recorded, a file), one signature, and the panel while it is on air.

import { foreign, guarded, teller } from "./alarm_signing.js";
import { openRightly } from "./alarm_words.js";
import { onHold } from "./hold.js";
import { able, levelOf, Microphone, newVoice, Operator, RATE } from "./operator.js";
import { myKey, opened, signAndSend } from "./signing.js";
import { Failure, post, say } from "./words.js";

const TONE_S = 5; // the tone and the first amplifiers' warming up
const LOOK_MS = 1000;
const LUMP = RATE / 50;
const QUIET_MS = 4000;
const LABELS = {
  live: say("Giữ 1,5 giây để ký và NÓI"),
  recorded: say("Giữ 1,5 giây để ký và phát bản ghi"),
  file: say("Giữ 1,5 giây để ký và phát tệp"),
};

const form = document.querySelector("[data-voice]");
const part = (name) => form.querySelector(`[data-${name}]`);
const clock = (s) => `${Math.floor(s / 60)}:${String(Math.floor(s % 60)).padStart(2, "0")}`;
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const way = () => form.elements.way.value;

let microphone = null;
let kept = null; // samples of a recording or a file
let sounding = null;
let busy = false; // something that leaving the page would lose

// --- the form -----------------------------------------------------------------------------------------

function chosenAreas() {
  return [...form.querySelectorAll('[name="areas"]:checked:not(:disabled)')].map((box) => box.value);
}

function cover() {
  const boxes = [...form.querySelectorAll('[name="areas"]')];
  for (const box of boxes) {
    const above = boxes.some((other) => other.checked && !other.disabled && box.value.startsWith(`${other.value}/`));
    if (above) box.checked = true;
    else if (box.disabled) box.checked = false;
    box.disabled = above;
  }
}

function show() {
  cover();
  openHeadline();
  const areas = chosenAreas();
  const under = (path) => areas.some((area) => path === area || path.startsWith(`${area}/`));
  const boxes = [...form.querySelectorAll('[name="areas"]')];
  const count = boxes.filter((box) => under(box.value)).reduce((sum, box) => sum + Number(box.dataset.own), 0);
  part("audience").textContent = areas.length
    ? say("{n} cụm loa trong {k} địa bàn", { n: count, k: areas.length })
    : say("Chưa chọn địa bàn");
  const status = form.elements.status.value;
  part("label").textContent = status ? LABELS[way()] : say("Hãy chọn Thật hoặc Diễn tập");
  part("send").dataset.question = say("Ký và phát giọng nói tới {n} cụm loa?", { n: count });
  part("microphone").hidden = way() === "file";
  part("file").hidden = way() !== "file";
  part("record").hidden = way() !== "recorded" || recording !== null;
  part("try").hidden = way() !== "live";
  part("time").hidden = way() === "live";
  part("kept").hidden = way() === "live" || !kept;
}

function openHeadline() {
  const box = { querySelectorAll: () => [{ dataset: { language: "vi" }, querySelector: () => form.elements.headline }] };
  openRightly(box, form.elements.status.value);
}

// --- the microphone --------------------------------------------------------------------------------------

let heardAt = 0;

async function hear(onLump) {
  microphone ??= await Microphone.open();
  heardAt = performance.now();
  microphone.onLump = (lump) => {
    const level = levelOf(lump);
    for (const meter of [part("level"), part("air-level")]) meter.value = level;
    const now = performance.now();
    if (level > 25) heardAt = now;
    let said = say("Nghe rõ");
    if (level > 99) said = say("To quá, lùi xa micrô một chút");
    else if (now - heardAt > QUIET_MS) said = say("Chưa nghe thấy gì, nói gần micrô hơn");
    if (part("heard").textContent !== said) part("heard").textContent = said;
    onLump(lump);
  };
}

function deafen() {
  microphone?.close();
  microphone = null;
  for (const meter of [part("level"), part("air-level")]) meter.value = 0;
}

async function trying() {
  await hear(() => {});
  part("try").hidden = true;
}

// --- recorded before, or from a file ------------------------------------------------------------------------

let recording = null;

async function record() {
  hush();
  kept = null;
  recording = [];
  busy = true;
  show();
  try {
    await hear((lump) => {
      recording.push(lump);
      part("time").textContent = clock((recording.length * LUMP) / RATE);
      if (recording.length * LUMP >= Number(form.dataset.longest) * RATE) stop();
    });
  } catch (fault) {
    recording = null;
    busy = false;
    show();
    throw fault;
  }
  part("stop").hidden = false;
  part("stop").focus();
}

function stop() {
  if (!recording) return;
  keep(joinedLumps(recording));
  recording = null;
  deafen();
  part("stop").hidden = true;
  part("record-name").textContent = say("Ghi lại từ đầu");
  part("heard").textContent = say("Đã ghi xong. Nghe lại, rồi giữ nút để phát.");
  show();
  part("listen").focus();
}

function joinedLumps(lumps) {
  const whole = new Float32Array(lumps.length * LUMP);
  lumps.forEach((lump, at) => whole.set(lump, at * LUMP));
  return whole;
}

function keep(samples) {
  kept = samples;
  busy = true;
}

async function takeFile(file) {
  const told = part("file-told");
  kept = null;
  told.textContent = say("Đang đọc tệp…");
  show();
  const context = new AudioContext({ sampleRate: RATE });
  try {
    const found = await context.decodeAudioData(await file.arrayBuffer());
    if (found.duration > Number(form.dataset.longest)) {
      told.textContent = say("Tệp dài {time}, dài nhất là 3 phút. Hãy cắt ngắn.", { time: clock(found.duration) });
      return;
    }
    const mixed = new Float32Array(found.length);
    for (let channel = 0; channel < found.numberOfChannels; channel += 1) {
      found.getChannelData(channel).forEach((sample, at) => {
        mixed[at] += sample / found.numberOfChannels;
      });
    }
    keep(mixed);
    told.textContent = say("Tệp dài {time}. Nghe lại, rồi giữ nút để phát.", { time: clock(found.duration) });
  } catch {
    told.textContent = say("Trình duyệt không nghe được tệp này. Hãy chọn tệp mp3, wav hoặc m4a.");
  } finally {
    context.close();
    show();
  }
}

function hush() {
  sounding?.context.close();
  sounding = null;
}

function listen() {
  if (sounding) {
    hush();
    return;
  }
  const context = new AudioContext({ sampleRate: RATE });
  const buffer = context.createBuffer(1, kept.length, RATE);
  buffer.copyToChannel(kept, 0);
  const source = context.createBufferSource();
  source.buffer = buffer;
  source.connect(context.destination);
  source.addEventListener("ended", hush);
  source.start();
  sounding = source;
}

// --- signed, and on air --------------------------------------------------------------------------------------

function sameAsShown(document, shown) {
  const [info, ...more] = document.infos;
  const same =
    document.message === "Alert" &&
    document.status === shown.status &&
    [...document.areas].sort().join() === [...shown.areas].sort().join() &&
    more.length === 0 &&
    info.headline === shown.headline &&
    info.text === shown.text &&
    info.content === null &&
    info.voice === shown.voice;
  if (!same) throw foreign();
}

async function raise() {
  const shown = {
    status: form.elements.status.value,
    areas: chosenAreas(),
    headline: form.elements.headline.value.trim(),
    text: form.elements.text.value.trim().replace(/\r\n/g, "\n"),
  };
  if (!shown.status) throw new Failure(say("Hãy chọn Thật hoặc Diễn tập"));
  if (!shown.areas.length) throw new Failure(say("Chưa chọn địa bàn nhận."));
  if (way() === "live") await hear(() => {});
  else if (!kept) throw new Failure(say("Chưa có tiếng nói: hãy ghi âm hoặc chọn tệp trước."));
  const key = await myKey(form.dataset.login);
  const voice = await newVoice();
  shown.voice = voice.publicKey;
  const data = new FormData(form);
  data.set("voice", voice.publicKey);
  const prepared = await post(form.dataset.prepare, data);
  const { payload, document: paper } = await opened(prepared, "announcement");
  sameAsShown(paper, shown);
  const answer = await signAndSend(key, prepared, payload, form.action);
  busy = true;
  await onAir(voice, paper.id, answer);
}

function told(title, sentence, count = "") {
  part("air-title").textContent = title;
  part("air-said").textContent = sentence;
  part("count").textContent = count;
}

async function onAir(voice, id, answer) {
  part("asking").hidden = true;
  part("air").hidden = false;
  part("board").href = answer.href;
  part("air-title").focus();
  const url = `${form.dataset.pieces}${encodeURIComponent(id)}`;
  const operator = new Operator(voice, id, url);
  const trouble = teller(part("air-told"));
  operator.onTrouble = trouble;
  const watching = watch(`${url}/state`, operator);
  try {
    if (answer.phase === "waiting") await cosigned(watching);
    if (way() === "live") await speakLive(operator);
    else await speakKept(operator);
    told(say("Đã gửi hết"), say("Loa nào chưa nghe trực tiếp sẽ phát ngay khi nhận đủ, và mọi loa phát lại theo vòng đến khi hủy."));
  } catch (fault) {
    told(say("Giọng nói đã dừng"), say("Cảnh báo vẫn còn hiệu lực: loa đọc lời thay. Xem bảng theo dõi để hủy hoặc phát lại."));
    trouble(fault.message);
  } finally {
    deafen();
    busy = false;
    part("air").classList.remove("speaking");
    part("done").hidden = true;
    part("board").hidden = false;
    part("board").focus();
  }
}

/** Look every second who hears it, for as long as the page is open; `state` is the newest answer. */
function watch(url, operator) {
  const seen = { state: null };
  const look = async () => {
    for (;;) {
      try {
        const answer = await fetch(url, { headers: { Accept: "application/json" }, credentials: "same-origin" });
        if (answer.ok) {
          seen.state = await answer.json();
          const { speaking, appliances } = seen.state;
          part("air-heard").textContent = speaking
            ? say("{n}/{m} cụm loa", { n: speaking, m: appliances })
            : say("chưa cụm nào trong {m}", { m: appliances });
        }
      } catch {
        // the next look will tell
      }
      await wait(LOOK_MS);
    }
  };
  look();
  operator.onTold = (state) => {
    seen.state = state;
  };
  return seen;
}

async function cosigned(watching) {
  told(say("Chờ người ký thứ hai"), say("Loa chưa kêu. Giữ trang này mở: khi người thứ hai ký, bạn nói ngay tại đây."));
  while (watching.state?.phase !== "active") {
    if (watching.state?.phase === "over") throw new Failure(say("Cảnh báo này đã bị hủy hoặc hết hạn."));
    await wait(LOOK_MS / 4);
  }
}

async function speakLive(operator) {
  for (let left = TONE_S; left > 0; left -= 1) {
    told(say("Hiệu lệnh đang phát"), say("Chuẩn bị nói. Loa đang phát hiệu lệnh báo động."), String(left));
    await wait(1000);
  }
  told(say("NÓI ĐI"), say("Micrô đang mở. Nói xong thì bấm “Nói xong”."));
  part("air").classList.add("speaking");
  const done = part("done");
  done.hidden = false;
  done.focus();
  const most = Number(form.dataset.longest) * RATE - RATE;
  await new Promise((resolve) => {
    done.addEventListener("click", resolve, { once: true });
    hear((lump) => {
      if (operator.failed) resolve();
      else operator.speak(lump);
      part("air-time").textContent = clock((operator.spoken * LUMP) / RATE);
      if (operator.spoken * LUMP >= most) resolve();
    });
  });
  deafen();
  done.hidden = true;
  part("air").classList.remove("speaking");
  told(say("Đang gửi phần cuối…"), "");
  await operator.end();
}

async function speakKept(operator) {
  hush();
  told(say("Đang gửi giọng nói…"), say("Loa phát hiệu lệnh rồi phát giọng bạn."));
  const lumps = Math.ceil(kept.length / LUMP);
  for (let at = 0; at < lumps; at += 1) {
    const lump = new Float32Array(LUMP);
    lump.set(kept.subarray(at * LUMP, (at + 1) * LUMP));
    operator.speak(lump);
    if (at % 50 === 49) await wait(0);
  }
  part("air-time").textContent = clock(kept.length / RATE);
  await operator.end();
}

async function start() {
  const tell = teller(part("told"));
  const trouble = teller(part("trouble"));
  const doing = (button, work) => button.addEventListener("click", () => guarded(button, trouble, work));
  doing(part("try"), trying);
  doing(part("record"), record);
  part("stop").addEventListener("click", stop);
  part("listen").addEventListener("click", listen);
  part("file").querySelector("input").addEventListener("change", (event) => event.target.files[0] && takeFile(event.target.files[0]));
  form.addEventListener("input", (event) => {
    if (event.target.name === "way") {
      stop();
      hush();
      kept = null;
      deafen();
    }
    show();
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  onHold(part("send"), () => guarded(part("send"), tell, raise));
  addEventListener("beforeunload", (event) => {
    if (busy) event.preventDefault();
  });
  show();
  if (!(await able())) {
    trouble(say("Trình duyệt này không gửi được giọng nói. Cập nhật Chrome, Edge hoặc Firefox, hoặc phát cảnh báo bằng chữ."));
    part("send").disabled = true;
  }
}

if (form) start();
