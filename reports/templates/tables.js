"use strict";
/* Makes the heads of tables into buttons that sort: a head says by its data-sort how its column is
   compared, a cell by its data-value what it is worth. Without this script the table stays as it
   was printed, the worst first. Groups of rows stay where they are, each sorted within itself. */
(() => {
  const letters = new Intl.Collator("en", {numeric: true, sensitivity: "base"});
  const said = document.createElement("p");
  said.setAttribute("role", "status");
  said.className = "hidden";
  document.querySelector("main").append(said);

  const worth = (row, column, how) => {
    const {unit = "", value} = row.cells[column].dataset;
    if (how === "number") return {unit, value: value === undefined ? null : Number(value)};
    const text = row.cells[column].textContent.trim();
    return {unit, value: text === "" || text === "–" ? null : text};
  };

  // A row that belongs to the one above it moves with that.
  const blocks = (body) => {
    const found = [];
    for (const row of body.rows) {
      if (row.matches(".tail")) found.at(-1).rows.push(row);
      else if (!row.matches(".group")) found.push({place: found.length, rows: [row]});
    }
    return found;
  };

  // What was not measured comes last, whichever way; units are never mixed; who is equal stays as
  // it was printed.
  const compare = (sign, how) => (a, b) => {
    if (a.key.value === null || b.key.value === null)
      return (a.key.value === null) - (b.key.value === null) || a.place - b.place;
    if (a.key.unit !== b.key.unit) return a.key.unit < b.key.unit ? -1 : 1;
    const apart = how === "number"
      ? a.key.value - b.key.value
      : letters.compare(a.key.value, b.key.value);
    return sign * apart || a.place - b.place;
  };

  const sortable = (table) => {
    const groups = [...table.tBodies].map((body) => ({body, blocks: blocks(body)}));
    const heads = [...table.tHead.rows[0].cells];

    const sort = (head, direction) => {
      for (const each of heads) each.removeAttribute("aria-sort");
      if (direction) head.setAttribute("aria-sort", direction);
      const column = heads.indexOf(head), how = head.dataset.sort;
      const by = direction
        ? compare(direction === "ascending" ? 1 : -1, how)
        : (a, b) => a.place - b.place;
      for (const {body, blocks} of groups) {
        for (const block of blocks) block.key = worth(block.rows[0], column, how);
        body.append(...[...blocks].sort(by).flatMap((block) => block.rows));
      }
      const name = head.textContent.trim();
      said.textContent = direction ? `Sorted by ${name}, ${direction}` : "In the order of the report";
    };

    const next = {ascending: "descending", descending: null};
    for (const head of heads.filter((each) => each.dataset.sort)) {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      button.addEventListener("click", () => {
        const now = head.getAttribute("aria-sort");
        sort(head, now ? next[now] : "ascending");
      });
      head.append(button);
    }
    table.classList.add("sortable");
  };

  for (const table of document.querySelectorAll("table:has(> thead [data-sort])")) sortable(table);
})();
