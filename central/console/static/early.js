// Keeps a press that comes before the page's scripts: on a slow line a button stands there before it can do anything.
// The press is repeated once they run; a button that must be held is not, for nobody holds it any more.

let pressed = null;

function keep(event) {
  const button = event.target.closest("button");
  if (!button) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  pressed = button;
}

document.addEventListener("click", keep, true);
// Modules run before this event.
document.addEventListener("DOMContentLoaded", () => {
  document.removeEventListener("click", keep, true);
  if (pressed?.isConnected && !pressed.classList.contains("hold")) pressed.click();
});
