// A key that is shown: counts down, hides it, copies it. Without a script the page leaves by itself after the same time.
"use strict";

const box = document.querySelector("[data-shown]");
if (box) {
  const key = box.querySelector("#the-key");
  const left = box.querySelector("[data-left]");
  const said = box.querySelector("[data-said]");
  const copy = box.querySelector("[data-copy]");
  const end = Date.now() + Number(box.dataset.seconds) * 1000;
  const words = left.textContent;
  let ticking = 0;

  // Loading the page anew asks for the page of the key, not for the key again.
  history.replaceState(null, "", box.dataset.back);

  const hide = () => {
    window.clearInterval(ticking);
    key.textContent = "";
    key.remove();
    copy.remove();
    left.textContent = box.dataset.gone;
  };
  const tick = () => {
    const seconds = Math.ceil((end - Date.now()) / 1000);
    if (seconds <= 0) hide();
    else left.textContent = words.replace(/\d+/, String(seconds));
  };

  ticking = window.setInterval(tick, 250);
  window.addEventListener("pagehide", hide);
  document.addEventListener("visibilitychange", tick);

  copy.hidden = false;
  copy.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(key.textContent.trim());
      said.textContent = box.dataset.copied;
    } catch {
      window.getSelection().selectAllChildren(key);
    }
  });
}
