// Asks the server about the file that somebody chooses or drops.

import { at, drawAnswer, drawModel, drawPicture, drawProblem, make, show, showResult } from "/draw.js";

const RAW = { "Content-Type": "application/octet-stream" };
const GONE = { what: "The server does not answer.", to_do: "Is it still running? Start it again, then ask again." };
const LOST = { what: "The browser cannot read the file any more.", to_do: "It was changed, moved or removed since it was chosen: choose it again." };
const state = { token: "", about: null, file: null, view: null, query: "", asked: 0, stop: null };

function kept(token) {
  try {
    if (token !== undefined) sessionStorage.setItem("token", token);
    return sessionStorage.getItem("token") || "";
  } catch {
    return "";
  }
}

async function ask(path, settings = {}) {
  const headers = { ...(settings.headers || {}) };
  if (state.token) headers.Authorization = `Bearer ${state.token}`;
  const response = await fetch(path, { ...settings, headers, cache: "no-store", credentials: "omit" });
  if (response.ok) return response;
  let problem = { what: `The server refused (${response.status}).`, to_do: "Try again." };
  try {
    problem = await response.json();
  } catch { /* no JSON came: say what there is */ }
  throw Object.assign(new Error(problem.what), { problem, status: response.status });
}

async function begin() {
  const given = /^#token=(.+)$/.exec(location.hash);
  state.token = given ? decodeURIComponent(given[1]) : kept();
  if (given) history.replaceState(null, "", location.pathname);
  try {
    state.about = await (await ask("/api/model")).json();
  } catch (error) {
    if (error.status === 401) return login(Boolean(state.token));
    show("ask", true);
    return drawProblem(error.problem || GONE);
  }
  kept(state.token);
  show("login", false);
  show("ask", true);
  drawModel(state.about);
}

function login(wrong) {
  show("login", true);
  at("login-error").textContent = wrong ? "This is not the token." : "";
  at("token").focus();
}

function busy(text) {
  at("status").textContent = text;
  at("status").classList.toggle("busy", Boolean(text));
}

// Why no answer came: the file is not there as it was chosen, or nobody answers.
async function why() {
  try {
    await state.file.slice(0, 1).arrayBuffer();
    return GONE;
  } catch {
    return LOST;
  }
}

function query(withFrame = true) {
  const parts = new URLSearchParams();
  const put = (name) => at(name).value !== "" && parts.set(name, at(name).value);
  if (withFrame && !at("frame-row").hidden) put("frame");
  if (!at("range-row").hidden) ["black", "white"].forEach(put);
  const explain = at("explain").value;
  if (state.about.heatmaps && explain) parts.set("explain", explain);
  const text = parts.toString();
  return text ? `?${text}` : "";
}

function offer(problem) {
  if (problem.frames) {
    show("frame-row", true);
    at("frame").max = String(problem.frames - 1);
    if (at("frame").value === "") at("frame").value = String(Math.floor(problem.frames / 2));
    at("frame-most").textContent = `0 to ${problem.frames - 1}`;
  }
  if (problem.black !== undefined) {
    show("range-row", true);
    if (at("black").value === "") at("black").value = String(problem.black);
    if (at("white").value === "") at("white").value = String(problem.white);
  }
  show("again", !at("frame-row").hidden || !at("range-row").hidden);
}

async function look(calm = false) {
  state.stop?.abort();
  state.stop = new AbortController();
  const mine = ++state.asked;
  show("problem", false);
  if (!calm) showResult(false);
  const most = state.about.bounds.megabytes;
  if (state.file.size > most * 1e6) {
    busy("");
    const size = (state.file.size / 1e6).toFixed(1);
    return drawProblem({ what: `The file has ${size} MB; at most ${most} are taken.`, to_do: "Give a smaller file." });
  }
  busy("The model looks at it …");
  try {
    const settings = { method: "POST", body: state.file, headers: RAW, signal: state.stop.signal };
    const said = query();
    const view = await (await ask(`/api/view${said}`, settings)).json();
    if (mine !== state.asked) return;
    state.view = view;
    state.query = said; // what is saved is what is shown, whatever stands in the fields by then
    busy("");
    showResult(true);
    drawAnswer(state.about, view, state.file.name);
    drawFiles(view);
    at("status").textContent = "Done.";
    if (!calm) at("answer").focus();
  } catch (error) {
    if (error.name === "AbortError" || mine !== state.asked) return;
    const problem = error.problem || await why();
    if (mine !== state.asked) return;
    busy("");
    showResult(false);
    if (error.status === 401) return login(true);
    drawProblem(problem);
    offer(problem);
  }
}

function drawFiles(view) {
  const offers = [];
  if (state.about.heatmaps) offers.push(["Save the heat map (PNG)", "/api/heatmap.png", "heatmap.png"]);
  if (view.dicom) {
    offers.push(["Save as DICOM report", "/api/report.dcm", "report.dcm"]);
    if (state.about.heatmaps) offers.push(["Save the heat map (DICOM)", "/api/heatmap.dcm", "heatmap.dcm"]);
  }
  at("files").replaceChildren(...offers.map(([text, path, name]) => {
    const button = make("button", text, { type: "button", class: "second" });
    button.addEventListener("click", () => save(button, path, name));
    return button;
  }));
}

async function save(button, path, name) {
  button.disabled = true;
  show("problem", false);
  busy("The file is made …");
  try {
    const response = await ask(path + state.query, { method: "POST", body: state.file, headers: RAW });
    const link = make("a", "", { href: URL.createObjectURL(await response.blob()), download: name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
    busy("");
    at("status").textContent = `Saved as ${name}.`;
  } catch (error) {
    busy("");
    drawProblem(error.problem || await why());
  }
  button.disabled = false;
}

function take(files) {
  if (!files.length || !state.about) return;
  state.file = files[0];
  at("given").textContent = state.file.name;
  for (const name of ["frame", "black", "white"]) at(name).value = "";
  for (const name of ["frame-row", "range-row", "again"]) show(name, false);
  look();
}

at("file").addEventListener("change", (event) => {
  take([...event.target.files]);
  event.target.value = ""; // the same file may be chosen again
});
at("options").addEventListener("submit", (event) => {
  event.preventDefault();
  if (state.file) look();
});
at("login").addEventListener("submit", (event) => {
  event.preventDefault();
  state.token = at("token").value.trim();
  at("token").value = "";
  kept(state.token);
  begin();
});
at("explain").addEventListener("change", () => state.file && look(true));
at("opacity").addEventListener("input", opacity);
at("outline").addEventListener("change", () => show("lungs", at("outline").checked));
at("which").addEventListener("input", () => {
  drawPicture(state.about, state.view, Number(at("which").value), state.file.name);
});

function opacity() {
  at("heat").style.opacity = String(Number(at("opacity").value) / 100);
  at("opacity-value").textContent = `${at("opacity").value} %`;
}

// The whole window takes a file that is dropped, so that one dropped beside the box is not opened.
let over = 0;
addEventListener("dragenter", () => at("drop").classList.toggle("over", ++over > 0));
addEventListener("dragleave", () => at("drop").classList.toggle("over", --over > 0));
addEventListener("dragover", (event) => event.preventDefault());
addEventListener("drop", (event) => {
  event.preventDefault();
  over = 0;
  at("drop").classList.remove("over");
  take([...event.dataTransfer.files]);
});

opacity();
begin();
