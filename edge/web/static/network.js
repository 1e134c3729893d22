// While a network is tried: look every two seconds, paint anew once there is an answer. The phone may lose us meanwhile.
const waiting = document.querySelector("[data-stamp]");
const look = async () => {
  try {
    const answer = await fetch("/network/state", { cache: "no-store" });
    const told = answer.ok ? await answer.json() : { stamp: waiting.dataset.stamp };
    if (told.stamp !== waiting.dataset.stamp) return location.reload();
  } catch {
    // out of reach for now
  }
  setTimeout(look, 2000);
};
if (waiting) setTimeout(look, 2000);
