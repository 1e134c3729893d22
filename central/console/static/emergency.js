// Raising or correcting an alarm. What is sent is built by the server, decoded here and compared with what this page
// shows before the person's key touches it.

import { drawing } from "./alarm_map.js";
import { foreign, guarded, teller } from "./alarm_signing.js";
import { blanksIn, field, filledIn, openRightly, showBlanks } from "./alarm_words.js";
import { onHold } from "./hold.js";
import { myKey, opened, signAndSend } from "./signing.js";
import { csrf, Failure, make, post, say } from "./words.js";

const TONE_S = 1.5;
const SYLLABLES_PER_S = 3.2;
const LOOK_AFTER_MS = 400;
const SENDING = {
  Actual: [say("Giữ 1,5 giây để PHÁT THẬT"), say("Phát cảnh báo THẬT")],
  Exercise: [say("Giữ 1,5 giây để gửi DIỄN TẬP"), say("Gửi DIỄN TẬP")],
  Test: [say("Giữ 1,5 giây để gửi KIỂM TRA"), say("Gửi KIỂM TRA")],
};

function readForm(form) {
  const data = new FormData(form);
  const infos = [...form.querySelectorAll("[data-language]")]
    .map((box) => ({
      language: box.dataset.language,
      headline: field(box, "headline").value.trim(),
      text: field(box, "text").value.trim(),
    }))
    .filter((info) => info.headline && info.text);
  return { status: data.get("status"), areas: data.getAll("areas"), infos, data };
}

const ticked = (form) => [...form.querySelectorAll('[name="areas"]:checked:not(:disabled)')];

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
  const lines = infos.map((info, place) => {
    const spoken = `${info.headline}. ${info.text}`;
    const length = Math.round((place ? 0 : TONE_S) + spoken.split(/\s+/).length / SYLLABLES_PER_S);
    return make(
      "li",
      { lang: info.language },
      make("p", { class: "label", text: `${info.language}${place ? "" : ` · ♪ ${tone}`} · ≈ ${length} s` }),
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
  showBlanks(form, infos.flatMap((info) => [info.headline, info.text]), false);
}

// --- where -----------------------------------------------------------------------------------------

function coverChildren(form) {
  for (const box of form.querySelectorAll('[name="areas"]')) {
    const above = ticked(form).some((other) => other !== box && box.value.startsWith(`${other.value}/`));
    if (above) {
      box.checked = true;
      box.disabled = true;
    } else if (box.disabled) {
      box.disabled = false;
      box.checked = false;
    }
  }
}

function choose(form, areas, chosen = true) {
  for (const box of form.querySelectorAll('[name="areas"]')) {
    if (areas.includes(box.value)) {
      box.disabled = false;
      box.checked = chosen;
    }
  }
  form.dispatchEvent(new CustomEvent("chosen"));
}

function finding(form) {
  const plain = (text) => text.toLowerCase().replaceAll("đ", "d").normalize("NFD").replace(/\p{Mn}/gu, "");
  form.querySelector("[data-find]").addEventListener("input", (event) => {
    event.stopPropagation();
    const sought = plain(event.target.value.trim());
    for (const item of [...form.querySelectorAll(".tree li")].reverse()) {
      const own = plain(item.querySelector("input").dataset.name).includes(sought);
      item.hidden = !own && !item.querySelector("li:not([hidden])");
    }
  });
}

function grouping(form) {
  for (const button of form.querySelectorAll("[data-group]")) {
    button.addEventListener("click", () => {
      const on = button.getAttribute("aria-pressed") !== "true";
      button.setAttribute("aria-pressed", String(on));
      choose(form, button.dataset.group.split(","), on);
    });
  }
}

// --- what ------------------------------------------------------------------------------------------

function templating(form) {
  const chosen = () => form.querySelector('[data-template][aria-pressed="true"]');
  const fill = (box, pressed, force) => {
    const { language } = box.dataset;
    const headline = pressed.dataset[`headline_${language}`];
    if (headline === undefined) return;
    for (const [name, raw] of [["headline", headline], ["text", pressed.dataset[`text_${language}`]]]) {
      const shown = field(box, name);
      if (!force && shown.dataset.own === "yes") continue; // the person wrote here
      shown.value = filledIn(raw, ticked(form), language);
      shown.dataset.own = "";
    }
  };
  const refill = (force) => {
    const pressed = chosen();
    if (!pressed) return;
    for (const box of form.querySelectorAll("[data-language]")) {
      if (box.dataset.language === "vi" || box.open) fill(box, pressed, force);
    }
    openRightly(form, readForm(form).status);
  };
  const press = (pressed) => {
    for (const button of form.querySelectorAll("[data-template]")) {
      button.setAttribute("aria-pressed", String(button === pressed));
    }
    form.elements.event.value = pressed.dataset.event;
    form.elements.template.value = pressed.dataset.template;
    form.elements.severity.value = pressed.dataset.severity;
    refill(true);
    showPreview(form);
    const { infos } = readForm(form);
    showBlanks(form, infos.flatMap((info) => [info.headline, info.text]), true);
  };
  for (const button of form.querySelectorAll("[data-template]")) button.addEventListener("click", () => press(button));
  for (const box of form.querySelectorAll("details[data-language]")) {
    box.addEventListener("toggle", () => {
      if (box.open && chosen()) fill(box, chosen(), false);
      openRightly(form, readForm(form).status);
      showPreview(form);
    });
  }
  form.querySelector("[data-other]").addEventListener("change", (event) => {
    event.target.closest("[data-language]").dataset.language = event.target.value;
  });
  const first = form.elements.template.value;
  if (first) press(form.querySelector(`[data-template="${CSS.escape(first)}"]`));
  return refill;
}

// --- looking ahead ---------------------------------------------------------------------------------

function lookingAhead(form) {
  const part = form.querySelector("[data-ahead-part]");
  let timer;
  let asked = 0;
  const look = async () => {
    if (!readForm(form).areas.length) return;
    const mine = ++asked;
    part.setAttribute("aria-busy", "true");
    let answer;
    try {
      answer = await fetch(form.dataset.ahead, {
        method: "POST",
        headers: { "X-CSRF-Token": csrf(), Accept: "text/html" },
        body: new FormData(form),
        credentials: "same-origin",
      });
    } catch {
      answer = null;
    }
    if (mine !== asked) return;
    part.removeAttribute("aria-busy");
    if (answer?.ok && answer.headers.get("content-type").includes("text/html")) part.innerHTML = await answer.text();
    else {
      const why = answer ? (await answer.json().catch(() => ({}))).why : "";
      part.replaceChildren(make("p", { class: "soft", text: why || say("Chưa xem trước được. Vẫn ký và gửi được.") }));
    }
  };
  return () => {
    clearTimeout(timer);
    timer = setTimeout(look, LOOK_AFTER_MS);
  };
}

// --- sending ---------------------------------------------------------------------------------------

/** Return whether the areas are those that were chosen, and beside them closed ones alone: who still stands there hears it too. */
function sameAreas(form, named, chosen) {
  const closed = [...form.querySelectorAll("[data-closed]")].map((box) => box.value);
  return chosen.every((area) => named.includes(area)) && named.every((area) => chosen.includes(area) || closed.includes(area));
}

function sameAsShown(form, document, shown) {
  const updateOf = form.dataset.update;
  const rightKind = updateOf
    ? document.message === "Update" && document.references.includes(updateOf)
    : document.message === "Alert";
  const same =
    rightKind &&
    document.status === shown.status &&
    sameAreas(form, document.areas, shown.areas) &&
    document.infos.length === shown.infos.length &&
    shown.infos.every((info) =>
      document.infos.some(
        (other) =>
          other.language === info.language &&
          other.headline === info.headline &&
          other.text === info.text.replace(/\r\n/g, "\n"),
      ),
    );
  if (!same) throw foreign();
}

function sending(form) {
  const tell = teller(form.querySelector("[data-told]"));
  const send = form.querySelector("[data-send]");
  onHold(send, () =>
    guarded(send, tell, async () => {
      const shown = readForm(form);
      if (!shown.status) throw new Failure(say("Hãy chọn Thật, Diễn tập hoặc Kiểm tra"));
      if (!shown.areas.length) throw new Failure(say("Chưa chọn địa bàn nhận."));
      if (!shown.infos.length) throw new Failure(say("Chưa có lời đọc nào."));
      const blanks = blanksIn(shown.infos.flatMap((info) => [info.headline, info.text]).join("\n"));
      if (blanks.length) throw new Failure(say("Còn phải điền: {blanks}", { blanks: blanks.join(", ") }));
      const key = await myKey(form.dataset.login);
      const prepared = await post(form.dataset.prepare, new FormData(form));
      const { payload, document } = await opened(prepared, "announcement");
      sameAsShown(form, document, shown);
      const answer = await signAndSend(key, prepared, payload, form.action);
      location.assign(answer.href);
    }),
  );
}

function raising(form) {
  const look = lookingAhead(form);
  const refill = templating(form);
  const changed = () => {
    const { areas, status } = readForm(form);
    openRightly(form, status);
    showPreview(form);
    const keep = form.querySelector("[data-keep-group]");
    keep.href = `/console/emergency/groups?areas=${encodeURIComponent(areas.join(","))}#new-group`;
    look();
  };
  const placed = () => {
    coverChildren(form);
    refill(false);
    changed();
  };
  form.addEventListener("chosen", placed);
  form.addEventListener("input", (event) => {
    if (event.target.matches("[data-headline], [data-text]")) event.target.dataset.own = "yes";
    if (event.target.name === "areas") placed();
    else if (event.target.name === "status") changed();
    else {
      showPreview(form);
      look();
    }
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  finding(form);
  grouping(form);
  drawing(form, (areas) => choose(form, areas));
  sending(form);
  placed();
}

for (const form of document.querySelectorAll("[data-raise]")) raising(form);
