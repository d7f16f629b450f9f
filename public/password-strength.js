// Shows how strong a new password is while it is typed; the server estimates it.
for (const shown of document.querySelectorAll("[data-strength-of]")) {
  const input = document.getElementById(shown.dataset.strengthOf);
  const [meter, word] = shown.children;
  let waiting;
  input.addEventListener("input", () => {
    clearTimeout(waiting);
    shown.hidden = input.value === "";
    waiting = setTimeout(async () => {
      if (input.value === "") return;
      const body = new URLSearchParams({ password: input.value });
      const answer = await fetch("/password-strength", { method: "POST", body });
      if (!answer.ok) return;
      const strength = await answer.json();
      meter.value = strength.score;
      word.textContent = strength.word;
    }, 300);
  });
}
