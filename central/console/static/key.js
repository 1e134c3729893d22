// The key page: what this browser can do, which key it keeps, make one, import one, forget it.

import { ability, forgetKey, importKey, keyOf, makeKey } from "./keys.js";
import { Failure, say, toast } from "./words.js";

const page = document.querySelector("[data-key-page]");
const { login } = page.dataset;
const part = (name) => page.querySelector(`[data-part="${name}"]`);

const show = (name, shown) => {
  part(name).hidden = !shown;
};

function paint(key) {
  show("none", !key);
  show("kept", Boolean(key));
  if (!key) return;
  part("public").textContent = key.publicKey;
  part("keyid").textContent = key.keyid;
  part("made").textContent = new Date(key.made).toLocaleString(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" });
  const roles = JSON.parse(page.dataset.known)[key.publicKey];
  show("enrolled", Boolean(roles));
  show("not-enrolled", !roles);
  if (roles) part("roles").textContent = roles;
}

async function guarded(work) {
  const told = part("told");
  told.hidden = true;
  try {
    await work();
  } catch (error) {
    told.hidden = false;
    told.textContent = error instanceof Failure ? error.message : say("Có lỗi với khóa: {why}", { why: error.message });
  }
}

const found = await ability();
show("checking", false);
show("insecure", found === "insecure");
show("old", found === "old");
if (found === "ok") await guarded(async () => paint(await keyOf(login)));

part("make").addEventListener("click", () =>
  guarded(async () => {
    paint(await makeKey(login));
    toast(say("Đã tạo khóa. Gửi khóa công khai cho cán bộ an toàn thông tin."));
  }),
);

part("import").addEventListener("submit", (event) => {
  event.preventDefault();
  guarded(async () => {
    const form = event.target;
    const [file] = form.elements.file.files;
    if (!file) throw new Failure(say("Hãy chọn tệp khóa."));
    if (file.size > 20_000) throw new Failure(say("Đây không phải tệp khóa PKCS#8 (PEM)."));
    const key = await importKey(login, await file.text(), form.elements.passphrase.value);
    form.reset();
    paint(key);
    toast(say("Đã nhập khóa. Từ nay khóa nằm trong trình duyệt này và không lấy ra được."));
  });
});

part("forget").addEventListener("click", () =>
  guarded(async () => {
    const box = part("forget-box");
    box.showModal();
  }),
);
part("forget-no").addEventListener("click", () => part("forget-box").close());
part("forget-yes").addEventListener("click", () =>
  guarded(async () => {
    await forgetKey(login);
    part("forget-box").close();
    paint(null);
  }),
);
