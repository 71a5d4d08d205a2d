// The mailbox page: asks once a second which letters there are, and shows the one that is chosen.
// Everything that people wrote goes into the page as text, never as HTML; a letter's HTML is shown in a frame that may
// not run scripts.
"use strict";

const REFRESH_MS = 1000;
const $ = (id) => document.getElementById(id);

let letters = [];
let chosen = null;
let drawn = "";

function element(tag, properties, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  return node;
}

/** Names in headers that are not ASCII come in encoded words (RFC 2047). */
function decoded(header) {
  const word = /=\?UTF-8\?B\?([A-Za-z0-9+/=]*)\?=/g;
  const bytes = (base64) => Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  return header.replace(/\?= (?==\?)/g, "?=").replace(word, (_, base64) => new TextDecoder().decode(bytes(base64)));
}

/** A text with its addresses as links. */
function linked(text) {
  return text.split(/(https?:\/\/[^\s<>"]+)/).map((part, index) => index % 2 === 0
    ? document.createTextNode(part)
    : element("a", { href: part, textContent: part, target: "_blank", rel: "noopener noreferrer" }));
}

function drawList() {
  const addresses = [...new Set(letters.flatMap((letter) => letter.to))].sort();
  const only = $("to").value;
  const options = ["", ...addresses].map((address) =>
    element("option", { value: address, textContent: address || "everybody" }));
  $("to").replaceChildren(...options);
  $("to").value = addresses.includes(only) ? only : "";
  const shown = letters.filter((letter) => !$("to").value || letter.to.includes($("to").value));
  $("no-letters").hidden = letters.length > 0;
  $("letters").replaceChildren(...shown.map((letter) => {
    const button = element("button", { type: "button" },
      element("strong", { textContent: letter.subject }),
      element("small", { textContent: `${letter.to.join(", ")} · ${new Date(letter.at_unix_ms).toLocaleTimeString()}` }));
    button.dataset.id = letter.id;
    button.onclick = () => choose(letter);
    return element("li", {}, button);
  }));
  mark();
}

function mark() {
  for (const button of $("letters").querySelectorAll("button")) {
    button.setAttribute("aria-current", String(button.dataset.id === chosen));
  }
}

function choose(letter) {
  chosen = letter.id;
  $("letter").hidden = false;
  $("subject").textContent = letter.subject;
  $("from").textContent = decoded(letter.from);
  $("recipient").textContent = letter.to.join(", ");
  $("at").textContent = new Date(letter.at_unix_ms).toLocaleString();
  $("html").src = `/mailbox/letters/${encodeURIComponent(letter.id)}`;
  $("text").replaceChildren(...linked(letter.text));
  mark();
}

function show(part) {
  for (const name of ["html", "text"]) {
    $(name).hidden = name !== part;
    $(`show-${name}`).setAttribute("aria-pressed", String(name === part));
  }
}

async function refresh() {
  try {
    const response = await fetch("/mailbox/api/letters");
    letters = await response.json();
    $("connection").textContent = "";
  } catch {
    $("connection").textContent = "The product does not answer. Is it still running?";
    return;
  }
  const json = JSON.stringify(letters);
  if (json !== drawn) {
    drawn = json;
    drawList();
  }
}

$("to").onchange = drawList;
$("show-html").onclick = () => show("html");
$("show-text").onclick = () => show("text");
refresh();
setInterval(refresh, REFRESH_MS);
