// Once the appliance is at work this page is over, and the other one is there.
document.addEventListener("painted", () => {
  const go = document.querySelector("[data-go]");
  if (go) location.replace(go.dataset.go);
});
