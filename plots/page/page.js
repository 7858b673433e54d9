// SPDX-License-Identifier: MIT
// Clicking a column header sorts its table: up, then down. Numbers by value, in front of words; words
// with the numbers in them by value; empty cells last. A link into a folded part opens it.
"use strict";
(function () {
  const words = new Intl.Collator("en", { numeric: true });
  const number = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?(?=$|[\s%])/i;

  function keyOf(row, column) {
    const cell = row.cells[column];
    const text = cell === undefined ? "" : cell.textContent.trim();
    const found = number.exec(text);
    return { row: row, text: text, kind: text === "" ? 2 : found ? 0 : 1, value: found ? Number(found[0]) : 0 };
  }

  function sort(table, column, direction) {
    const body = table.tBodies[0];
    const keys = Array.from(body.rows, function (row) { return keyOf(row, column); });
    keys.sort(function (a, b) {
      if (a.kind === 2 || b.kind === 2) return a.kind - b.kind;
      return direction * (a.kind - b.kind || a.value - b.value || words.compare(a.text, b.text));
    });
    keys.forEach(function (key) { body.appendChild(key.row); });
  }

  // Sorting helps where there is something to look for: small tables stay as they are.
  Array.from(document.querySelectorAll("thead th")).forEach(function (head) {
    const table = head.closest("table");
    if (head.textContent === "" || table.tBodies.length === 0 || !(table.tBodies[0].rows.length > 3) || table.closest(".claims, .first")) return;
    const button = document.createElement("button");
    button.type = "button";
    button.append.apply(button, Array.from(head.childNodes));
    head.append(button);
    button.addEventListener("click", function () {
      const up = head.getAttribute("aria-sort") !== "ascending";
      Array.from(head.parentNode.cells).forEach(function (other) { other.removeAttribute("aria-sort"); });
      head.setAttribute("aria-sort", up ? "ascending" : "descending");
      sort(table, head.cellIndex, up ? 1 : -1);
    });
  });

  // Only a table that scrolls is a stop for the keyboard.
  Array.from(document.querySelectorAll(".table")).forEach(function (box) {
    if (!(box.scrollWidth > box.clientWidth)) box.removeAttribute("tabindex");
  });

  function open() {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    for (let at = target; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
    if (target) target.scrollIntoView();
  }
  window.addEventListener("hashchange", open);
  if (location.hash) open();
}());
