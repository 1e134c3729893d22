// Approving a content: the audio itself is fetched and hashed here, so that the person signs for the very
// bytes that this browser plays, whatever the server says they are. Of a live source it is the address that is
// hashed, the one that stands on the page and in the dialog.

import { agree, myKey, opened, signAndSend } from "./signing.js";
import { Failure, post, say, sha256Hex } from "./words.js";

const form = document.querySelector("[data-approve]");
const told = form?.querySelector("[data-told]");

function tell(text, bad) {
  told.hidden = !text;
  told.className = `notice ${bad ? "bad" : ""}`;
  told.textContent = text;
}

async function heard(url, sha256) {
  const answer = await fetch(url, { credentials: "same-origin" });
  if (!answer.ok) throw new Failure(say("Không tải được âm thanh để kiểm tra, chưa ký."));
  if ((await sha256Hex(await answer.arrayBuffer())) !== sha256) {
    throw new Failure(say("Âm thanh trên máy chủ không khớp mã băm, không ký. Báo ngay cho người quản trị."));
  }
}

async function addressed(address, sha256) {
  if ((await sha256Hex(new TextEncoder().encode(address))) !== sha256) {
    throw new Failure(say("Địa chỉ trên trang không khớp mã băm, không ký. Báo ngay cho người quản trị."));
  }
}

async function approve() {
  const key = await myKey(form.dataset.login);
  tell(say("Đang kiểm tra âm thanh…"));
  const prepared = await post(form.dataset.prepare, Object.fromEntries(new FormData(form)));
  const { payload, document: approval } = await opened(prepared, "approval");
  if (approval.sha256 !== form.dataset.sha256) {
    throw new Failure(say("Máy chủ đưa ra một loại văn bản khác với việc bạn đang làm, không ký."));
  }
  const address = form.dataset.address;
  if (address) await addressed(address, approval.sha256);
  else await heard(form.dataset.bytes, approval.sha256);
  tell("");
  const yes = await agree({
    title: address ? say("Ký duyệt nguồn trực tiếp") : say("Ký duyệt nội dung"),
    kind: "approval",
    document: approval,
    more: address ? [[say("Địa chỉ được duyệt"), address]] : [],
    names: Object.fromEntries([...form.elements.area.options].map((o) => [o.value, o.textContent.trim()])),
    note: address
      ? say("Trình duyệt đã kiểm mã băm này đúng là của địa chỉ ở trên. Khóa ký không rời khỏi máy của bạn.")
      : say("Trình duyệt đã tải âm thanh và kiểm đúng mã băm này. Khóa ký không rời khỏi máy của bạn."),
    yes: say("Ký duyệt"),
  });
  if (!yes) return;
  await signAndSend(key, prepared, payload, form.action);
  location.reload();
}

form?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = form.querySelector("button.main");
  button.setAttribute("aria-busy", "true");
  button.disabled = true;
  try {
    await approve();
  } catch (error) {
    tell(error instanceof Failure ? error.message : say("Có lỗi khi ký: {why}", { why: error.message }), true);
  } finally {
    button.removeAttribute("aria-busy");
    button.disabled = false;
  }
});
