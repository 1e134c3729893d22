// A recording on its way: how far it is, and what is wrong, beside the field. Without this the form still works.
// On the recording's own page: how long it is, as this phone measures it.
const form = document.getElementById("record-form");
const audio = document.getElementById("record-audio");

function send() {
  const say = document.getElementById("record-say");
  const button = document.getElementById("record-send");
  const bar = document.getElementById("record-progress");
  const file = document.getElementById("record-sound").files[0];
  const tell = (text) => { say.textContent = text; };
  if (!file) {
    tell(form.dataset.none);
    return;
  }
  if (file.size > Number(form.dataset.most)) {
    tell(form.dataset.large);
    return;
  }
  const asked = new XMLHttpRequest();
  asked.open("POST", form.action);
  asked.setRequestHeader("Accept", "application/json");
  button.disabled = true;
  bar.hidden = false;
  bar.value = 0;
  tell(form.dataset.sending.replace("#", 0));
  let shown = 0;
  asked.upload.addEventListener("progress", ({ loaded, total }) => {
    const done = total ? Math.floor((100 * loaded) / total) : 0;
    bar.value = done;
    if (done - shown < 10) return; // a screen reader need not hear every one
    shown = done;
    tell(form.dataset.sending.replace("#", done));
  });
  const over = (text) => {
    button.disabled = false;
    bar.hidden = true;
    tell(text);
  };
  asked.addEventListener("error", () => over(form.dataset.broken));
  asked.addEventListener("load", () => {
    let said = {};
    try { said = JSON.parse(asked.responseText); } catch { /* a page or a plain sentence instead */ }
    if (asked.status === 200 && said.to) {
      location.assign(said.to);
      return;
    }
    const page = new DOMParser().parseFromString(asked.responseText, "text/html");
    over(said.why ?? page.querySelector(".trouble, h1")?.textContent ?? page.body.textContent.trim());
  });
  asked.send(new FormData(form));
}

form?.addEventListener("submit", (event) => {
  event.preventDefault();
  send();
});

function measure() {
  // What a browser records has no length in its head: a jump to the far end makes it count.
  if (audio.duration === Infinity) {
    audio.currentTime = 1e7;
    audio.addEventListener("durationchange", () => {
      if (!Number.isFinite(audio.duration)) return;
      audio.currentTime = 0;
      measured();
    });
    return;
  }
  measured();
}

function measured() {
  const length = Math.round(audio.duration * 1_000);
  if (length > 0 && length <= 1_200_000) document.getElementById("record-length").value = length;
}

if (audio) {
  audio.addEventListener("error", () => { document.getElementById("record-mute").hidden = false; });
  audio.addEventListener("loadedmetadata", measure);
  if (audio.error) document.getElementById("record-mute").hidden = false;
  if (audio.readyState >= 1) measure();
}
