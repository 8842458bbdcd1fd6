// What the theme's pages lack. Every page is readable without it.
(() => {
  "use strict";

  // On a narrow screen a table's rows are stacked; each cell then shows the heading of its column (handbook.css).
  for (const table of document.querySelectorAll(".md-typeset table")) {
    const headings = [...table.querySelectorAll("thead th")].map((cell) => cell.textContent.trim());
    for (const row of table.querySelectorAll("tbody tr")) {
      [...row.cells].forEach((cell, index) => (cell.dataset.label = headings[index] || ""));
    }
  }

  // The search dialog and the menus of the narrow screen have no names of their own.
  const search = document.querySelector(".md-search");
  if (search) search.setAttribute("aria-label", "Search the handbook");
  for (const menu of document.querySelectorAll("nav.md-nav[aria-labelledby]")) {
    const title = menu.querySelector(".md-nav__title").textContent.trim();
    const opener = document.getElementById(menu.getAttribute("aria-labelledby"));
    menu.removeAttribute("aria-labelledby");
    menu.setAttribute("aria-label", title);
    if (opener && !opener.textContent.trim()) opener.setAttribute("aria-label", `Pages of ${title}`);
  }
})();
