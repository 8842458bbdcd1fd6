// What the browser adds to pages that already work without it.
(() => {
  "use strict";
  const NOT_SAVED = "This was not saved. Check the connection, reload the page and try again.";
  const SIGNED_OUT =
    "This was not saved, because you were signed out or signed in again. What you typed is still here. Sign in in a new tab, copy what you typed, then reload this page.";
  let place = null; // where the reader was before a swap: the id of the row, and of the control inside it

  // After a refused form the list of problems comes first (GOV.UK's error summary, without its script).
  const focusProblems = (root) => {
    const summary = root.querySelector(".govuk-error-summary");
    if (!summary) return;
    summary.tabIndex = -1;
    summary.focus();
  };

  const say = (text) => {
    const box = document.getElementById("problem");
    if (box) box.textContent = text;
  };

  const remember = () => {
    const active = document.activeElement;
    const row = active && active.closest(".item[id], tr[id]");
    place = row ? { row: row.id, open: Boolean(row.querySelector("details[open]")) } : null;
  };

  // htmx keeps the focus when the control with the same id is still there. When the press took the control away,
  // the reader stays on its row instead of falling to the top of the page.
  const restore = () => {
    const lost = !document.activeElement || document.activeElement === document.body;
    const row = place && document.getElementById(place.row);
    place = null;
    if (!lost || !row) return;
    const next = row.querySelector("button, summary, a[href]") || row;
    if (next === row) row.tabIndex = -1;
    next.focus();
  };

  // A link to an item answers at once what it is, why it is here and whether it is done: the row opens, and what it is folded into.
  const openTarget = () => {
    const row = document.getElementById(location.hash.slice(1));
    if (!row || !row.matches(".item")) return;
    const folded = row.closest("details.folded");
    if (folded) folded.open = true;
    row.querySelector(".item__more").open = true;
    row.scrollIntoView();
  };
  document.addEventListener("DOMContentLoaded", openTarget);
  window.addEventListener("hashchange", openTarget);

  document.addEventListener("htmx:beforeSwap", remember);
  document.addEventListener("htmx:afterSettle", (event) => {
    restore();
    if (event.detail.elt.querySelector) focusProblems(event.detail.elt);
  });
  document.addEventListener("htmx:beforeRequest", () => say(""));
  document.addEventListener("htmx:sendError", () => say(NOT_SAVED));
  document.addEventListener("htmx:timeout", () => say(NOT_SAVED));
  document.addEventListener("htmx:responseError", (event) => {
    const status = event.detail.xhr.status;
    say(status === 401 || status === 400 ? SIGNED_OUT : NOT_SAVED);
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-print]")) window.print();
  });
  // Choose all, or nothing where all are chosen: a button that names the boxes.
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-choose]");
    if (!button) return;
    const boxes = [...document.querySelectorAll(`input[type=checkbox][name="${button.dataset.choose}"]`)];
    const all = boxes.every((box) => box.checked);
    for (const box of boxes) box.checked = !all;
    button.textContent = all ? "Choose all" : "Choose none";
  });
  document.documentElement.classList.add("js"); // shows what only works with this script: .needs-js
  focusProblems(document);
})();
