// Appliances of a closed area get their papers for the new one, signed here. The browser looks at each paper before:
// the machine must be the one on this line, the area the one shown, and it must not be a retirement.

import { seal } from "./keys.js";
import { agree, myKey, opened } from "./signing.js";
import { Failure, post, say } from "./words.js";

const list = document.querySelector("[data-reassign]");
const told = document.querySelector("[data-told]");

function tell(text) {
  told.hidden = !text;
  told.textContent = text;
  if (text) told.scrollIntoView({ block: "nearest" });
}

const areaOf = (button) => button.dataset.area || button.closest("tr").querySelector("[data-into]").value;

async function prepared(button) {
  const { device } = button.dataset;
  const area = areaOf(button);
  const url = `/console/areas/reassign/${device}`;
  const answer = await post(`${url}/prepare?area=${encodeURIComponent(area)}`, {});
  const { payload, document: paper } = await opened(answer, "assignment");
  if (paper.retired || paper.device !== device || paper.area !== area) {
    throw new Failure(say("Máy chủ đưa ra một loại văn bản khác với việc bạn đang làm, không ký."));
  }
  return { url, payload, paper, type: answer.payloadType };
}

async function hand(key, button, found) {
  await post(found.url, { envelope: await seal(key, found.type, found.payload) });
  const row = button.closest("tr");
  button.replaceWith(document.createTextNode(say("đã giao lại")));
  row.classList.add("done");
}

async function one(button) {
  const key = await myKey(list.dataset.login);
  const found = await prepared(button);
  const yes = await agree({
    title: say("Ký giao lại {name}", { name: button.dataset.name }),
    kind: "assignment",
    document: found.paper,
    note: say("Chỉ địa bàn và số giấy thay đổi. Khóa ký không rời khỏi máy của bạn."),
    yes: say("Ký và giao lại"),
  });
  if (yes) await hand(key, button, found);
}

async function all() {
  const key = await myKey(list.dataset.login);
  const buttons = [...list.querySelectorAll("[data-device]")];
  const found = await prepared(buttons[0]);
  const yes = await agree({
    title: say("Ký giao lại {n} cụm loa", { n: buttons.length }),
    kind: "assignment",
    document: found.paper,
    more: [[say("Các cụm"), buttons.map((button) => button.dataset.name).join(", ")]],
    note: say("Giấy đầu tiên hiện ở trên; các giấy sau được trình duyệt kiểm đúng máy, đúng địa bàn trước khi ký."),
    yes: say("Ký tất cả"),
  });
  if (!yes) return;
  for (const button of buttons) await hand(key, button, await prepared(button));
}

list?.addEventListener("click", async (event) => {
  const button = event.target.closest("button[data-device], button[data-all]");
  if (!button) return;
  tell("");
  button.setAttribute("aria-busy", "true");
  button.disabled = true;
  try {
    await ("all" in button.dataset ? all() : one(button));
  } catch (error) {
    tell(error instanceof Failure ? error.message : say("Có lỗi khi ký: {why}", { why: error.message }));
  } finally {
    button.removeAttribute("aria-busy");
    button.disabled = false;
  }
});
