// Raising, co-signing and cancelling an alarm. What is sent is built by the server, decoded here and compared
// with what this page shows before the person's key touches it.

import { onHold } from "./hold.js";
import { attach } from "./keys.js";
import { agree, myKey, opened, signAndSend } from "./signing.js";
import { Failure, make, post, say } from "./words.js";

const TONE_S = 6;
const SYLLABLES_PER_S = 3.2;
const SENDING = {
  Actual: [say("Giữ 1,5 giây để PHÁT THẬT"), say("Phát cảnh báo THẬT")],
  Exercise: [say("Giữ 1,5 giây để gửi DIỄN TẬP"), say("Gửi DIỄN TẬP")],
  Test: [say("Giữ 1,5 giây để gửi KIỂM TRA"), say("Gửi KIỂM TRA")],
};

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

// A drill says that it is one, first and in every language; the server refuses one that does not.
const OPENINGS = {
  vi: { Actual: "", Exercise: "Diễn tập: ", Test: "Kiểm tra: " },
  en: { Actual: "", Exercise: "Exercise: ", Test: "Test: " },
};

function openRightly(form) {
  const { status } = readForm(form);
  for (const box of form.querySelectorAll("[data-language]")) {
    const openings = OPENINGS[box.dataset.language];
    const headline = box.querySelector("[data-headline]");
    const old = Object.values(openings).find((opening) => opening && headline.value.startsWith(opening)) ?? "";
    const bare = headline.value.slice(old.length);
    if (bare && status) headline.value = openings[status] + bare;
  }
}

// --- the form ------------------------------------------------------------------------------------

function readForm(form) {
  const data = new FormData(form);
  const infos = [...form.querySelectorAll("[data-language]")]
    .map((box) => ({
      language: box.dataset.language,
      headline: box.querySelector("[data-headline]").value.trim(),
      text: box.querySelector("[data-text]").value.trim(),
    }))
    .filter((info) => info.headline || info.text);
  return { status: data.get("status"), areas: data.getAll("areas"), infos, data };
}

function repeats(data) {
  const rounds = Number(data.get("quick_rounds"));
  const gap = Number(data.get("quick_gap_min"));
  const slow = Number(data.get("slow_gap_min"));
  const hours = Number(data.get("life_h"));
  const parts = [say("Phát ngay")];
  if (rounds > 1) parts.push(say("thêm {n} lần, cách nhau {gap} phút", { n: rounds - 1, gap }));
  if (slow > 0) parts.push(say("rồi cứ {slow} phút một lần đến khi hủy", { slow }));
  parts.push(say("lâu nhất {hours} giờ", { hours }));
  return parts.join(", ");
}

function audience(form, areas) {
  const boxes = [...form.querySelectorAll('[name="areas"]')];
  const under = (path) => areas.some((area) => path === area || path.startsWith(`${area}/`));
  return boxes.filter((box) => under(box.value)).reduce((sum, box) => sum + Number(box.dataset.own), 0);
}

function showPreview(form) {
  const { infos, areas, data, status } = readForm(form);
  const said = form.querySelector("[data-said]");
  const tone = say("hiệu lệnh báo động");
  const lines = infos.map((info) => {
    const spoken = `${info.headline}. ${info.text}`;
    const length = Math.round(TONE_S + spoken.split(/\s+/).length / SYLLABLES_PER_S);
    return make(
      "li",
      { lang: info.language },
      make("p", { class: "label", text: `${info.language} · ♪ ${tone} · ≈ ${length} s` }),
      make("p", { text: spoken }),
    );
  });
  said.replaceChildren(...(lines.length ? lines : [make("li", { class: "soft", text: say("Chưa có lời nào.") })]));
  form.querySelector("[data-repeats]").textContent = repeats(data);
  const count = audience(form, areas);
  form.querySelector("[data-audience]").textContent = areas.length
    ? say("{n} cụm loa trong {k} địa bàn", { n: count, k: areas.length })
    : say("Chưa chọn địa bàn");
  const send = form.querySelector("[data-send]");
  const [label, what] = SENDING[status] ?? [say("Hãy chọn Thật, Diễn tập hoặc Kiểm tra"), ""];
  send.querySelector("[data-label]").textContent = label;
  send.dataset.question = say("{what} tới {n} cụm loa?", { what, n: count });
}

function coverChildren(form) {
  for (const box of form.querySelectorAll('[name="areas"]')) {
    const above = [...form.querySelectorAll('[name="areas"]:checked:not(:disabled)')].some(
      (other) => other !== box && box.value.startsWith(`${other.value}/`),
    );
    if (above) {
      box.checked = true;
      box.disabled = true;
    } else if (box.disabled) {
      box.disabled = false;
      box.checked = false;
    }
  }
}

function sameAsShown(document, shown) {
  const same =
    document.message === "Alert" &&
    document.status === shown.status &&
    [...document.areas].sort().join() === [...shown.areas].sort().join() &&
    document.infos.length === shown.infos.length &&
    shown.infos.every((info) =>
      document.infos.some(
        (other) =>
          other.language === info.language &&
          other.headline === info.headline &&
          other.text === info.text.replace(/\r\n/g, "\n"),
      ),
    );
  if (!same) throw new Failure(say("Văn bản máy chủ đưa ra khác với nội dung trên trang, không ký. Báo ngay cho người quản trị."));
}

function raising(form) {
  const tell = teller(form.querySelector("[data-told]"));
  const send = form.querySelector("[data-send]");
  const fill = (pressed) => {
    for (const button of form.querySelectorAll("[data-template]")) button.setAttribute("aria-pressed", String(button === pressed));
    form.elements.event.value = pressed.dataset.event;
    for (const box of form.querySelectorAll("[data-language]")) {
      const { language } = box.dataset;
      if (language !== "vi" && !box.open) continue;
      box.querySelector("[data-headline]").value = pressed.dataset[`headline_${language}`] ?? "";
      box.querySelector("[data-text]").value = pressed.dataset[`text_${language}`] ?? "";
    }
    form.elements.template.value = pressed.dataset.template;
    openRightly(form);
    showPreview(form);
  };
  for (const button of form.querySelectorAll("[data-template]")) button.addEventListener("click", () => fill(button));
  for (const box of form.querySelectorAll("details[data-language]")) {
    box.addEventListener("toggle", () => {
      const chosen = form.querySelector('[data-template][aria-pressed="true"]');
      const headline = box.querySelector("[data-headline]");
      if (box.open && chosen && !headline.value) {
        headline.value = chosen.dataset[`headline_${box.dataset.language}`] ?? "";
        box.querySelector("[data-text]").value = chosen.dataset[`text_${box.dataset.language}`] ?? "";
      }
      openRightly(form);
      showPreview(form);
    });
  }
  form.addEventListener("input", (event) => {
    if (event.target.name === "areas") coverChildren(form);
    if (event.target.name === "status") openRightly(form);
    showPreview(form);
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  onHold(send, () =>
    guarded(send, tell, async () => {
      const shown = readForm(form);
      if (!shown.status) throw new Failure(say("Hãy chọn Thật, Diễn tập hoặc Kiểm tra"));
      if (!shown.areas.length) throw new Failure(say("Chưa chọn địa bàn nhận."));
      if (!shown.infos.length) throw new Failure(say("Chưa có lời đọc nào."));
      const key = await myKey(form.dataset.login);
      const prepared = await post(form.dataset.prepare, new FormData(form));
      const { payload, document } = await opened(prepared, "announcement");
      sameAsShown(document, shown);
      const answer = await signAndSend(key, prepared, payload, form.action);
      location.assign(answer.href);
    }),
  );
  coverChildren(form);
  showPreview(form);
}

// --- an alarm that stands --------------------------------------------------------------------------

function cosigning(box) {
  const tell = teller(box.querySelector("[data-told]"));
  const button = box.querySelector("button");
  button.addEventListener("click", () =>
    guarded(button, tell, async () => {
      const key = await myKey(box.dataset.login);
      const waiting = await post(box.dataset.envelope, {});
      const envelope = JSON.parse(waiting.envelope);
      const { document } = await opened(envelope, "announcement");
      const sealed = await attach(key, waiting.envelope);
      const yes = await agree({
        title: say("Ký với tư cách người thứ hai"),
        kind: "announcement",
        document,
        names: JSON.parse(box.dataset.names),
        note: say("Khi đủ chữ ký, thông báo được gửi đi ngay."),
        yes: say("Ký và gửi"),
        tone: "alarm",
      });
      if (!yes) return;
      await post(box.dataset.send, { envelope: sealed });
      location.reload();
    }),
  );
}

function cancelling(box) {
  const tell = teller(box.querySelector("[data-told]"));
  const button = box.querySelector("button");
  onHold(button, () =>
    guarded(button, tell, async () => {
      const key = await myKey(box.dataset.login);
      const prepared = await post(box.dataset.prepare, {});
      const { payload, document } = await opened(prepared, "announcement");
      if (document.message !== "Cancel" || !document.references.includes(box.dataset.id)) {
        throw new Failure(say("Văn bản máy chủ đưa ra khác với nội dung trên trang, không ký. Báo ngay cho người quản trị."));
      }
      const answer = await signAndSend(key, prepared, payload, box.dataset.send);
      location.assign(answer.href);
    }),
  );
}

function start(root) {
  for (const form of root.querySelectorAll("[data-raise]")) raising(form);
  for (const box of root.querySelectorAll("[data-cosign]")) cosigning(box);
  for (const box of root.querySelectorAll("[data-cancel]")) cancelling(box);
}

start(document);
