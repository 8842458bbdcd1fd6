// Warns two minutes before somebody is signed out for not having used the app, and lets them stay.
(() => {
  "use strict";
  const WARN = 2 * 60 * 1000;
  const box = document.getElementById("staying");
  const idle = Number(document.body.dataset.idle) * 60 * 1000;
  if (!box || !idle) return;
  let last = Date.now();
  const used = () => {
    last = Date.now();
    box.hidden = true;
  };
  const stay = async () => {
    const answer = await fetch("/account/stay", { credentials: "same-origin", redirect: "manual" });
    if (answer.status === 204) used();
    else box.querySelector("p").textContent = "You were signed out. Sign in again in another tab, then send what you typed here.";
  };
  document.addEventListener("htmx:afterRequest", used);
  document.getElementById("stay").addEventListener("click", stay);
  setInterval(() => {
    if (Date.now() - last > idle - WARN) box.hidden = false;
  }, 5000);
})();
