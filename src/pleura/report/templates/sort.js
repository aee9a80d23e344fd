for (const button of document.querySelectorAll("th button")) {
  button.addEventListener("click", () => {
    const heading = button.closest("th"), body = heading.closest("table").tBodies[0];
    const down = heading.getAttribute("aria-sort") === "ascending" ? -1 : 1;
    const key = (row) => row.cells[heading.cellIndex].dataset.sort;
    const order = (a, b) => {
      if (a === "" || b === "") return (a === "") - (b === "");
      return down * (isNaN(a) || isNaN(b) ? a.localeCompare(b) : a - b);
    };
    body.append(...[...body.rows].sort((a, b) => order(key(a), key(b))));
    for (const other of heading.parentElement.cells) other.removeAttribute("aria-sort");
    heading.setAttribute("aria-sort", down > 0 ? "ascending" : "descending");
  });
}
