// Installing at the pole: the camera reads the appliance's key, and the paper is signed here. Before it is, this
// browser computes the six digits itself from the very key that the paper names, and compares the paper with what
// was scanned and with what stands on the page: a server that lies about one of them gets no signature.

import { seal } from "./keys.js";
import { agree, myKey, opened } from "./signing.js";
import { Failure, fromBase64, post, say, sha256Hex, toBase64, toast } from "./words.js";

const HEAD = "TIENGLANG:1:";
const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const page = document.querySelector("[data-site]");
const told = document.querySelector("[data-told]");
const memory = `tienglang-scan:${page?.dataset.site}`;

function tell(text) {
  told.hidden = !text;
  told.textContent = text;
  if (text) told.scrollIntoView({ block: "nearest" });
}

function fromBase32(text) {
  let bits = "";
  for (const letter of text) bits += BASE32.indexOf(letter).toString(2).padStart(5, "0");
  return Uint8Array.from(bits.match(/.{8}/g) ?? [], (byte) => Number.parseInt(byte, 2));
}

/** Return whether the paper names the machine that was scanned or typed here, as far as this browser remembers. */
function isTheScanned(paper) {
  const scanned = sessionStorage.getItem(memory);
  if (!scanned) return true;
  if (scanned.startsWith(HEAD)) return toBase64(fromBase32(scanned.slice(HEAD.length))) === paper.device_key;
  return scanned.toLowerCase().replace(/[\s-]/g, "") === paper.device;
}

/** Return the six digits as the contract has them: of the key and both nonces, each with its length before it. */
async function digits(key, nonce, central) {
  const head = new TextEncoder().encode("tienglang-compare-v1");
  const parts = [head, fromBase64(key), fromBase64(nonce), fromBase64(central)];
  const whole = [];
  for (const part of parts) {
    const length = new DataView(new ArrayBuffer(4));
    length.setUint32(0, part.length);
    whole.push(...new Uint8Array(length.buffer), ...part);
  }
  const number = BigInt(`0x${(await sha256Hex(Uint8Array.from(whole))).slice(0, 16)}`) % 1000000n;
  const shown = number.toString().padStart(6, "0");
  return `${shown.slice(0, 3)} ${shown.slice(3)}`;
}

const fingerprint = async (key) => (await sha256Hex(fromBase64(key))).slice(0, 32).match(/.{4}/g).join(" ");

async function assign(button) {
  const { site, title, area, login } = page.dataset;
  const { code, nonce, central } = button.dataset;
  const key = await myKey(login);
  const url = `/console/install/sites/${site}/assignment`;
  const prepared = await post(`${url}/prepare`, { code });
  const { payload, document: paper } = await opened(prepared, "assignment");
  if (paper.retired || paper.area !== area || paper.name !== title) {
    throw new Failure(say("Máy chủ đưa ra một loại văn bản khác với việc bạn đang làm, không ký."));
  }
  if (!isTheScanned(paper)) {
    throw new Failure(say("Giấy giao ghi máy khác với máy bạn đã quét, không ký. Báo ngay cho người quản trị."));
  }
  if ((await digits(paper.device_key, nonce, central)) !== code) {
    throw new Failure(say("Sáu số không phải của máy ghi trong giấy giao, không ký. Báo ngay cho người quản trị."));
  }
  const yes = await agree({
    title: say("Ký giao máy {code}", { code }),
    kind: "assignment",
    document: paper,
    more: [[say("Dấu vân tay khóa"), await fingerprint(paper.device_key)]],
    note: say("Trình duyệt đã tính lại sáu số từ khóa ghi trong giấy. Khóa ký không rời khỏi máy của bạn."),
    yes: say("Ký và giao máy"),
  });
  if (!yes) return false;
  const answer = await post(url, { code, envelope: await seal(key, prepared.payloadType, payload) });
  sessionStorage.removeItem(memory);
  location.assign(answer.href);
  return true;
}

async function retire(button) {
  const device = button.dataset.retire;
  const key = await myKey(page.dataset.login);
  const url = `/console/install/appliances/${device}/retirement`;
  const prepared = await post(`${url}/prepare`, {});
  const { payload, document: paper } = await opened(prepared, "assignment");
  if (!paper.retired || paper.device !== device) {
    throw new Failure(say("Máy chủ đưa ra một loại văn bản khác với việc bạn đang làm, không ký."));
  }
  const yes = await agree({
    title: say("Ký thu hồi máy"),
    kind: "assignment",
    document: paper,
    note: say("Máy này sẽ im lặng hẳn, kể cả khẩn cấp, cho đến khi được giao lại. Khóa ký không rời khỏi máy của bạn."),
    yes: say("Ký thu hồi"),
    tone: "bad",
  });
  if (!yes) return false;
  await post(url, { envelope: await seal(key, prepared.payloadType, payload) });
  location.assign(`/console/install/sites/${page.dataset.site}?done=retired`);
  return true;
}

let signing = false; // the page is not taken from under a signature, nor the answer to it

async function guarded(button, work) {
  tell("");
  signing = true;
  button.setAttribute("aria-busy", "true");
  button.disabled = true;
  try {
    signing = await work(button);
  } catch (error) {
    signing = false;
    tell(error instanceof Failure ? error.message : say("Có lỗi khi ký: {why}", { why: error.message }));
  } finally {
    button.removeAttribute("aria-busy");
    button.disabled = false;
  }
}

// --- the camera -------------------------------------------------------------------------------

const camera = document.querySelector("[data-camera]");
const form = document.querySelector("[data-scan-form]");

async function readerOf() {
  if (!window.BarcodeDetector || !navigator.mediaDevices?.getUserMedia) return null;
  const formats = await window.BarcodeDetector.getSupportedFormats().catch(() => []);
  return formats.includes("qr_code") ? new window.BarcodeDetector({ formats: ["qr_code"] }) : null;
}

async function scan(reader) {
  const video = camera.querySelector("video");
  const shown = camera.querySelector("[data-camera-told]");
  let open = true;
  camera.addEventListener("close", () => (open = false), { once: true });
  shown.textContent = "";
  camera.showModal();
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    video.srcObject = stream;
    await video.play();
    while (open) {
      const found = await reader.detect(video).catch(() => []);
      const machine = found.map((one) => one.rawValue.trim()).find((text) => text.startsWith(HEAD));
      if (machine) {
        form.elements.machine.value = machine;
        camera.close();
        form.requestSubmit();
        return;
      }
      if (found.length) shown.textContent = say("Mã QR này không phải của thiết bị Tiếng Làng.");
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  } catch {
    shown.textContent = say("Không mở được máy ảnh. Cho phép máy ảnh, hoặc gõ mã 16 ký tự.");
  } finally {
    for (const track of stream?.getTracks() ?? []) track.stop();
  }
}

document.querySelector("[data-camera-no]")?.addEventListener("click", () => camera.close());

form?.addEventListener("submit", () => sessionStorage.setItem(memory, form.elements.machine.value.trim()));

// Another way was taken: what was scanned before no longer says who should stand here.
document.addEventListener("submit", (event) => {
  if (/\/(?:unmatch|claim)$/.test(event.target.action)) sessionStorage.removeItem(memory);
});

const scanButton = document.querySelector("[data-scan]");
if (scanButton) {
  const reader = await readerOf();
  scanButton.hidden = !reader;
  scanButton.addEventListener("click", () => scan(reader));
}

// --- the page -----------------------------------------------------------------------------------

document.addEventListener("click", (event) => {
  const sign = event.target.closest("[data-sign]");
  if (sign) guarded(sign, assign);
  const end = event.target.closest("[data-retire]");
  if (end) guarded(end, retire);
});

// The ways to take an appliance stand outside the living part, so that nobody's typing is swept away; when the
// place moves on, the whole page does.
const live = document.getElementById("site");
const phase = () => live?.querySelector("[data-phase]")?.dataset.phase;
const began = phase();
live?.addEventListener("swapped", () => {
  if (phase() !== began && !signing && !document.querySelector("dialog[open]")) {
    toast(say("Vị trí vừa đổi trạng thái."));
    location.assign(location.pathname);
  }
});

window.addEventListener("pageshow", () => (signing = false)); // come back to from the next page

const print = document.querySelector("[data-print]");
if (print) {
  print.hidden = false;
  print.addEventListener("click", () => window.print());
}
