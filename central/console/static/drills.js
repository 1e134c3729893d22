// Signing a month of nights in one sitting, and planning an exercise. What the server prepared is decoded here and
// compared with what this page is about before the person's key touches it.

import { seal } from "./keys.js";
import { agree, myKey, opened, signAndSend } from "./signing.js";
import { Failure, make, post, say } from "./words.js";

const NIGHT_MS = 3 * 3600 * 1000;
const day = (text) =>
  new Date(text).toLocaleDateString(document.documentElement.lang, { day: "2-digit", month: "2-digit", year: "numeric", timeZone: "Asia/Ho_Chi_Minh" });
const OTHER = say("Văn bản máy chủ đưa ra khác với nội dung trên trang, không ký. Báo ngay cho người quản trị.");

function teller(box) {
  return (text, tone = "bad") => {
    box.hidden = !text;
    box.className = `notice ${tone}`;
    box.textContent = text;
    if (text) box.scrollIntoView({ block: "nearest" });
  };
}

async function guarded(button, tell, work) {
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

// --- nights ----------------------------------------------------------------------------------------

// A night makes no sound whoever signs it: a Test, of one night, without a tone.
function isNight(document, area) {
  const lasts = new Date(document.expires) - new Date(document.sent);
  return (
    document.message === "Alert" &&
    document.status === "Test" &&
    document.areas.length === 1 &&
    document.areas[0] === area &&
    lasts === NIGHT_MS &&
    new Date(document.sent) > new Date() &&
    document.infos.every((info) => info.tone === "none" && !info.content)
  );
}

async function preparedNights(box) {
  const form = new FormData();
  form.set("area", box.dataset.area);
  const { papers } = await post(box.dataset.prepare, form);
  const nights = [];
  for (const paper of papers) {
    const { payload, document } = await opened(paper, "announcement");
    if (!isNight(document, box.dataset.area)) throw new Failure(OTHER);
    nights.push({ paper, payload, document });
  }
  if (new Set(nights.map((night) => night.document.sent)).size !== nights.length) throw new Failure(OTHER);
  return nights;
}

function signing(box) {
  const tell = teller(box.querySelector("[data-told]"));
  const button = box.querySelector("[data-sign]");
  const progress = box.querySelector("progress");
  const step = box.querySelector("[data-step]");
  button.addEventListener("click", () =>
    guarded(button, tell, async () => {
      const key = await myKey(box.dataset.login);
      const nights = await preparedNights(box);
      if (!nights.length) throw new Failure(say("Không còn đêm nào chờ ký."));
      const yes = await agree({
        title: say("Ký trước {n} đêm kiểm tra", { n: nights.length }),
        kind: "announcement",
        document: nights[0].document,
        names: { [box.dataset.area]: box.dataset.name },
        more: [
          [say("Số đêm"), String(nights.length)],
          [say("Từ đêm đến đêm"), `${day(nights[0].document.sent)} – ${day(nights.at(-1).document.sent)}`],
        ],
        note: say("Bên trên là bản của đêm đầu; các đêm sau giống hệt, chỉ khác ngày. Không bản nào phát ra tiếng."),
        yes: say("Ký {n} bản", { n: nights.length }),
      });
      if (!yes) return;
      progress.hidden = false;
      progress.max = nights.length;
      progress.value = 0;
      for (const [number, { paper, payload }] of nights.entries()) {
        step.textContent = say("Đang ký {n}/{m}…", { n: number + 1, m: nights.length });
        await post(box.dataset.take, { envelope: await seal(key, paper.payloadType, payload) });
        progress.value = number + 1;
      }
      step.textContent = say("Đã ký {n} đêm.", { n: nights.length });
      location.reload();
    }),
  );
}

// --- an exercise -----------------------------------------------------------------------------------

function planning(form) {
  const tell = teller(form.querySelector("[data-told]"));
  const button = form.querySelector("[data-sign]");
  const said = form.querySelector("[data-said]");
  const words = () => form.elements.text.value.trim().split(/\s+/).join(" ");
  const show = () => {
    said.replaceChildren(
      make("strong", { text: said.dataset.opening }),
      ` ${words()} `,
      make("strong", { text: said.dataset.closing }),
    );
  };
  const cover = () => {
    const boxes = [...form.querySelectorAll('[name="areas"]')];
    for (const box of boxes) {
      const above = boxes.some((other) => other !== box && other.checked && !other.disabled && box.value.startsWith(`${other.value}/`));
      if (above) box.checked = box.disabled = true;
      else if (box.disabled) box.checked = box.disabled = false;
    }
  };
  form.addEventListener("input", (event) => {
    if (event.target.name === "areas") cover();
    show();
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  button.addEventListener("click", () =>
    guarded(button, tell, async () => {
      const data = new FormData(form);
      const areas = data.getAll("areas");
      if (!areas.length) throw new Failure(say("Chưa chọn địa bàn nhận."));
      if (!form.reportValidity()) return;
      const key = await myKey(form.dataset.login);
      const prepared = await post(form.dataset.prepare, data);
      const { payload, document } = await opened(prepared, "announcement");
      const [info] = document.infos;
      const same =
        document.message === "Alert" &&
        document.status === "Exercise" &&
        [...document.areas].sort().join() === [...areas].sort().join() &&
        document.infos.length === 1 &&
        info.text === `${said.dataset.opening} ${words()} ${said.dataset.closing}` &&
        info.tone === "chime" &&
        new Date(document.sent).getTime() === new Date(`${data.get("day")}T${data.get("hour")}+07:00`).getTime();
      if (!same) throw new Failure(OTHER);
      const names = {};
      for (const box of form.querySelectorAll('[name="areas"]')) names[box.value] = box.dataset.name;
      const yes = await agree({
        title: say("Ký lần diễn tập"),
        kind: "announcement",
        document,
        names,
        note: say("Đến giờ máy chủ gửi đi; trước giờ ấy còn bỏ được."),
        yes: say("Ký diễn tập"),
      });
      if (!yes) return;
      const answer = await signAndSend(key, prepared, payload, form.action);
      location.assign(answer.href);
    }),
  );
  cover();
  show();
}

for (const box of document.querySelectorAll("[data-nights]")) signing(box);
for (const form of document.querySelectorAll("[data-exercise]")) planning(form);
