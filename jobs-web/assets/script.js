// What pages do beyond links and forms: they follow what happens, obey keys, and select many at once.
"use strict";
(() => {
  const body = document.body, base = body.dataset.base, main = () => document.getElementById("main");
  const sign = document.querySelector(".live");

  // Selecting all rows of a page, copying an id: shown only where they work.
  function enliven() {
    for (const all of document.querySelectorAll("label.all")) all.hidden = false;
    for (const copy of document.querySelectorAll("[data-copy]")) copy.hidden = !navigator.clipboard;
  }
  document.addEventListener("change", (event) => {
    if (!event.target.matches("[data-all]")) return;
    for (const box of event.target.form.querySelectorAll("input[name=id]")) box.checked = event.target.checked;
  });
  document.addEventListener("click", (event) => {
    const copy = event.target.closest("[data-copy]");
    if (copy) navigator.clipboard.writeText(copy.dataset.copy).then(() => { copy.textContent = "Copied"; }, () => {});
    // A question that is open closes when something else is clicked.
    for (const open of document.querySelectorAll("details.careful[open]")) if (!open.contains(event.target)) open.open = false;
  });

  // Live: an event says that something changed; the page then loads what it shows anew.
  let paused = false, waiting = false, due = false, row = -1;
  const busy = () => {
    const at = document.activeElement, within = main();
    if (!within || within.querySelector("[data-still]") || document.hidden || paused) return true;
    if (within.querySelector("input[name=id]:checked, details.careful[open]")) return true;
    if (String(document.getSelection() || "").length > 0) return true;
    return within.contains(at) && at.matches("input, select, textarea");
  };
  async function refresh() {
    if (busy() || waiting) { due = true; return; }
    waiting = true; due = false;
    try {
      const answer = await fetch(location.href, { headers: { "x-live": "1" }, credentials: "same-origin" });
      if (answer.ok && !busy()) {
        const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("main");
        if (fresh) replace(fresh);
      }
    } catch (_) { due = true; } finally { waiting = false; }
  }
  function replace(fresh) {
    const old = main(), notice = old.querySelector(":scope > .notice");
    const opened = [...old.querySelectorAll("details")].map((one) => one.open);
    const links = [...old.querySelectorAll("a, button, summary")], at = links.indexOf(document.activeElement);
    if (notice && !fresh.querySelector(":scope > .notice")) fresh.prepend(notice.cloneNode(true));
    old.replaceChildren(...fresh.childNodes);
    [...old.querySelectorAll("details")].forEach((one, nth) => { if (opened[nth]) one.open = true; });
    const again = [...old.querySelectorAll("a, button, summary")];
    if (at >= 0 && again[at]) again[at].focus({ preventScroll: true });
    enliven(); mark(false);
  }
  function follow() {
    if (!window.EventSource || !sign) return;
    const events = new EventSource(body.dataset.live);
    events.addEventListener("change", refresh);
    events.addEventListener("open", () => { sign.hidden = false; sign.classList.toggle("off", paused); });
    window.addEventListener("pagehide", () => events.close());
    document.addEventListener("visibilitychange", () => { if (!document.hidden && due) refresh(); });
    setInterval(() => { if (due) refresh(); }, 2000);
  }

  // Keys.
  const rows = () => [...document.querySelectorAll("table.rows tbody tr")];
  function mark(scroll) {
    rows().forEach((one, nth) => one.classList.toggle("here", nth === row));
    if (scroll && rows()[row]) rows()[row].scrollIntoView({ block: "nearest" });
  }
  let went = 0;
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input, select, textarea")) return;
    const key = event.key, here = rows()[row];
    if (Date.now() - went < 1500) {
      went = 0;
      const link = document.querySelector(`header a[data-key="${CSS.escape(key)}"]`);
      if (link) { event.preventDefault(); link.click(); }
      return;
    }
    if (key === "g") went = Date.now();
    else if (key === "j" || key === "k") { row = Math.max(0, Math.min(rows().length - 1, row + (key === "j" ? 1 : -1))); mark(true); }
    else if (key === "Enter" && here && event.target === body) { const link = here.querySelector("a.open, a"); if (link) link.click(); }
    else if (key === "x" && here) { const box = here.querySelector("input[name=id]"); if (box) box.checked = !box.checked; }
    else if (key === "p" && sign) { paused = !paused; sign.textContent = paused ? "stopped" : "live"; sign.classList.toggle("off", paused); if (!paused) refresh(); }
    else if (key === "?") { const help = document.getElementById("help"); if (help && !help.open) help.showModal(); }
    else if (key === "/") {
      const field = document.querySelector(".search input:not([type=hidden])");
      event.preventDefault();
      if (field) field.focus(); else location.href = `${base}/jobs`;
    }
  });
  // On a phone the navigation is wider than the screen: the page that is open is brought into view.
  const open = document.querySelector("header a[aria-current]"), nav = document.querySelector("header nav");
  if (open && nav.scrollWidth > nav.clientWidth) nav.scrollLeft = open.offsetLeft - nav.clientWidth / 3;
  enliven(); follow();
})();
