// Passkeys: asks the device for one, or to make one, for each form with data-passkey. The app speaks JSON at data-options and at the form's action.
(() => {
  "use strict";
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const list = (rows) => (rows || []).map((row) => ({ ...row, id: bytes(row.id) }));

  const send = async (form, address, body) => {
    const headers = { "Content-Type": "application/json", "X-CSRFToken": form.elements.csrf_token.value };
    const answer = await fetch(address, { method: "POST", headers, body: JSON.stringify(body), credentials: "same-origin" });
    if (!(answer.headers.get("Content-Type") || "").startsWith("application/json")) {
      location.reload(); // signed out, or asked to prove who one is: the page itself says so
      return new Promise(() => {});
    }
    return answer.json();
  };

  const ask = async (kind, options) => {
    if (kind === "create") {
      const user = { ...options.user, id: bytes(options.user.id) };
      const made = await navigator.credentials.create({ publicKey: { ...options, user, challenge: bytes(options.challenge), excludeCredentials: list(options.excludeCredentials) } });
      return { id: made.id, rawId: text(made.rawId), type: made.type, response: {
        clientDataJSON: text(made.response.clientDataJSON), attestationObject: text(made.response.attestationObject),
        transports: made.response.getTransports ? made.response.getTransports() : [],
      } };
    }
    const used = await navigator.credentials.get({ publicKey: { ...options, challenge: bytes(options.challenge), allowCredentials: list(options.allowCredentials) } });
    return { id: used.id, rawId: text(used.rawId), type: used.type, response: {
      clientDataJSON: text(used.response.clientDataJSON), authenticatorData: text(used.response.authenticatorData),
      signature: text(used.response.signature), userHandle: used.response.userHandle ? text(used.response.userHandle) : null,
    } };
  };

  const why = (error) => {
    if (error.name === "NotAllowedError") return "Nothing came from the device: it was cancelled, or took too long. Try again.";
    if (error.name === "InvalidStateError") return "This device has a passkey here already.";
    if (error.name === "SecurityError") return "Browsers keep passkeys only for a secure address with a name. Ask your administrator.";
    return "The device did not answer. Check the connection and try again.";
  };

  const run = async (form) => {
    const problem = form.querySelector(".passkey-problem");
    problem.textContent = "";
    if (!window.PublicKeyCredential) {
      problem.textContent = "This browser knows no passkeys.";
      return;
    }
    try {
      const options = await send(form, form.dataset.options, {});
      if (options.problem) throw options;
      const fields = {};
      for (const name of ["name", "next"]) if (form.elements[name]) fields[name] = form.elements[name].value;
      const answer = await send(form, form.getAttribute("action"), { ...fields, credential: await ask(form.dataset.passkey, options) });
      if (answer.problem) throw answer;
      const then = form.dataset.then && document.getElementById(form.dataset.then);
      if (then && !answer.next) then.submit();
      else location.assign(answer.next || "/");
    } catch (error) {
      problem.textContent = error.problem || why(error);
    }
  };

  document.addEventListener("submit", (event) => {
    const form = event.target.closest("form[data-passkey]");
    if (!form) return;
    event.preventDefault();
    run(form);
  });
})();
