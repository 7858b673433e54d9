// SPDX-License-Identifier: MIT
// A click on a column's head sorts its table: up, then down. Numbers by value, in front of words; words
// with the numbers in them by value; empty cells last.
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

  Array.from(document.querySelectorAll("thead th")).forEach(function (head) {
    const table = head.closest("table");
    if (head.textContent === "" || table.tBodies.length === 0) return;
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
}());
