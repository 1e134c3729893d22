// The wall's clock, and a few pixels to and fro every minute, so that no screen keeps a picture for ever.

const clock = document.getElementById("wall-clock");
const form = new Intl.DateTimeFormat("vi", {
  hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false, timeZone: "Asia/Ho_Chi_Minh",
});
const STEPS = [[0, 0], [6, 3], [12, 8], [6, 12], [0, 8], [-6, 12], [-12, 8], [-6, 3]];

function tick() {
  const now = new Date();
  clock.textContent = form.format(now);
  const [x, y] = STEPS[now.getMinutes() % STEPS.length];
  document.body.style.setProperty("--drift-x", `${x}px`);
  document.body.style.setProperty("--drift-y", `${y}px`);
  setTimeout(tick, 1000 - now.getMilliseconds());
}

tick();
