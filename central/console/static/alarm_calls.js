// The list to telephone: printed at one press, for paper outlives the power.

for (const button of document.querySelectorAll("[data-print]")) button.addEventListener("click", () => window.print());
