// What the pages do better with a script. Everything also works without it.
"use strict";

// Day before month, as the server writes days; a reader's other language decides for itself.
const LOCALE = document.documentElement.lang === "en" ? "en-GB" : document.documentElement.lang || undefined;

function localTimes(root) {
  for (const time of root.querySelectorAll("time[data-local]")) {
    const at = new Date(time.dateTime);
    if (Number.isNaN(at.getTime())) continue;
    const text = new Intl.DateTimeFormat(LOCALE, {
      day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZoneName: "short",
    }).format(at);
    if (time.title) time.title = text;
    else time.textContent = text;
    time.removeAttribute("data-local");
  }
}

function rows() {
  return [...document.querySelectorAll("#list tbody tr[data-row]")];
}

function move(step) {
  const all = rows();
  if (!all.length) return;
  const now = all.findIndex((row) => row.classList.contains("at"));
  const next = all[Math.min(Math.max(now + step, 0), all.length - 1)];
  for (const row of all) row.classList.remove("at");
  next.classList.add("at");
  next.querySelector("a")?.focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
}

function countPicked() {
  const bar = document.querySelector("[data-picked]");
  if (!bar) return;
  const number = document.querySelectorAll("#list tbody .tick input:checked").length;
  bar.hidden = number === 0;
  const text = bar.querySelector("[data-number]");
  if (text) text.textContent = String(number);
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const typing = event.target.closest("input:not([type=checkbox]), select, textarea");
  if (event.key === "Escape") {
    document.querySelector("details.switch[open]")?.removeAttribute("open");
    if (typing) event.target.blur();
    return;
  }
  if (typing) return;
  const at = document.querySelector("#list tr.at");
  if (event.key === "/") {
    event.preventDefault();
    document.getElementById("find")?.focus();
  } else if (event.key === "j") move(1);
  else if (event.key === "k") move(-1);
  else if (event.key === "x" && at) {
    const tick = at.querySelector(".tick input");
    if (tick) { tick.checked = !tick.checked; countPicked(); }
  } else if (event.key === "Enter" && at && event.target === document.body) {
    at.querySelector("a")?.click();
  }
});

document.addEventListener("click", (event) => {
  const open = document.querySelector("details.switch[open]");
  if (open && !open.contains(event.target)) open.removeAttribute("open");
  const row = event.target.closest("tr[data-row]");
  if (row && !event.target.closest("a, button, input, label, summary") && !String(window.getSelection())) {
    row.querySelector("a")?.click();
  }
});

document.addEventListener("change", (event) => {
  if (event.target.closest(".tick")) {
    if (event.target.dataset.all !== undefined) {
      for (const tick of document.querySelectorAll("#list tbody .tick input")) tick.checked = event.target.checked;
    }
    countPicked();
  }
});

document.addEventListener("input", (event) => {
  if (event.target.dataset.sites === undefined) return;
  const wanted = event.target.value.toLowerCase();
  for (const link of event.target.closest(".sheet").querySelectorAll(".sites a")) {
    link.parentElement.hidden = !(link.title || link.textContent).toLowerCase().includes(wanted);
  }
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches(".theme") || !event.submitter) return;
  event.preventDefault();
  const theme = event.submitter.value;
  document.documentElement.dataset.theme = theme;
  for (const button of document.querySelectorAll(".theme button")) button.setAttribute("aria-pressed", String(button.value === theme));
  const body = new FormData(form);
  body.set("theme", theme);
  fetch(form.action, { method: "POST", body, headers: { "X-Requested-With": "fetch" } });
});

document.addEventListener("htmx:afterSettle", (event) => {
  localTimes(event.target.parentElement ?? document);
  countPicked();
});

localTimes(document);
