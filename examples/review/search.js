
// Nothing depends on this: without it the page is whole, and folds are opened by hand.
(() => {
  const box = document.getElementById("search");
  const [input, output] = [box.querySelector("input"), box.querySelector("output")];
  const entries = [...document.querySelectorAll("[data-find]")];
  const folds = [...document.querySelectorAll("details")];
  let texts, wereOpen, timer;
  const find = () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    texts ??= entries.map((entry) => entry.textContent.toLowerCase());
    wereOpen ??= folds.map((fold) => fold.open);
    let found = 0;
    entries.forEach((entry, index) => {
      const hit = words.every((word) => texts[index].includes(word));
      entry.hidden = !hit;
      if (hit) found += 1;
    });
    folds.forEach((fold, index) => {
      if (!words.length) fold.open = wereOpen[index];
      else if (fold.querySelector("[data-find]")) fold.open = fold.querySelector("[data-find]:not([hidden])") !== null;
    });
    if (!words.length) wereOpen = undefined;
    output.textContent = words.length ? `${found} of the ${entries.length} entries on this page` : "";
  };
  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(find, 150);
  });
  let folded = [];
  addEventListener("beforeprint", () => {
    folded = folds.filter((fold) => !fold.open);
    folded.forEach((fold) => (fold.open = true));
  });
  addEventListener("afterprint", () => folded.forEach((fold) => (fold.open = false)));
  box.hidden = false;
})();
