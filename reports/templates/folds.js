"use strict";
/* Folds groups of rows under their heads, and unfolds everything for paper: nobody can click there.
   Without this script everything is open that can only be opened by it. */
(() => {
  const folds = new Map();
  for (const body of document.querySelectorAll("tbody[data-fold]")) {
    const name = body.querySelector(".group bdi");
    const button = document.createElement("button");
    const fold = (folded) => {
      body.classList.toggle("folded", folded);
      button.setAttribute("aria-expanded", String(!folded));
    };
    button.type = "button";
    button.setAttribute("aria-controls", body.id);
    button.addEventListener("click", () => fold(!body.classList.contains("folded")));
    name.replaceWith(button);
    button.append(name);
    fold(body.dataset.fold === "folded");
    folds.set(body, fold);
  }

  // A link that leads to a row opens the group in which it stands.
  const unfold = (address) => {
    const row = document.getElementById(address.split("#")[1] ?? "");
    folds.get(row?.closest("tbody"))?.(false);
  };
  addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#']");
    if (link) unfold(link.href);
  });
  unfold(document.URL);

  let opened = [];
  addEventListener("beforeprint", () => {
    const closed = [...document.querySelectorAll("details:not([open])")];
    opened.push(...closed);
    for (const each of closed) each.open = true;
  });
  addEventListener("afterprint", () => {
    for (const each of opened) each.open = false;
    opened = [];
  });
})();
