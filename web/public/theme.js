// Runs before the first paint: a script of its own, since the content security policy forbids inline ones.
(() => {
  let choice = "system";
  try {
    choice = localStorage.getItem("howdah:theme") ?? choice;
  } catch {
    // Storage is shut: the system's theme it is.
  }
  const system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  document.documentElement.dataset.theme = ["light", "dark", "contrast"].includes(choice) ? choice : system;
})();
