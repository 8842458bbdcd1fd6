// Runs while the page is read, so that dark colours do not flash. It does what two scripts inside the theme's pages did:
// name the store of the reader's choices, and apply the chosen colours.
(() => {
  "use strict";
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
})();
