// Shows the button that prints this page: without script there is only the browser's own menu.
const button = document.getElementById("print");
button.hidden = false;
button.addEventListener("click", () => window.print());
