"use strict";
// The server has written every row; what changes is only what stands in them.
const EVERY_MS = 2000;
const status = document.getElementById("status");

function show(state) {
  for (const place of document.querySelectorAll("[data-is]")) {
    const value = place.dataset.is.split(".").reduce((of, name) => of?.[name], state);
    place.textContent = place.dataset[`${value}`] ?? value ?? place.dataset.none ?? "–";
    if ("value" in place.dataset) place.dataset.value = value;
  }
}

async function refresh() {
  try {
    const answer = await fetch("/state.json", { signal: AbortSignal.timeout(EVERY_MS) });
    if (!answer.ok) throw new Error(answer.status);
    show(await answer.json());
    status.textContent = "";
  } catch {
    status.textContent ||= `No answer since ${new Date().toLocaleTimeString()}: what follows is old.`;
  }
  setTimeout(refresh, EVERY_MS);
}

setTimeout(refresh, EVERY_MS);
