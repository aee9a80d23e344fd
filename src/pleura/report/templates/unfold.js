const unfold = document.getElementById("unfold");
const every = () => [...document.querySelectorAll("details")];
const open = (wanted) => {
  for (const one of every()) one.open = wanted;
  unfold.setAttribute("aria-pressed", wanted);
};
unfold.hidden = false;
unfold.addEventListener("click", () => open(unfold.getAttribute("aria-pressed") !== "true"));
if (location.hash === "#all") open(true);
