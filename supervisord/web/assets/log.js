/* SPDX-License-Identifier: BSD-2-Clause */
/* A log, followed: lines come in batches, old ones go, matches are found as
 * they come. */

const FIRST = 65536;		/* bytes of the past */
const CHUNK = 100, CHUNKS = 100;	/* lines in a piece, pieces kept */
const HELD = 5000;		/* lines kept while paused */
const MARKS = 3000;		/* matches that are highlighted */
const RETRY = 2000;

const view = document.getElementById("log");
const end = document.getElementById("end");
const hits = document.getElementById("hits");
const canMark = "highlights" in CSS;
view.classList.toggle("lines", !canMark);

/* Colours of terminals and other unseen characters. */
const unseen = /\x1b\[[0-9;:?]*[A-Za-z]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|[\x00-\x08\x0b-\x1f\x7f]/g;

let reader = null;		/* of the log that is followed */
let generation = 0;
let paused = false, held = [], dropped = 0;
let rest = "", restLine = null;
let stuck = true, unread = 0;
let needle = "", found = [], at = -1;
let queue = [], drawing = 0;

export function close() {
	generation++;
	reader?.abort();
	reader = null;
}

/* Follows what is at a URL; gone(code) is told if it cannot be. */
export function open(url, gone) {
	close();
	clear();
	view.scrollTop = 0;
	follow(url, gone, ++generation);
}

async function follow(url, gone, mine) {
	const decoder = new TextDecoder();

	reader = new AbortController();
	try {
		const answer = await fetch(`${url}?limit=${FIRST}`,
			{ signal: reader.signal, cache: "no-store" });
		if (!answer.ok) {
			gone(answer.status);
			return;
		}
		const stream = answer.body.getReader();
		for (;;) {
			const { done, value } = await stream.read();
			if (mine !== generation)
				return;
			if (done)
				break;
			take(decoder.decode(value, { stream: true }));
		}
	} catch {
		if (mine !== generation)
			return;
	}
	setTimeout(() => again(url, gone, mine), RETRY);
}

/* The connection ended: the log is shown anew once it is back. */
async function again(url, gone, mine) {
	if (mine !== generation)
		return;
	try {
		await fetch("ok.html", { cache: "no-store" });
	} catch {
		setTimeout(() => again(url, gone, mine), RETRY);
		return;
	}
	if (mine !== generation)
		return;
	clear();
	follow(url, gone, mine);
}

export function note(text) {
	const p = document.createElement("p");
	p.className = "note";
	p.textContent = text;
	view.append(p);
}

function clear() {
	view.replaceChildren();
	rest = "";
	restLine = null;
	held = [];
	queue = [];
	dropped = unread = 0;
	found = [];
	at = -1;
	stuck = true;
	marks();
	button();
}

/* Text has come. */
function take(text) {
	if (!paused) {
		queue.push(text);
		if (!drawing)
			drawing = requestAnimationFrame(draw);
		return;
	}
	held.push(text);
	let lines = held.length;
	while (lines > HELD) {
		held.shift();
		dropped++;
		lines--;
	}
	document.dispatchEvent(new CustomEvent("held"));
}

/* Text becomes lines. */
function draw() {
	drawing = 0;
	const lines = (rest + queue.join("")).split("\n");
	queue = [];
	rest = lines.pop();
	if (lines.length > CHUNK * CHUNKS)
		lines.splice(0, lines.length - CHUNK * CHUNKS);
	if (restLine !== null && lines.length > 0) {
		change(restLine, lines.shift());
		restLine = null;
	}
	for (const line of lines)
		add(line);
	if (rest !== "") {
		if (restLine === null)
			restLine = add(rest);
		else
			change(restLine, rest);
	}
	while (view.children.length > CHUNKS) {
		const old = view.firstElementChild;
		found = found.filter((f) => f.line.parentNode !== old);
		old.remove();
	}
	if (stuck)
		view.scrollTop = view.scrollHeight;
	else
		unread += lines.length;
	if (needle !== "")
		marks();
	button();
}

const clean = (line) => line.replace(unseen, "");

function change(p, line) {
	p.firstChild.data = clean(line);
	found = found.filter((f) => f.line !== p);
	look(p);
}

function add(line) {
	let chunk = view.lastElementChild;
	if (chunk === null || !chunk.classList.contains("chunk") ||
	    chunk.children.length >= CHUNK) {
		chunk = document.createElement("div");
		chunk.className = "chunk";
		view.append(chunk);
	}
	const p = document.createElement("p");
	p.append(document.createTextNode(clean(line)));
	chunk.append(p);
	look(p);
	return p;
}

/* Searching. */
function look(p) {
	p.classList.remove("hit");
	if (needle === "")
		return;
	const text = p.firstChild.data.toLowerCase();
	for (let i = text.indexOf(needle); i !== -1;
		i = text.indexOf(needle, i + needle.length)) {
		found.push({ line: p, from: i });
		p.classList.add("hit");
	}
}

function range(f) {
	const r = new Range();
	r.setStart(f.line.firstChild, f.from);
	r.setEnd(f.line.firstChild,
		Math.min(f.line.firstChild.length, f.from + needle.length));
	return r;
}

function marks() {
	at = Math.min(at, found.length - 1);
	hits.value = needle === "" ? ""
		: found.length === 0 ? "no match"
		: at === -1 ? `${found.length} match${found.length > 1 ? "es" : ""}`
		: `${at + 1} of ${found.length}`;
	if (!canMark)
		return;
	CSS.highlights.set("hit",
		new Highlight(...found.slice(-MARKS).map(range)));
	CSS.highlights.set("now",
		new Highlight(...(at >= 0 ? [range(found[at])] : [])));
}

export function search(text) {
	needle = text.toLowerCase();
	found = [];
	at = -1;
	for (const chunk of view.querySelectorAll(".chunk"))
		for (const p of chunk.children)
			look(p);
	marks();
}

export function step(by) {
	if (found.length === 0)
		return;
	at = at === -1 ? (by > 0 ? 0 : found.length - 1)
		: (at + by + found.length) % found.length;
	if (at === -1)
		return;
	stuck = false;
	found[at].line.scrollIntoView({ block: "center" });
	marks();
	button();
}

/* Standing still. */
export const heldLines = () => held.reduce((n, t) => n + t.split("\n").length - 1, 0);
export function pause(on) {
	paused = on;
	if (on)
		return;
	if (dropped > 0)
		note("some lines were left out while paused");
	queue = held;
	held = [];
	dropped = 0;
	if (queue.length > 0)
		draw();
}
export const isPaused = () => paused;

function button() {
	end.hidden = stuck;
	end.textContent = unread > 0
		? `${unread} new line${unread > 1 ? "s" : ""} \u2193`
		: "Go to the end \u2193";
}
export function toEnd() {
	stuck = true;
	unread = 0;
	view.scrollTop = view.scrollHeight;
	button();
}
let wrapped = true;
export function wrap(on) {
	wrapped = on;
	view.classList.toggle("wrap", on);
	if (stuck)
		toEnd();
}
export const isWrapped = () => wrapped;

/* Whoever scrolls up wants to read; at the end, to follow. */
function scrolled() {
	const away = view.scrollHeight - view.scrollTop - view.clientHeight;
	if (away < 30 !== stuck && drawing === 0) {
		stuck = away < 30;
		if (stuck)
			unread = 0;
		button();
	}
}
view.addEventListener("wheel", () => setTimeout(scrolled, 60), { passive: true });
view.addEventListener("touchmove", () => setTimeout(scrolled, 60), { passive: true });
view.addEventListener("keyup", scrolled);
view.addEventListener("pointerup", scrolled);
new ResizeObserver(() => { if (stuck) view.scrollTop = view.scrollHeight; })
	.observe(view);
