// What is signed is what is shown: the bytes from the server are decoded here, put before the person in
// words, compared with what the page said, and only then signed. The server never sees the key.

import { ability, keyOf, seal } from "./keys.js";
import { Failure, fromBase64, make, post, say, sha256Hex } from "./words.js";

const PREFIX = "application/vnd.tienglang.";
const when = (text) =>
  new Date(text).toLocaleString(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short", timeZone: "Asia/Ho_Chi_Minh" });

/** Return the key of the person signed in; raises Failure with what to do where there is none. */
export async function myKey(login) {
  const found = await ability();
  if (found === "insecure") {
    throw new Failure(say("Trang này không chạy trên kết nối an toàn (https), trình duyệt không cho dùng khóa. Mở trang bằng địa chỉ https rồi ký lại."));
  }
  if (found === "old") {
    throw new Failure(say("Trình duyệt này chưa hỗ trợ chữ ký Ed25519. Hãy cập nhật trình duyệt rồi ký lại."));
  }
  const key = await keyOf(login);
  if (!key) throw new Failure(say("Trình duyệt này chưa có khóa của bạn. Vào trang Khóa ký để tạo hoặc nhập khóa."));
  return key;
}

/** Return {kind, document, payload} of what the server prepared; refuses bytes that are not what was asked for. */
export async function opened(prepared, kind) {
  if (prepared.payloadType !== `${PREFIX}${kind}.v1+json`) {
    throw new Failure(say("Máy chủ đưa ra một loại văn bản khác với việc bạn đang làm, không ký."));
  }
  const payload = fromBase64(prepared.payload);
  const document = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(payload));
  return { payload, document, digest: await sha256Hex(payload) };
}

const MESSAGE = { Alert: "Cảnh báo mới", Update: "Cập nhật", Cancel: "Hủy cảnh báo" };
const STATUS = { Actual: "THẬT", Exercise: "DIỄN TẬP", Test: "KIỂM TRA" };
const TONE = { none: "không có hiệu lệnh", attention: "hiệu lệnh báo động", "all-clear": "hiệu lệnh báo yên", chime: "tiếng chuông mở đầu" };

/** Return the rows [name, text] that tell a person what a document says. */
export function inWords(kind, document, names = {}) {
  const area = (path) => (names[path] ? `${names[path]} (${path})` : path);
  if (kind === "approval") {
    return [
      [say("Việc"), say("Duyệt cho phát")],
      [say("Tiêu đề"), document.title],
      [say("Địa bàn"), area(document.area)],
      [say("Được phát đến hết"), when(document.not_after)],
      [say("Mã băm được ký"), document.sha256],
    ];
  }
  if (kind === "assignment") return assignmentInWords(document, area);
  const rows = [
    [say("Việc"), `${say(MESSAGE[document.message])} – ${say(STATUS[document.status])}`],
    [say("Sự kiện"), document.event],
    [say("Địa bàn nhận"), document.areas.map(area).join(", ")],
  ];
  for (const info of document.infos ?? []) {
    const text = info.voice ? say("Người trực tự nói, dài nhất 3 phút. Lời thay: {text}", { text: info.text }) : info.text;
    rows.push([`${say("Lời đọc")} (${info.language})`, `${info.headline}\n${text}\n(${say(TONE[info.tone])})`]);
  }
  if (document.references?.length) rows.push([say("Thuộc về"), document.references.join(", ")]);
  rows.push([say("Hết hiệu lực"), when(document.expires)]);
  return rows;
}

function assignmentInWords(document, area) {
  const rows = [
    [say("Việc"), document.retired ? say("Thu hồi máy: im lặng cho đến khi được giao lại") : say("Giao máy cho vị trí")],
    [say("Vị trí"), document.name],
    [say("Địa bàn"), area(document.area)],
    [say("Mã thiết bị"), document.device],
    [say("Giấy số"), String(document.epoch)],
  ];
  if (document.retired) return rows;
  const zones = document.zones.map((zone) => `${zone.title} (${say("chân {pin}", { pin: zone.relay_pin })})`);
  rows.push([say("Vùng loa"), zones.join(", ") || say("không")]);
  rows.push([say("Người được dùng tại chỗ"), document.staff.map((person) => person.name).join(", ") || say("không")]);
  return rows;
}

/** Show what is to be signed and return whether the person said yes. */
export function agree({ title, kind, document, names, note, yes, more = [], tone = "main" }) {
  const list = make("dl", { class: "paper" });
  for (const [name, text] of [...more, ...inWords(kind, document, names)]) {
    list.append(make("dt", { text: name }), make("dd", { text }));
  }
  const no = make("button", { class: "button", type: "button", text: say("Chưa ký"), value: "no" });
  const ok = make("button", { class: `button ${tone}`, type: "button", text: yes });
  const box = make(
    "dialog",
    { "aria-labelledby": "agree-title" },
    make("h2", { id: "agree-title", text: title }),
    list,
    make("p", { class: "small soft", text: note ?? "" }),
    make("div", { class: "row ends" }, no, ok),
  );
  window.document.body.append(box);
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

/** Sign what was prepared and hand the envelope in; returns the server's answer. */
export async function signAndSend(key, prepared, payload, url) {
  return post(url, { envelope: await seal(key, prepared.payloadType, payload) });
}
