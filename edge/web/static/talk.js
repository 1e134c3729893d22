// Talking live: the microphone is switched on first, then a held button (or the space key) talks.
// The appliance says what is observed; the page says it on. Silence, a hidden page and a lost line end the talk.
const area = document.getElementById("talk-area");
const can = window.isSecureContext && navigator.mediaDevices?.getUserMedia && window.AudioWorkletNode;
const part = (name) => document.getElementById(`talk-${name}`);
const words = area?.dataset ?? {};
const TAIL_MS = 350; // the last syllable is still on its way when the finger lifts
const MIC_IDLE_MS = 120_000;
const BACKLOG_BYTES = 16_384; // what waits longer than half a second is worth nothing

let mic = null; // { stream, context }
let line = null; // the socket of the talk under way
let open = false; // the appliance has been greeted
let locked = false;
let ending = 0;
let resting = 0;
let left = 0;
let counting = 0;
let awake = null;

function tell(text, state = "") {
  part("say").textContent = text;
  area.dataset.state = state;
}

function show() {
  const on = mic !== null;
  part("mic").hidden = on;
  part("ways").hidden = !on;
  part("lock").querySelector("strong").textContent = locked ? words.unlock : words.lock;
  part("lock").setAttribute("aria-pressed", String(locked));
  part("hold").classList.toggle("talking", line !== null);
}

// --- the microphone -----------------------------------------------------------------------------
async function micOn() {
  part("mic").disabled = true;
  try {
    const audio = { channelCount: 1, echoCancellation: true, noiseSuppression: true, autoGainControl: true };
    const stream = await navigator.mediaDevices.getUserMedia({ audio });
    const context = new AudioContext();
    await context.audioWorklet.addModule(area.dataset.worklet);
    await context.resume();
    const node = new AudioWorkletNode(context, "downsampler", { channelCount: 1, channelCountMode: "explicit" });
    node.port.onmessage = ({ data }) => spoken(data);
    context.createMediaStreamSource(stream).connect(node).connect(context.destination); // silent, yet it keeps the clock
    mic = { stream, context };
    stream.getAudioTracks()[0].addEventListener("ended", micOff);
    tell("");
    rest();
    show();
    part("hold").focus();
  } catch {
    tell(words.refused, "no");
  } finally {
    part("mic").disabled = false;
  }
}

function micOff() {
  if (line) leave();
  for (const track of mic?.stream.getTracks() ?? []) track.stop();
  mic?.context.close();
  mic = null;
  clearTimeout(resting);
  show();
}

function rest() {
  clearTimeout(resting);
  resting = setTimeout(micOff, MIC_IDLE_MS);
}

function spoken({ frame, level }) {
  part("level").value = level > 0 ? Math.max(0, 60 + 20 * Math.log10(level)) : 0;
  const ready = open && line.readyState === WebSocket.OPEN; // the server may have hung up a moment ago
  if (ready && line.bufferedAmount < BACKLOG_BYTES) line.send(frame);
}

// --- the talk -----------------------------------------------------------------------------------
function talk() {
  clearTimeout(ending);
  ending = 0;
  if (line || !mic) return;
  clearTimeout(resting);
  const zones = [...area.querySelectorAll("input[name=zone]:checked")].map((one) => one.value);
  const csrf = area.querySelector("input[name=csrf]").value;
  const mine = new WebSocket(`${location.protocol === "https:" ? "wss:" : "ws:"}//${location.host}/talk`);
  line = mine;
  let over = false;
  tell(words.connecting, "opening");
  show();
  navigator.wakeLock?.request("screen").then((lock) => { awake = lock; }).catch(() => {});
  mine.addEventListener("open", () => {
    mine.send(JSON.stringify({ csrf, zones }));
    open = line === mine;
  });
  mine.addEventListener("message", ({ data }) => {
    const said = JSON.parse(data);
    over = said.state === "over";
    tell(said.text, over && said.refused ? "no" : said.state);
    if (said.left_s) countDown(said.left_s);
    if (over) mine.close();
  });
  mine.addEventListener("close", () => {
    if (!over) tell(words.lost, "no");
    if (line === mine) ended();
  });
}

function ended() {
  clearTimeout(ending);
  clearInterval(counting);
  line = null;
  open = false;
  locked = false;
  ending = 0;
  part("left").textContent = "";
  awake?.release().catch(() => {});
  awake = null;
  if (mic) rest();
  show();
}

function leave() {
  clearTimeout(ending);
  ending = 0;
  if (!line) return;
  const mine = line;
  open = false;
  if (mine.readyState === WebSocket.OPEN) mine.send("bye");
  else mine.close();
  setTimeout(() => { if (line === mine) mine.close(); }, 3_000);
}

function release() {
  if (!line || locked || ending) return;
  ending = setTimeout(leave, TAIL_MS);
}

function countDown(seconds) {
  if (Math.abs(seconds - left) < 12 && counting && left > 0) return;
  clearInterval(counting);
  left = seconds;
  const draw = () => {
    if (!line) return;
    const text = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
    part("left").textContent = words.left.replace("#", text);
    left = Math.max(0, left - 1);
  };
  draw();
  counting = setInterval(draw, 1_000);
}

// --- fingers and keys ---------------------------------------------------------------------------
function listen() {
  const hold = part("hold");
  const keys = [" ", "Enter"];
  hold.addEventListener("pointerdown", (event) => {
    if (!event.isPrimary || event.button !== 0) return;
    hold.setPointerCapture(event.pointerId);
    talk();
  });
  for (const end of ["pointerup", "pointercancel", "lostpointercapture"]) hold.addEventListener(end, release);
  hold.addEventListener("contextmenu", (event) => event.preventDefault());
  hold.addEventListener("keydown", (event) => {
    if (!keys.includes(event.key)) return;
    event.preventDefault();
    if (!event.repeat) talk();
  });
  hold.addEventListener("keyup", (event) => { if (keys.includes(event.key)) release(); });
  hold.addEventListener("blur", release);
  part("lock").addEventListener("click", () => {
    if (line && locked) {
      leave();
      return;
    }
    talk();
    locked = line !== null;
    show();
  });
  part("mic").addEventListener("click", micOn);
  part("off").addEventListener("click", micOff);
  document.addEventListener("visibilitychange", () => { if (document.hidden && line && !locked) leave(); });
  window.addEventListener("pagehide", () => { if (mic) micOff(); });
}

if (area && can) {
  part("no").hidden = true;
  part("box").hidden = false;
  listen();
}
