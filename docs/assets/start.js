// Runs while the page is read. The theme has its like inside every page; here pages hold no script, so a strict policy can forbid them.
(() => {
  "use strict";

  // Name the store of the reader's choices, and apply the chosen colours before anything is shown.
  const scope = new URL(document.currentScript.dataset.base, location);
  window.__md_scope = scope;
  window.__md_hash = (text) => [...text].reduce((sum, char) => (sum << 5) - sum + char.charCodeAt(0), 0);
  window.__md_get = (key, store = localStorage, base = scope) => JSON.parse(store.getItem(`${base.pathname}.${key}`));
  window.__md_set = (key, value, store = localStorage, base = scope) => {
    try {
      store.setItem(`${base.pathname}.${key}`, JSON.stringify(value));
    } catch {
      // The choice is then forgotten, which harms nobody.
    }
  };
  const palette = window.__md_get("__palette");
  for (const [key, value] of Object.entries((palette && palette.color) || {})) {
    document.body.setAttribute(`data-md-color-${key}`, value);
  }

  // Search weighs more than any page: its program, and an index of every page. The theme fetches both with each page;
  // they wait here until the reader goes to the search field, or comes from a search result. In a folder the theme waits by itself.
  if (location.protocol === "file:") return;
  const wanted = new Promise((start) => {
    if (/[?&][qh]=/.test(location.search)) start();
    document.addEventListener("focusin", (event) => event.target.matches(".md-search__input") && start());
  });

  const send = XMLHttpRequest.prototype.send;
  const open = XMLHttpRequest.prototype.open;
  XMLHttpRequest.prototype.open = function (method, url, ...rest) {
    this.waits = url.endsWith("/search/search_index.json");
    open.call(this, method, url, ...rest);
  };
  XMLHttpRequest.prototype.send = function (...body) {
    if (this.waits) wanted.then(() => send.apply(this, body));
    else send.apply(this, body);
  };

  const Program = window.Worker;
  window.Worker = class extends EventTarget {
    constructor(url) {
      super();
      this.program = wanted.then(() => new Program(url));
      this.program.then((program) => {
        program.onmessage = (event) => this.dispatchEvent(new MessageEvent("message", { data: event.data }));
      });
    }

    postMessage(message) {
      this.program.then((program) => program.postMessage(message));
    }
  };
})();
