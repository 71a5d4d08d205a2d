// The phone simulator's page: asks once a second what there is, and sends what you write.
// Everything that people wrote goes into the page as text, never as HTML.
"use strict";

const REFRESH_MS = 1000;
const $ = (id) => document.getElementById(id);
const time = (at) => new Date(at).toLocaleTimeString();

/** What is on the screen now, as JSON, so that nothing is drawn again without need. */
const drawn = {};

function element(tag, properties, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children.filter((child) => child !== null));
  return node;
}

/** Runs `draw` if `data` differs from what was drawn under this name. */
function whenChanged(name, data, draw) {
  const json = JSON.stringify(data);
  if (drawn[name] === json) return;
  drawn[name] = json;
  draw(data);
}

async function call(path, body) {
  const request = body === undefined ? {} : {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  };
  const response = await fetch(`/simulator/api/${path}`, request);
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.message);
  return answer;
}

function drawBusinesses(lines) {
  const chosen = $("business").value;
  $("business").replaceChildren(...lines.map((line) => element("option", { value: line.number, textContent: line.number })));
  if (lines.some((line) => line.number === chosen)) $("business").value = chosen;
  $("no-lines").hidden = lines.length > 0;
  $("lines").replaceChildren(...lines.map((line) => element("li", {},
    element("strong", { textContent: line.number }),
    element("small", { textContent: line.inbound_url ?? "no address for texts yet" }))));
}

function drawThreads(phones) {
  const threads = phones.flatMap((phone) => phone.threads.map((thread) => ({ phone: phone.number, ...thread })));
  threads.sort((a, b) => (b.last_at ?? "").localeCompare(a.last_at ?? ""));
  $("threads").replaceChildren(...threads.map((thread) => {
    const button = element("button", { type: "button" },
      element("strong", { textContent: `${thread.phone} ↔ ${thread.business}` }),
      element("small", { textContent: thread.last_text ?? "" }));
    button.dataset.phone = thread.phone;
    button.dataset.business = thread.business;
    button.onclick = () => {
      $("phone").value = thread.phone;
      $("business").value = thread.business;
      refresh();
    };
    return element("li", {}, button);
  }));
}

function markThread() {
  for (const button of $("threads").querySelectorAll("button")) {
    const current = button.dataset.phone === $("phone").value && button.dataset.business === $("business").value;
    button.setAttribute("aria-current", String(current));
  }
}

function receipts(message) {
  if (message.from === "customer") return time(message.at);
  const told = message.receipts.map((receipt) => `${receipt.status} ${time(receipt.at)}`);
  return [message.arrived ? `arrived ${time(message.at)}` : "did not arrive", ...told].join(" · ");
}

function drawThread(thread) {
  const log = $("thread");
  const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
  log.replaceChildren(...thread.messages.map((message) => {
    const media = message.media.map((file) =>
      element("small", {}, element("a", { href: file.url, textContent: file.url, rel: "noreferrer", target: "_blank" })));
    const quiet = message.from === "customer" ? "You: " : "The business: ";
    const item = element("li", { className: message.from },
      element("span", { className: "quiet", textContent: quiet }),
      element("p", { textContent: message.text, dir: "auto" }),
      ...media,
      element("small", { textContent: receipts(message) }));
    if (message.from === "business" && !message.arrived) item.classList.add("absent");
    return item;
  }));
  if (atEnd) log.scrollTop = log.scrollHeight;
}

function drawPushes(pushes) {
  $("pushes").replaceChildren(...pushes.map((push) => element("li", {},
    element("strong", { textContent: push.kind ?? "push" }),
    element("small", { textContent: `to ${push.user ?? "?"}, about ${push.conversation ?? "?"}` }))));
}

function drawMagic(numbers) {
  $("magic").replaceChildren(...numbers.map((row) => element("tr", {},
    element("th", { scope: "row", textContent: row.last_digits }),
    element("td", { textContent: row.meaning }))));
}

async function refresh() {
  try {
    const network = await call("network");
    whenChanged("lines", network.lines, drawBusinesses);
    whenChanged("phones", network.phones, drawThreads);
    whenChanged("magic", network.magic_numbers, drawMagic);
    whenChanged("pushes", await call("pushes"), drawPushes);
    const [phone, business] = [$("phone").value, $("business").value];
    if ($("phone").validity.valid && business) {
      const thread = await call(`thread?${new URLSearchParams({ phone, business })}`);
      $("thread-title").textContent = `${phone} and ${business}`;
      whenChanged("thread", thread, drawThread);
    }
    markThread();
    $("connection").textContent = "";
  } catch (error) {
    $("connection").textContent = `The simulator does not answer: ${error.message}`;
  }
}

$("phone-form").onchange = refresh;
$("phone-form").onsubmit = (event) => event.preventDefault();

$("text-form").onsubmit = async (event) => {
  event.preventDefault();
  if (!$("phone-form").reportValidity()) return;
  const [text, media] = [$("text").value, $("media").value];
  try {
    await call("texts", { from: $("phone").value, to: $("business").value, text, media: media ? [media] : [] });
    $("text-error").textContent = "";
    $("text").value = "";
    $("media").value = "";
    $("text").focus();
    refresh();
  } catch (error) {
    $("text-error").textContent = error.message;
  }
};

$("text").onkeydown = (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    $("text-form").requestSubmit();
  }
};

$("line-form").onsubmit = async (event) => {
  event.preventDefault();
  const inbound = $("inbound").value;
  try {
    const opened = await call("lines", { number: $("line").value, ...(inbound && { inbound_url: inbound }) });
    $("line-error").textContent = "";
    $("credentials").textContent = JSON.stringify(opened.credentials, null, 2);
    $("line-opened").hidden = false;
    refresh();
  } catch (error) {
    $("line-error").textContent = error.message;
  }
};

$("phone").value = "+12025550123";
refresh();
setInterval(refresh, REFRESH_MS);
