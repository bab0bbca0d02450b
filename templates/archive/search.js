// The search page: Pagefind's indexes, one for each language, each asked in that language's own word forms.
// Nothing leaves the reader's computer but requests for parts of the index, to the server the page is from.

const STEP = 10;
const SHORTEST = 6;
const form = document.getElementById("search");
const field = document.getElementById("q");
const said = document.getElementById("said");
const say = (text) => { said.textContent = text; };
const counted = (n) => (n === 1 ? form.dataset.one : form.dataset.many.replace("{n}", n));

const bundles = new Map();
for (const language of form.dataset.bundles.split(" ").filter(Boolean)) {
  bundles.set(language, open(new URL(`./pagefind/${language}/`, import.meta.url)));
}

async function open(folder) {
  const entry = await fetch(new URL("pagefind-entry.json", folder));
  if (!entry.ok) throw new Error(entry.statusText);
  const bundle = await import(new URL("pagefind.js", folder));
  await bundle.options({ baseUrl: "/" });
  await bundle.init();
  return bundle;
}

// What a result shows stands behind its address: the one part of a record in which Pagefind does not search.
function row(data) {
  const end = data.url.indexOf(" ");
  const shown = JSON.parse(data.url.slice(end));
  const { language } = shown;
  const summary = data.content.startsWith(data.meta.title) ? data.content.slice(data.meta.title.length + 1).trim() : "";
  const foreign = language && language !== document.documentElement.lang;
  const item = document.createElement("li");
  const link = document.createElement("a");
  link.className = "title";
  link.href = data.url.slice(0, end);
  link.textContent = data.meta.title;
  if (foreign) link.lang = language;
  link.dir = "auto";
  item.append(link);
  for (const [name, text] of [["facts", shown[document.documentElement.lang]], ["lead", summary]]) {
    if (!text) continue;
    const line = document.createElement("p");
    line.className = name;
    line.textContent = text;
    if (name === "lead") {
      line.dir = "auto";
      if (foreign) line.lang = language;
    }
    item.append(line);
  }
  return item;
}

// Finnish words change within, not only at their ends (suositus, suosituksen), which Pagefind does not follow. So
// where it finds little, the beginnings of the words are asked for too, and the better score leads.
const beginning = (text) => text.split(/\s+/)
  .map((word) => (word.length >= SHORTEST ? word.slice(0, Math.max(5, Math.ceil(word.length * 0.6))) : word)).join(" ");

async function ask(language, text) {
  const bundle = await bundles.get(language);
  const { results } = await bundle.search(text);
  if (results.length >= STEP || language !== "fi" || text.includes('"') || beginning(text) === text) return results;
  const best = new Map(results.map((one) => [one.id, one]));
  for (const one of (await bundle.search(beginning(text))).results) {
    if (!(best.get(one.id)?.score >= one.score)) best.set(one.id, one);
  }
  return [...best.values()].sort((a, b) => b.score - a.score);
}

async function show(section, results, from) {
  const list = section.querySelector("ol");
  const more = section.querySelector("button");
  const rows = (await Promise.all(results.slice(from, from + STEP).map((one) => one.data()))).map(row);
  if (!from) list.replaceChildren();
  list.append(...rows);
  const shown = from + rows.length;
  section.querySelector("p").textContent = counted(results.length)
    + (shown < results.length ? `, ${form.dataset.first.replace("{n}", shown)}` : "");
  section.hidden = !results.length;
  more.hidden = shown >= results.length;
  more.onclick = async () => {
    await show(section, results, shown);
    rows.length && list.children[shown]?.querySelector("a").focus();
  };
}

let asked = 0;
let last = "";
async function search(text) {
  if (text === last) return; // the results stand, and so does the focus within them
  last = text;
  const mine = ++asked;
  const sections = [...document.querySelectorAll("#found section")];
  if (!text) {
    sections.forEach((section) => { section.hidden = true; });
    return say("");
  }
  say(form.dataset.busy);
  try {
    const found = await Promise.all(sections.map((section) => ask(section.dataset.language, text)));
    if (mine !== asked) return;
    await Promise.all(sections.map((section, n) => show(section, found[n], 0)));
    if (mine !== asked) return;
    const total = found.reduce((sum, results) => sum + results.length, 0);
    say(total ? counted(total) : form.dataset.none);
  } catch {
    if (mine === asked) {
      last = "";
      say(form.dataset.failed);
    }
  }
}

function fromAddress() {
  field.value = new URLSearchParams(location.search).get("q") ?? "";
  return search(field.value.trim());
}

let pause;
form.addEventListener("submit", (event) => {
  event.preventDefault();
  clearTimeout(pause);
  const text = field.value.trim();
  history.pushState(null, "", text ? `?q=${encodeURIComponent(text)}` : location.pathname);
  search(text);
});
field.addEventListener("input", () => {
  clearTimeout(pause);
  pause = setTimeout(() => search(field.value.trim()), 250);
});
addEventListener("popstate", fromAddress);

try {
  await Promise.all(bundles.values());
  if (bundles.size) {
    form.hidden = false;
    document.getElementById("instead").hidden = true;
    await fromAddress();
  }
} catch { /* the lists stand in for it */ }
