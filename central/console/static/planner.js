// The planner's week: frames are dragged, sized and drawn by mouse, pen, finger or keys; whatever is done is told aloud.
// Nothing is changed here: a gesture is posted with what was seen, then the part of the page is drawn anew.

import { Failure, make, post, say, toast } from "./words.js";

const STEP = 5;
const DAY = 24 * 60;
const LONG_PRESS_MS = 350;
const EDGE_PX = 9;
const planner = document.querySelector("[data-planner]");
const box = document.querySelector("[data-box]");
const speaker = document.querySelector("[data-say]");

let held = null; // the gesture under way: a frame that moves or is sized, or a ghost that is drawn
let pending = null; // a frame moved by keys that is not saved yet

const clock = (minutes) => `${String(Math.floor(minutes / 60) % 24).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
const span = (start, length) => `${clock(start)}–${clock(start + length)}`;
const snap = (minutes) => Math.round(minutes / STEP) * STEP;
const bound = (value, low, high) => Math.min(Math.max(value, low), high);
const grid = () => planner.querySelector("[data-grid]");
const tops = () => grid().dataset.tops.split(",").map(Number);
const columns = () => [...grid().querySelectorAll("svg[data-day]")];
const wordsOf = (day) => columns().find((column) => column.dataset.day === day)?.dataset.dayWords ?? day;

function tell(sentence) {
  speaker.textContent = sentence;
}

function toY(minutes) {
  const lines = tops();
  const at = bound(minutes, 0, DAY);
  const hour = Math.min(Math.floor(at / 60), 23);
  return lines[hour] + ((at - hour * 60) / 60) * (lines[hour + 1] - lines[hour]);
}

function toMinutes(y) {
  const lines = tops();
  let hour = lines.findIndex((line, n) => n < 24 && y < lines[n + 1]);
  if (hour < 0) hour = 23;
  return bound(hour * 60 + ((y - lines[hour]) / (lines[hour + 1] - lines[hour])) * 60, 0, DAY);
}

/** What a frame says of itself. */
function stateOf(block) {
  return { day: block.dataset.day, start: Number(block.dataset.start), length: Number(block.dataset.length) };
}

/** Draw a frame or ghost where it would lie, in whichever day. */
function draw(block, to) {
  const frame = block.querySelector("svg.frame");
  const column = columns().find((one) => one.dataset.day === to.day);
  if (column && block.parentNode !== column) {
    const focused = document.activeElement === block;
    column.append(block);
    if (focused) block.focus({ preventScroll: true });
  }
  const top = toY(to.start);
  const height = Math.max(15, toY(Math.min(to.start + to.length, DAY)) - top);
  frame.setAttribute("x", "0%");
  frame.setAttribute("width", "100%");
  frame.setAttribute("y", top);
  frame.setAttribute("height", height);
  frame.querySelector("rect").setAttribute("height", Math.max(1, height - 1));
  for (const part of frame.querySelectorAll(".heard, .silent")) part.remove();
  frame.querySelector("text").textContent = span(to.start, to.length);
}

/** Draw the part anew, and put the focus back to the frame that was in hand. */
async function refresh(slot, day) {
  const answer = await fetch(planner.dataset.part, { credentials: "same-origin", headers: { Accept: "text/html" } }).catch(() => null);
  if (!answer?.ok) {
    location.reload();
    return;
  }
  const scrolled = planner.querySelector("[data-scroll]").scrollLeft;
  planner.innerHTML = await answer.text();
  planner.querySelector("[data-scroll]").scrollLeft = scrolled;
  const again = slot && (planner.querySelector(`.block[data-slot="${slot}"][data-day="${day}"]`) ?? planner.querySelector(`.block[data-slot="${slot}"]`));
  again?.focus({ preventScroll: true });
}

function failed(error) {
  const why = error instanceof Failure ? error.message : say("Không tới được máy chủ. Kiểm tra mạng rồi thử lại.");
  toast(why);
  tell(why);
}

async function act(url, body, done, day) {
  try {
    const answer = await post(url, body);
    await refresh(answer.slot, day);
    toast(done);
    tell(done);
  } catch (error) {
    failed(error);
    await refresh(body.slot, body.day);
  }
}

// --- the box: one question at a time ---------------------------------------------------------------

function ask(title, text, deeds) {
  box.querySelector("#box-title").textContent = title;
  box.querySelector("[data-box-text]").textContent = text;
  box.querySelector("[data-box-told]").replaceChildren();
  const row = box.querySelector("[data-box-deeds]");
  row.replaceChildren(
    ...deeds.map(({ name, href, main, act: deed }) => {
      if (href) return make("a", { class: `button${main ? " main" : ""}`, href, text: name });
      const button = make("button", { type: "button", class: `button${main ? " main" : ""}`, text: name });
      button.addEventListener("click", () => {
        box.dataset.answered = "yes";
        box.close();
        deed?.();
      });
      return button;
    }),
  );
  delete box.dataset.answered;
  if (!box.open) box.showModal();
}

async function foretell(body) {
  const list = box.querySelector("[data-box-told]");
  try {
    const { findings } = await post("/console/week-plan/try", body);
    list.replaceChildren(...findings.slice(0, 4).map(({ why, step, tone }) => make("li", { class: tone, text: `${why} ${step}` })));
  } catch (error) {
    list.replaceChildren(make("li", { class: "bad", text: error.message }));
  }
}

function commit(block, to) {
  const from = stateOf(block);
  const data = block.dataset;
  const once = "once" in data;
  const body = (only) => ({
    slot: data.slot,
    seen: data.seen,
    day: from.day,
    to_day: to.day,
    start_min: to.start,
    length_min: to.length,
    only,
  });
  const what = `${wordsOf(from.day)}, ${span(from.start, from.length)} → ${wordsOf(to.day)}, ${span(to.start, to.length)}`;
  const go = (only) => act("/console/week-plan/move", body(only), say("Đã dời “{title}”. Loa chưa đổi gì cho đến khi gửi lịch.", { title: data.title }), to.day);
  if (once) {
    go(true);
    return;
  }
  ask(say("Dời “{title}”", { title: data.title }), what, [
    { name: say("Cả chuỗi ({when})", { when: data.when }), act: () => go(false), main: true },
    { name: say("Chỉ ngày này"), act: () => go(true) },
    { name: say("Thôi"), act: () => refresh(data.slot, from.day) },
  ]);
  box.dataset.back = "yes";
  foretell(body(false));
}

function menu(block) {
  const data = block.dataset;
  const own = "own" in data && "edit" in grid().dataset;
  const one = { slot: data.slot, seen: data.seen, day: data.day };
  const text = `${wordsOf(data.day)}, ${span(Number(data.start), Number(data.length))} · ${data.when}. ${data.why}`;
  const deeds = [];
  if (own && "skipped" in data) {
    deeds.push({ name: say("Phát lại ngày này"), main: true, act: () => act("/console/week-plan/restore", one, say("Đã cho phát lại ngày này."), data.day) });
  } else if (own) {
    deeds.push({ name: say("Sửa"), main: true, href: `/console/programme/slots/${data.slot}` });
    deeds.push({ name: say("Bỏ qua ngày này"), act: () => skip(block) });
  }
  if (own) deeds.push({ name: say("Chép khung giờ"), href: `${planner.dataset.new}&like=${data.slot}` });
  if (!own) {
    deeds.push({ name: say("Xem lịch của {area}", { area: data.owner }), href: block.getAttribute("href"), main: true });
  }
  deeds.push({ name: say("Đóng"), act: () => block.focus() });
  const title = own ? data.title : say("{title} (lịch của {area}, chỉ xem)", { title: data.title, area: data.owner });
  ask(title, text.trim(), deeds);
}

function skip(block) {
  const { slot, seen, day, title } = block.dataset;
  act("/console/week-plan/skip", { slot, seen, day }, say("Đã bỏ qua “{title}” ngày {day}.", { title, day: wordsOf(day) }), day);
}

box?.addEventListener("close", () => {
  if (box.dataset.back && !box.dataset.answered) refresh();
  delete box.dataset.back;
});

// --- mouse, pen and finger ---------------------------------------------------------------------------

function columnAt(x) {
  return columns().find((column) => {
    const place = column.getBoundingClientRect();
    return x >= place.left && x < place.right;
  });
}

function yIn(column, event) {
  return event.clientY - column.getBoundingClientRect().top;
}

function begin(event, block, column) {
  const at = toMinutes(yIn(column, event));
  if (!block) {
    held = { kind: "draw", column, from: snap(at), id: event.pointerId };
    return;
  }
  const state = stateOf(block);
  const bottom = block.querySelector("svg.frame").getBoundingClientRect().bottom;
  const kind = bottom - event.clientY < EDGE_PX ? "size" : "move";
  held = { kind, block, state, to: { ...state }, grip: at - state.start, id: event.pointerId };
}

function follow(event) {
  if (held.kind === "draw") {
    const to = snap(toMinutes(yIn(held.column, event)));
    const start = Math.min(held.from, to);
    const length = bound(Math.abs(to - held.from), STEP, DAY);
    if (!held.ghost) {
      held.ghost = document.createElementNS("http://www.w3.org/2000/svg", "g");
      held.ghost.setAttribute("class", "ghost");
      held.ghost.innerHTML = '<svg class="frame"><rect x="1" y="0.5" rx="4"/><text x="9" y="12"></text></svg>';
      held.column.append(held.ghost);
    }
    held.to = { day: held.column.dataset.day, start, length };
    draw(held.ghost, held.to);
    return;
  }
  const column = columnAt(event.clientX);
  const at = toMinutes(yIn(columns()[0], event));
  if (held.kind === "size") {
    held.to.length = bound(snap(at - held.state.start), STEP, DAY);
  } else {
    held.to.start = bound(snap(at - held.grip), 0, DAY - STEP);
    if (column) held.to.day = column.dataset.day;
  }
  held.block.classList.add("held");
  draw(held.block, held.to);
}

function finish() {
  const done = held;
  held = null;
  if (done.kind === "draw") {
    done.ghost?.remove();
    if (!done.to) return;
    const { day, start, length } = done.to;
    location.assign(`${planner.dataset.new}&on=${day}&start=${clock(start)}&end=${clock(start + length)}`);
    return;
  }
  done.block.classList.remove("held");
  const same = ["day", "start", "length"].every((name) => done.to[name] === done.state[name]);
  if (same) draw(done.block, done.state);
  else commit(done.block, done.to);
}

let press = null;

function drop() {
  clearTimeout(press?.timer);
  press = null;
}

planner?.addEventListener("pointerdown", (event) => {
  if (!("edit" in grid().dataset) || event.button !== 0) return;
  const column = event.target.closest("svg[data-day]");
  if (!column) return;
  const block = event.target.closest(".block");
  if (block && (!("own" in block.dataset) || "skipped" in block.dataset)) return;
  drop();
  press = { event, block, column, x: event.clientX, y: event.clientY, moved: false };
  if (event.pointerType === "touch") {
    press.timer = setTimeout(() => {
      begin(press.event, press.block, press.column);
      press.moved = true;
      navigator.vibrate?.(15);
      follow(press.event);
    }, LONG_PRESS_MS);
  }
});

addEventListener("pointermove", (event) => {
  if (held && event.pointerId === held.id) {
    follow(event);
    return;
  }
  if (!press) return;
  const far = Math.hypot(event.clientX - press.x, event.clientY - press.y) > 4;
  if (!far) return;
  if (event.pointerType === "touch") {
    drop(); // a finger that moves at once scrolls
    return;
  }
  begin(press.event, press.block, press.column);
  press.moved = true;
  follow(event);
});

addEventListener("pointerup", () => {
  const moved = press?.moved;
  drop();
  if (!held) return;
  finish();
  if (moved) suppressClick();
});

addEventListener("pointercancel", () => {
  drop();
  if (!held) return;
  if (held.ghost) held.ghost.remove();
  if (held.block) draw(held.block, held.state);
  held = null;
});

addEventListener("touchmove", (event) => held && event.preventDefault(), { passive: false });

function suppressClick() {
  const stop = (event) => {
    event.preventDefault();
    event.stopImmediatePropagation();
  };
  addEventListener("click", stop, { capture: true, once: true });
  setTimeout(() => removeEventListener("click", stop, { capture: true }), 0);
}

planner?.addEventListener("dragstart", (event) => event.preventDefault());

// --- clicks and keys -----------------------------------------------------------------------------------

planner?.addEventListener("click", (event) => {
  const block = event.target.closest(".block");
  if (!block) return;
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (event.detail === 0 && "own" in block.dataset && !("skipped" in block.dataset)) return; // Enter: the link's own page
  event.preventDefault();
  menu(block);
});

function moved(to, event) {
  const size = event.shiftKey;
  const sign = { ArrowUp: -STEP, ArrowDown: STEP }[event.key];
  if (sign !== undefined && size) return { ...to, length: bound(to.length + sign, STEP, DAY) };
  if (sign !== undefined) return { ...to, start: bound(to.start + sign, 0, DAY - STEP) };
  const days = columns().map((column) => column.dataset.day);
  const at = days.indexOf(to.day) + (event.key === "ArrowLeft" ? -1 : 1);
  return { ...to, day: days[bound(at, 0, 6)] };
}

planner?.addEventListener("keydown", (event) => {
  const block = event.target.closest(".block");
  if (!block) return;
  const mine = "own" in block.dataset && "edit" in grid().dataset && !("skipped" in block.dataset);
  if (event.key === " ") {
    event.preventDefault();
    menu(block);
  } else if (event.key.startsWith("Arrow") && mine) {
    event.preventDefault();
    const from = pending?.block === block ? pending.to : stateOf(block);
    pending = { block, to: moved(from, event) };
    draw(block, pending.to);
    tell(say("{title}: {day}, {hours}. Enter để lưu, Escape để thôi.", { title: block.dataset.title, day: wordsOf(pending.to.day), hours: span(pending.to.start, pending.to.length) }));
  } else if (event.key === "Enter" && pending?.block === block) {
    event.preventDefault();
    const { to } = pending;
    pending = null;
    commit(block, to);
  } else if (event.key === "Escape" && pending) {
    event.preventDefault();
    release();
  } else if (event.key === "Delete" && mine) {
    event.preventDefault();
    skip(block);
  }
});

/** Put a frame that keys moved back to where it lies. */
function release() {
  const { block } = pending;
  pending = null;
  tell(say("Đã thôi, khung giờ ở chỗ cũ."));
  refresh(block.dataset.slot, block.dataset.day);
}

planner?.addEventListener("focusout", (event) => {
  if (pending && event.target === pending.block && !box.open) {
    setTimeout(() => {
      if (pending && document.activeElement !== pending.block) release();
    }, 50);
  }
});

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select");
  if (typing || box?.open || !(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "z") return;
  const form = planner?.querySelector("[data-undo]");
  if (!form) return;
  event.preventDefault();
  undo(form);
});

async function undo(form) {
  const data = new FormData(form);
  try {
    const answer = await post(form.action, data);
    await refresh();
    const done = say("Đã hoàn tác: {what}.", { what: answer.titles.join(", ") });
    toast(done);
    tell(done);
  } catch (error) {
    failed(error);
  }
}

planner?.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-undo]")) return;
  event.preventDefault();
  undo(event.target);
});

// A phone shows the day that matters first.
const today = planner?.querySelector(".day-name.today");
if (today) {
  const scroll = planner.querySelector("[data-scroll]");
  scroll.scrollLeft = Math.max(0, today.offsetLeft - 36);
}
