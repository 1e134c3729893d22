// A warning that stands: the second person's signature, and the cancel with its all-clear words.

import { foreign, guarded, teller } from "./alarm_signing.js";
import { onHold } from "./hold.js";
import { attach } from "./keys.js";
import { agree, myKey, opened, signAndSend } from "./signing.js";
import { post, say } from "./words.js";

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
  const button = box.querySelector("button.hold");
  onHold(button, () =>
    guarded(button, tell, async () => {
      const key = await myKey(box.dataset.login);
      const text = box.querySelector("[data-clear]").value.trim().replace(/\r\n/g, "\n");
      const prepared = await post(box.dataset.prepare, { text });
      const { payload, document } = await opened(prepared, "announcement");
      const same =
        document.message === "Cancel" &&
        document.references.includes(box.dataset.id) &&
        (!text || document.infos[0].text === text);
      if (!same) throw foreign();
      const answer = await signAndSend(key, prepared, payload, box.dataset.send);
      location.assign(answer.href);
    }),
  );
}

for (const box of document.querySelectorAll("[data-cosign]")) cosigning(box);
for (const box of document.querySelectorAll("[data-cancel]")) cancelling(box);
