// The page on which a person looks things up: asks /api, which is the line protocol in JSON, and shows what comes.
// All text is put in as text: no title can become markup.
"use strict";

const byId = (id) => document.getElementById(id);

/// An element with attributes and children, of which texts are texts.
function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === "onclick") element.addEventListener("click", value);
    else if (value !== undefined) element.setAttribute(key, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

/// A number to so many decimals, with a real minus sign.
function shown(number, decimals = 2, sign = false) {
  if (number === null || number === undefined) return "–";
  const text = Math.abs(number).toFixed(decimals);
  return (number < 0 ? "−" : sign ? "+" : "") + text;
}

/// A time as it was told, for people.
const day = (time) => time.replace("T", " ").replace(/(:\d\d)?Z$/, " UTC");

function ago(time) {
  const seconds = (Date.now() - Date.parse(time)) / 1000;
  if (!Number.isFinite(seconds)) return "";
  for (const [unit, size] of [["days", 86400], ["hours", 3600], ["minutes", 60]]) {
    if (seconds >= 2 * size) return `${Math.floor(seconds / size)} ${unit} ago`;
  }
  return "just now";
}

/// What /api answers, or an Error that says what is wrong and what to do.
async function ask(path, parameters = {}) {
  const query = new URLSearchParams(
    Object.entries(parameters).filter(([, value]) => value !== undefined));
  let response;
  try {
    response = await fetch(`/api/${path}?${query}`, { headers: { Accept: "application/json" } });
  } catch {
    throw new Error("The daemon does not answer. Is it running?");
  }
  const body = await response.text();
  let answer;
  try {
    answer = JSON.parse(body);
  } catch {
    throw new Error(`The daemon says ${response.status}: ${body.trim()}`);
  }
  if (answer.error) {
    throw new Error(`${answer.error.message[0].toUpperCase()}${answer.error.message.slice(1)}. ${answer.error.remedy}`);
  }
  return answer;
}

const failure = (error) => make("p", { class: "failure", role: "alert" }, error.message);

// MARK: Answers

/// The model to ask, where there are several.
const model = () => (byId("model").options.length > 1 ? byId("model").value : undefined);

let latest = 0;

/// Shows what `look` resolves to below `title`; of several that are under way, the one asked for last.
async function show(title, address, look) {
  const number = ++latest;
  const answer = byId("answer");
  answer.hidden = false;
  answer.setAttribute("aria-busy", "true");
  byId("answer-title").textContent = title;
  let content;
  try {
    content = await look();
  } catch (error) {
    content = [failure(error)];
  }
  if (number !== latest) return;
  byId("answer-body").replaceChildren(...content);
  answer.setAttribute("aria-busy", "false");
  history.replaceState(null, "", `?${new URLSearchParams(address)}`);
  answer.focus({ preventScroll: true });
  answer.scrollIntoView({ block: "nearest" });
}

function by(answer) {
  return `${answer.model ?? ""} version ${answer.version}`.trim();
}

const columns = [
  ["score", "Score", (value) => shown(value, 3)],
  ["prediction", "Prediction", (value) => shown(value)],
  ["ratings", "Ratings", (value) => `${value}`],
];

/// A list of items as a table; `user` is whom it is for, where their reasons can be asked for.
function table(items, user) {
  const present = columns.filter(([key]) => items.some((item) => item[key] !== undefined));
  const width = present.length + 3;
  const rows = items.map((item, place) => {
    const row = make("tr", {},
      make("td", {}, `${place + 1}`),
      make("td", { class: "text" }, item.title ?? `${item.item}`, " ",
        item.title === undefined ? "" : make("span", { class: "id" }, `${item.item}`),
        item.cold ? make("span", { class: "id" }, " (no ratings yet)") : ""),
      ...present.map(([key, , text]) => make("td", {}, item[key] === undefined ? "–" : text(item[key]))));
    const name = item.title ?? `${item.item}`;
    const actions = make("td", { class: "actions" });
    if (user !== undefined) {
      actions.append(make("button", {
        type: "button", "aria-expanded": "false", "aria-label": `Why ${name}`,
        onclick: (event) => why(event.currentTarget, row, width, user, item.item),
      }, "Why"), " ");
    }
    actions.append(make("button", {
      type: "button", "aria-label": `Similar to ${name}`, onclick: () => similar(item.item, 10),
    }, "Similar"));
    row.append(actions);
    return row;
  });
  return make("div", { class: "wide" }, make("table", {},
    make("thead", {}, make("tr", {}, make("th", { scope: "col" }, "#"),
      make("th", { scope: "col", class: "text" }, "Item"),
      ...present.map(([, name]) => make("th", { scope: "col" }, name)),
      make("th", { scope: "col" }, ""))),
    make("tbody", {}, ...rows)));
}

/// Opens the reasons for an item below its row, or closes them.
async function why(button, row, width, user, item) {
  const next = row.nextElementSibling;
  if (next?.classList.contains("why")) {
    next.remove();
    button.setAttribute("aria-expanded", "false");
    return;
  }
  const cell = make("td", { colspan: `${width}` }, "Asking…");
  row.after(make("tr", { class: "why" }, cell));
  button.setAttribute("aria-expanded", "true");
  try {
    cell.replaceChildren(...reasons(await ask("explain", { user, item, count: 10, model: model() })));
  } catch (error) {
    cell.replaceChildren(failure(error));
  }
}

/// What EXPLAIN says, in words and tables.
function reasons(found) {
  const parts = [];
  if (found.prediction !== undefined) {
    const range = found.low === undefined ? "" : ` (${shown(found.low)} to ${shown(found.high)})`;
    parts.push(make("p", { class: "sum" }, make("strong", {}, `Prediction ${shown(found.prediction)}`), range));
    const terms = [["mean", found.mean], ["this user", found.user_bias], ["this item", found.item_bias],
      ["taste", found.taste], ["limits of ratings", found.clipping]].filter(([, value]) => value !== undefined);
    parts.push(make("p", { class: "sum" }, "= " + terms.map(([name, value], place) =>
      (place === 0 ? "" : value < 0 ? " − " : " + ") + `${name} ${shown(place === 0 ? value : Math.abs(value))}`).join("")));
  }
  if (found.score !== undefined) {
    parts.push(make("p", { class: "sum" }, make("strong", {}, `Score ${shown(found.score, 3)}`)));
  }
  const shares = found.score_by ?? found.taste_by;
  if (shares?.length) {
    const most = Math.max(...shares.map((share) => Math.abs(share.value)));
    const rows = shares.map((share) => {
      const cell = make("td", { class: share.value < 0 ? "bar against" : "bar" }, shown(share.value, 3, true));
      cell.style.setProperty("--share", `${most > 0 ? Math.abs(share.value) / most : 0}`);
      return make("tr", {}, make("td", { class: "text" }, share.title ?? `${share.item}`, " ",
        share.title === undefined ? "" : make("span", { class: "id" }, `${share.item}`)), cell);
    });
    parts.push(make("table", {}, make("caption", {}, `Largest contributions among the user's ${found.ratings ?? ""} ratings`),
      make("tbody", {}, ...rows)));
  }
  if (!parts.length) parts.push(make("p", { class: "sum" }, "The model does not explain its scores."));
  return parts;
}

function recommend(user, count) {
  return show(`For user ${user}`, { user, count }, async () => {
    const found = await ask("recommend", { user, count, model: model() });
    const note = found.fallback
      ? `The model does not know this user: what is most popular, by ${by(found)}.` : `By ${by(found)}, best first.`;
    return [make("p", { class: "caption" }, note), found.items.length
      ? table(found.items, found.fallback ? undefined : found.user)
      : make("p", {}, "Nothing is left to recommend: the user has rated all there is.")];
  });
}

function similar(item, count) {
  return show(`Like item ${item}`, { item, count }, async () => {
    const found = await ask("similar", { item, count, model: model() });
    return [make("p", { class: "caption" }, `Most like ${found.title ?? found.item}, by ${by(found)}, by ${found.similarity}.`),
      found.items.length ? table(found.items) : make("p", {}, "No similar items.")];
  });
}

function explain(user, item) {
  return show(`User ${user}, item ${item}`, { user, item }, async () => {
    const found = await ask("explain", { user, item, count: 10, model: model() });
    return [make("p", { class: "caption" }, `${found.title ?? found.item}, by ${by(found)}.`), ...reasons(found)];
  });
}

// MARK: What is in service

const isKnown = (key) => !["model", "version", "kind", "predictor", "created_at", "trained_at",
  "in_service_since", "figures", "last_swap_error"].includes(key);

function fact(name, value) {
  return make("div", {}, make("dt", {}, name), make("dd", {}, value));
}

function figures(list) {
  if (!list?.length) return null;
  const others = [...new Set(list.map((figure) => figure.model).filter((name) => name))];
  const metrics = [...new Set(list.map((figure) => figure.metric))];
  const value = (metric, name) =>
    shown(list.find((figure) => figure.metric === metric && figure.model === name)?.value, 4);
  const caption = "Metrics on held-out ratings:";
  return make("div", { class: "judged" }, make("p", { class: "caption" }, caption), make("div", { class: "wide" }, make("table", { "aria-label": caption },
    make("thead", {}, make("tr", {}, make("th", { scope: "col" }, "Metric"), make("th", { scope: "col" }, "This version"),
      ...others.map((name) => make("th", { scope: "col" }, name)))),
    make("tbody", {}, ...metrics.map((metric) => make("tr", {}, make("th", { scope: "row" }, metric),
      make("td", { class: "best" }, value(metric, undefined)), ...others.map((name) => make("td", {}, value(metric, name)))))))));
}

function inService(found) {
  if (found.version === undefined) {
    return make("div", { class: "model" }, make("h3", {}, found.model),
      make("p", { class: "failure" }, `No model is in service under this name${found.last_swap_error ? `: ${found.last_swap_error}` : ""}. Publish one (latent train --publish): it is loaded within 2 seconds.`));
  }
  const age = ago(found.trained_at);
  const trouble = found.last_swap_error
    ? make("p", { class: "failure" }, `A newer version is not served: ${found.last_swap_error}`) : null;
  return make("div", { class: "model" }, make("h3", {}, `${found.model} version ${found.version}`), trouble,
    make("dl", { class: "facts" },
      fact("kind", found.kind + (found.predictor ? ` and ${found.predictor}` : "")),
      ...Object.keys(found).filter(isKnown).map((key) => fact(key.replaceAll("_", " "), found[key].toLocaleString("en"))),
      fact("trained", day(found.trained_at) + (age ? `, ${age}` : "")),
      fact("in service since", found.in_service_since ? day(found.in_service_since) : "–")),
    figures(found.figures));
}

function choose(models) {
  const select = byId("model");
  const names = models.map((found) => found.model);
  if (names.join("\n") === [...select.options].map((option) => option.value).join("\n")) return;
  select.replaceChildren(...names.map((name) => make("option", { value: name }, name)));
  document.querySelector(".only-several").hidden = names.length < 2;
}

let stateShown = "";

/// Says it where screen readers hear of it, once.
function say(state) {
  if (state !== stateShown) byId("state").textContent = stateShown = state;
}

async function refresh() {
  try {
    const [models, info] = await Promise.all([ask("models"), ask("info")]);
    choose(models);
    byId("models").replaceChildren(...models.map(inService));
    const served = models.filter((found) => found.version !== undefined);
    say(served.length
      ? `Serving ${served.map((found) => `${found.model} version ${found.version}`).join(", ")}.`
      : "No model is in service.");
    const { server, clients, stats, store } = info;
    byId("daemon").replaceChildren(
      fact("version", server.latent_version),
      fact("up since", ago(new Date(Date.now() - 1000 * server.uptime_in_seconds).toISOString())),
      fact("clients", `${clients.connected_clients} of ${clients.max_clients}`),
      fact("requests", stats.total_commands_processed.toLocaleString("en")),
      fact("errors", stats.total_error_replies.toLocaleString("en")),
      fact("from the cache", stats.cache_hits.toLocaleString("en")),
      ...(store ? [fact("store", `${store.store} is ${store.store_status}`)] : []));
  } catch (error) {
    say(error.message);
  }
}

// MARK: Beginning

byId("of-user").addEventListener("submit", (event) => {
  event.preventDefault();
  recommend(byId("user").value, byId("user-count").value);
});
byId("of-item").addEventListener("submit", (event) => {
  event.preventDefault();
  similar(byId("item").value, byId("item-count").value);
});
byId("of-pair").addEventListener("submit", (event) => {
  event.preventDefault();
  explain(byId("pair-user").value, byId("pair-item").value);
});

document.querySelector(".only-several").hidden = true;

/// What the address asks for: /?user=1, /?item=2, /?user=1&item=2.
async function begin() {
  await refresh();
  const asked = new URLSearchParams(location.search);
  const [user, item, count] = [asked.get("user"), asked.get("item"), asked.get("count") ?? "10"];
  byId("user-count").value = byId("item-count").value = count;
  if (user !== null) byId("user").value = byId("pair-user").value = user;
  if (item !== null) byId("item").value = byId("pair-item").value = item;
  if (user !== null && item !== null) explain(user, item);
  else if (user !== null) recommend(user, count);
  else if (item !== null) similar(item, count);
}

begin();
setInterval(() => { if (!document.hidden) refresh(); }, 10_000);
