"use strict";
// Sends the mail to this server and nowhere else; shows the answer as text, never as HTML.
const $ = (id) => document.getElementById(id);
const VERDICTS = { keep: "Keep it", move: "Move it to the spam folder", delete: "Delete it: spam" };
const WORD = /[\p{L}\p{N}_$'%-]{2,}|!+|\$+/gu;

async function ask(path, type, body) {
  $("error").hidden = $("result").hidden = true;
  let answer;
  try {
    answer = await fetch(path, { method: "POST", headers: { "Content-Type": type }, body });
  } catch {
    return fail("The server cannot be reached. Is it still running?");
  }
  // Whatever stands between here and the service may answer too, with a text or a page of its own.
  const found = await answer.json().catch(() => ({}));
  if (answer.ok && found?.verdict) return found;
  return fail(found?.error ?? `No verdict came back, but status ${answer.status}. Try again in a moment.`);
}

function fail(sentence) {
  $("error").textContent = sentence;
  $("error").hidden = false;
}

function mark(word, push) {
  const found = document.createElement("mark");
  found.className = push > 0 ? "spam" : "good";
  found.textContent = word;
  found.title = `${push > 0 ? "+" : ""}${push.toFixed(2)}`;
  return found;
}

function show(found, text) {
  const pushes = new Map(found.words.map(({ word, push }) => [word, push]));
  $("verdict").textContent = VERDICTS[found.verdict];
  $("meter").value = found.probability;
  $("probability").textContent = `${(100 * found.probability).toFixed(1)} % probability of spam`;
  $("reasons").hidden = pushes.size === 0;
  $("words").replaceChildren(...found.words.map(({ word, push }) => {
    const item = document.createElement("li");
    item.append(mark(word, push), ` ${push > 0 ? "+" : ""}${push.toFixed(1)}`);
    return item;
  }));
  const pieces = [];
  let end = 0;
  for (const match of text.matchAll(WORD)) {
    const push = pushes.get(match[0].toLowerCase().slice(0, 20));
    if (push === undefined) continue;
    pieces.push(text.slice(end, match.index), mark(match[0], push));
    end = match.index + match[0].length;
  }
  $("mail").replaceChildren(...pieces, text.slice(end));
  $("result").hidden = false;
}

$("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const subject = $("subject").value, body = $("body").value;
  const found = await ask("predict", "application/json", JSON.stringify({ subject, body }));
  if (found) show(found, subject ? `${subject}\n\n${body}` : body);
});

$("body").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) $("form").requestSubmit();
});

async function judgeFile(file) {
  if (!file) return;
  const found = await ask("predict/message", "message/rfc822", file);
  if (found) show(found, await file.text().catch(() => ""));
}

$("file").addEventListener("change", (event) => judgeFile(event.target.files[0]));
for (const kind of ["dragover", "drop", "dragleave"]) {
  document.addEventListener(kind, (event) => {
    event.preventDefault();
    document.body.classList.toggle("drop", kind === "dragover");
    if (kind === "drop") judgeFile(event.dataTransfer.files[0]);
  });
}
