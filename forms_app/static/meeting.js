// The meeting's screen, faster: every text is saved while it is typed, and one key does what each button does. Without this script the buttons do it all.
(() => {
  "use strict";
  const sheet = document.getElementById("sheet");
  if (!sheet) return;
  const saved = document.getElementById("saved");
  const problem = document.getElementById("problem");
  const token = sheet.elements.csrf_token.value;
  const WAIT = 250; // milliseconds between the last keystroke and the save
  const waiting = new Map(); // section -> timer
  const unsaved = new Map(); // section -> what is to be saved
  let number = Number(sheet.elements.number.value);
  let busy = Promise.resolve();

  const fieldsOf = (section) => [...sheet.querySelectorAll(`[data-draft="${section}"]`)];
  const textOf = (section) => {
    const found = fieldsOf(section);
    if (found[0].type === "checkbox") return found.filter((box) => box.checked).map((box) => box.value).join(" ");
    return found[0].value;
  };
  const based = (section) => sheet.elements[`based-on-${section}`];

  const bodyOf = (section) => {
    number += 1;
    sheet.elements.number.value = number;
    return new URLSearchParams({ csrf_token: token, section, text: textOf(section), based_on: based(section).value, pen: sheet.elements.pen.value, number });
  };

  const failed = (text) => {
    saved.textContent = "Not saved";
    saved.classList.add("overdue");
    problem.textContent = text;
  };

  const show = (section, answer) => {
    based(section).value = answer.based_on;
    saved.textContent = `Saved ${answer.saved}`;
    saved.classList.remove("overdue");
    problem.textContent = "";
    const beside = document.getElementById(`beside-${section}`);
    if (!beside) return;
    const before = beside.querySelector("[name^=beside-]");
    if ((before ? before.value : "") === answer.others.map((one) => one.id).join(",")) return;
    if (answer.others.length) {
      // The page as the server writes it says how to put the texts together; what is typed is saved, so it can be read again.
      const note = document.createElement("p");
      note.className = "beside__text";
      note.textContent = `${answer.others.map((one) => `${one.who} wrote at the same time: ${one.text}`).join(" / ")} Both are kept. `;
      const look = document.createElement("button");
      look.className = "govuk-button govuk-button--secondary app-button";
      look.name = "do";
      look.value = "save";
      look.textContent = "Put them together";
      note.append(look);
      beside.replaceChildren(note);
    } else beside.replaceChildren();
  };

  const send = async (section, last) => {
    waiting.delete(section);
    if (!unsaved.has(section)) return;
    unsaved.delete(section);
    let answer;
    try {
      answer = await fetch(sheet.dataset.draftTo, { method: "POST", body: bodyOf(section), keepalive: Boolean(last), headers: { Accept: "application/json" } });
    } catch {
      unsaved.set(section, true);
      failed("This was not saved: the connection is gone. It is tried again; leave this page open.");
      waiting.set(section, setTimeout(() => queue(section), 2000));
      return;
    }
    if (answer.ok) return show(section, await answer.json());
    unsaved.set(section, true);
    const told = answer.headers.get("Content-Type").startsWith("application/json") ? (await answer.json()).error : "";
    if (told) failed(told);
    else if (answer.status === 404) failed("This was not saved: you have no access to this student any more. Copy what you typed if somebody else is to keep it.");
    else if (answer.status === 401 || answer.status === 400) failed("This was not saved: you were signed out. Sign in in a new tab, then type on here. What you typed is still on this page.");
    else {
      failed("This was not saved. It is tried again; leave this page open.");
      waiting.set(section, setTimeout(() => queue(section), 2000));
    }
  };

  const queue = (section, last) => (busy = busy.then(() => send(section, last)));
  const flush = (last) => {
    for (const [section, timer] of waiting) {
      clearTimeout(timer);
      queue(section, last);
    }
    return busy;
  };

  sheet.addEventListener("input", (event) => {
    const section = event.target.dataset.draft;
    if (!section) return;
    unsaved.set(section, true);
    saved.textContent = "Saving";
    clearTimeout(waiting.get(section));
    waiting.set(section, setTimeout(() => queue(section), WAIT));
  });
  // A closed lid, another tab, a lost page: what was typed goes out at once and outlives the page.
  document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && flush(true));
  window.addEventListener("pagehide", () => flush(true));
  window.addEventListener("beforeunload", (event) => {
    if (unsaved.size && !leaving) event.preventDefault();
  });

  let leaving = false;
  sheet.addEventListener("submit", () => (leaving = true));

  const walk = async (way) => {
    await flush();
    if (unsaved.size) return;
    leaving = true;
    location.assign(sheet.dataset[way]);
  };

  const openPanel = async (button) => {
    await flush();
    const body = new FormData(sheet);
    body.set("do", button.value);
    const answer = await fetch(sheet.action, { method: "POST", body: new URLSearchParams(body), headers: { "HX-Request": "true" } });
    if (!answer.ok) return button.form.requestSubmit(button);
    document.getElementById("panel").innerHTML = await answer.text();
    const first = document.querySelector("#panel button, #panel a");
    if (first) first.focus();
    else document.getElementById("q").focus();
  };

  // Pressing Enter in a field means what the field is for, not the first button of the page.
  sheet.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.target.tagName !== "INPUT" || event.target.type === "checkbox") return;
    event.preventDefault();
    if (event.target.id === "q") openPanel(sheet.querySelector("[value=find]"));
    else if (event.target.id === "guest") sheet.querySelector("[value=guest]").click();
    else if (["saying", "due"].includes(event.target.id)) sheet.querySelector("[data-decide]").click();
  });

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.dataset.walk) {
      event.preventDefault();
      walk(button.dataset.walk);
    } else if ("panel" in button.dataset) {
      event.preventDefault();
      openPanel(button);
    }
  });

  // Keys: each does what a button on the page does, never while somebody types, and all of them can be turned off.
  const toggle = document.getElementById("keys");
  const KEPT = "meeting-keys";
  let on = localStorage.getItem(KEPT) !== "off";
  const tell = () => {
    toggle.textContent = on ? "Keys are on" : "Keys are off";
    toggle.setAttribute("aria-pressed", String(on));
    document.documentElement.classList.toggle("keys-off", !on);
  };
  toggle.addEventListener("click", () => {
    on = !on;
    localStorage.setItem(KEPT, on ? "on" : "off");
    tell();
  });
  tell();
  const focus = (id) => document.getElementById(id) && document.getElementById(id).focus();
  const purpose = (which) => {
    const box = sheet.querySelectorAll("input[name=purposes]")[which];
    if (box) box.click();
  };
  const KEYS = {
    n: () => walk("next"),
    p: () => walk("previous"),
    d: () => focus("kind"),
    a: () => focus("saying"),
    f: () => focus("facts"),
    h: () => focus("q"),
    1: () => purpose(0),
    2: () => purpose(1),
    3: () => purpose(2),
    4: () => purpose(3),
    u: () => {
      const button = sheet.querySelector("[data-undo]");
      if (button) button.click();
    },
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const active = document.activeElement;
    if (event.key === "Escape" && active && active !== document.body) {
      active.blur();
      return;
    }
    if (!on || (active && active.matches("input:not([type=checkbox]), select, textarea, [contenteditable]"))) return;
    const act = KEYS[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
})();
