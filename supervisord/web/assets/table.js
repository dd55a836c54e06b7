/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of processes.  Rows are made once and then only changed where
 * something has; what is off the screen is not touched by the clock. */

import { STATES, KINDS, span, memory, share, ending } from "./words.js";

const HOUR = 3600;
const collator = new Intl.Collator([], { numeric: true });
const box = document.getElementById("rows");
const none = document.getElementById("none");
const templates = {
	row: document.getElementById("t-row").content.firstElementChild,
	group: document.getElementById("t-group").content.firstElementChild,
};

export const procs = new Map();	/* by key: what is known, and its row */
const groups = new Map();	/* by name, those with a line of their own */
let byNumber = [];
let skew = 0;			/* the server's clock and ours */
let sorting = { by: "name", down: false };
let wanted = { words: [], kind: null };
let folded = new Set(load("folded"));
let current = null;

function load(name) {
	try {
		return JSON.parse(localStorage.getItem(name)) || [];
	} catch {
		return [];
	}
}
export function save(name, value) {
	try {
		localStorage.setItem(name, JSON.stringify(value));
	} catch {
		/* no storage: it is forgotten */
	}
}

export const now = () => Date.now() / 1000 + skew;
export const setNow = (seconds) => { skew = seconds - Date.now() / 1000; };

function put(node, text) {
	if (node.firstChild === null || node.firstChild.data !== text)
		node.textContent = text;
}

/* Which rows are on the screen, or near it. */
const near = new Set();
const watcher = new IntersectionObserver((entries) => {
	for (const e of entries) {
		const p = procs.get(e.target.dataset.key);
		if (!e.isIntersecting)
			near.delete(p);
		else if (p !== undefined) {
			near.add(p);
			tick(p);
			past(p);
		}
	}
}, { rootMargin: "200px" });

function newRow(p) {
	const row = templates.row.cloneNode(true);
	const cells = row.children;

	row.dataset.key = p.key;
	p.row = row;
	p.cells = { state: cells[0].firstElementChild.lastElementChild,
		text: cells[2], pid: cells[3], cpu: cells[4], mem: cells[5],
		starts: cells[6], past: cells[7].firstElementChild,
		acts: [...cells[8].children] };
	const name = cells[1].firstElementChild;
	name.textContent = p.label;
	name.title = p.key;
	if (p.listener) {
		const small = document.createElement("small");
		small.textContent = "event listener";
		name.append(small);
	}
	watcher.observe(row);
}

function newGroup(name) {
	const row = templates.group.cloneNode(true);
	const section = document.createElement("div");
	const members = document.createElement("div");

	section.setAttribute("role", "rowgroup");
	members.className = "members";
	members.setAttribute("role", "presentation");
	row.dataset.group = name;
	row.querySelector(".name").textContent = name;
	section.append(row, members);
	return { name, row, section, members, fold: row.querySelector(".fold"),
		sum: row.querySelector(".g-sum"),
		acts: [...row.querySelectorAll(".c-acts button")], procs: [] };
}

/* The text beside the state: how long it runs, or why it does not. */
function tick(p) {
	let text = p.text;
	if (p.state === 20) {
		text = span(now() - p.start);
		if (p.text)
			text += `, ${p.text}`;
	} else if (p.state === 10 && !text && p.start > 0)
		text = span(now() - p.start);
	if (p.shown !== text) {
		p.shown = text;
		put(p.cells.text, text);
		p.cells.text.title = p.text;
	}
}

/* The last hour as a strip: when it was in which state. */
export function strip(p) {
	const end = now(), begin = end - HOUR;
	const at = (t) => `${(Math.max(0, Math.min(1, (t - begin) / HOUR)) * 100)
		.toFixed(1)}%`;
	const stops = ["transparent 0"];
	const known = p.history.filter((h, i) =>
		h[0] > begin || i + 1 === p.history.length ||
		p.history[i + 1][0] > begin);

	known.forEach((h, i) => {
		const to = i + 1 < known.length ? known[i + 1][0] : end;
		stops.push(`transparent ${at(h[0])}`);
		stops.push(`${colour(h[1])} ${at(h[0])}`, `${colour(h[1])} ${at(to)}`);
	});
	return `linear-gradient(90deg, ${stops.join(", ")})`;
}
function colour(state) {
	switch (state) {
	case 20: return "var(--good)";
	case 10: case 40: return "var(--busy)";
	case 30: return "var(--warn)";
	case 200: case 1000: return "var(--bad)";
	default: return "var(--line)";
	}
}
function past(p) {
	const count = p.history.filter((h) => h[0] > now() - HOUR).length;
	p.cells.past.style.backgroundImage = strip(p);
	p.cells.past.setAttribute("aria-label", count === 0
		? "No change in the last hour"
		: `${count} change${count > 1 ? "s" : ""} in the last hour`);
}

/* Shows what has changed. */
function paint(p) {
	const { row, cells } = p;
	const runs = p.state === 20 || p.state === 10 || p.state === 30;

	if (row.dataset.s !== String(p.state)) {
		row.dataset.s = p.state;
		row.classList.toggle("idle", p.state === 0 || p.state >= 100 ||
			p.state === 30);
		put(cells.state, STATES[p.state]);
	}
	put(cells.pid, p.pid ? String(p.pid) : "");
	put(cells.starts, p.starts ? String(p.starts) : "");
	cells.acts[0].disabled = runs || p.state === 40;
	cells.acts[1].disabled = !runs;
	cells.acts[2].disabled = p.state !== 20;
	cells.acts[0].hidden = !cells.acts[0].disabled ? false : true;
	cells.acts[1].hidden = !cells.acts[0].hidden;
	tick(p);
	if (near.has(p))
		past(p);
}

function figures(p) {
	put(p.cells.cpu, p.pid ? share(p.cpu) : "");
	put(p.cells.mem, p.pid ? memory(p.mem) : "");
}

function take(p, row) {
	Object.assign(p, { state: row.state, pid: row.pid, start: row.start,
		stop: row.stop, starts: row.starts, text: row.text,
		exit: row.exit, history: row.history });
	p.search = `${p.key} ${STATES[p.state]} ${p.text}`.toLowerCase();
}

/* All processes, anew; rows that are there already stay. */
export function all(list) {
	const seen = new Set();
	const sizes = new Map();

	for (const row of list)
		sizes.set(row.group, (sizes.get(row.group) || 0) + 1);
	byNumber = [];
	for (const row of list) {
		const solo = row.group === row.name && sizes.get(row.group) === 1;
		const key = row.group === row.name ? row.name
			: `${row.group}:${row.name}`;
		let p = procs.get(key);
		if (p === undefined) {
			p = { key, group: row.group, name: row.name, solo: true,
				label: row.name, listener: row.listener,
				cpu: -1, mem: -1 };
			procs.set(key, p);
			newRow(p);
		}
		p.solo = solo;
		p.logs = row.logs;
		take(p, row);
		paint(p);
		byNumber[row.i] = p;
		seen.add(p);
	}
	for (const [key, p] of procs)
		if (!seen.has(p)) {
			watcher.unobserve(p.row);
			near.delete(p);
			p.row.remove();
			procs.delete(key);
		}
	arrange();
	filter();
	summarise();
}

export function rows(list) {
	for (const row of list) {
		const p = byNumber[row.i];
		if (p === undefined)
			continue;
		take(p, row);
		paint(p);
		show(p);
	}
	summarise();
	if (sorting.by !== "name")
		arrange();
	return list.map((row) => byNumber[row.i]);
}

export function measured(list) {
	for (const [i, cpu, mem] of list) {
		const p = byNumber[i];
		if (p === undefined)
			continue;
		p.cpu = cpu;
		p.mem = mem;
		figures(p);
	}
	sums();
	if (sorting.by === "cpu" || sorting.by === "mem")
		arrange();
}

/* The order of rows. */
const rank = { 200: 0, 1000: 0, 30: 1, 10: 2, 40: 2, 20: 3, 100: 4, 0: 5 };
const values = {
	state: (p) => rank[p.state],
	uptime: (p) => p.state === 20 ? -p.start : -Infinity,
	cpu: (p) => p.pid ? p.cpu : -1,
	mem: (p) => p.pid ? p.mem : -1,
	starts: (p) => p.starts,
};
function compare(a, b) {
	return collator.compare(a.group, b.group) ||
		collator.compare(a.name, b.name);
}

/* Puts children into an element, if they are not there in that order. */
function order(parent, children) {
	if (children.length === parent.children.length &&
	    children.every((c, i) => parent.children[i] === c))
		return;
	const focused = parent.contains(document.activeElement)
		? document.activeElement : null;
	parent.replaceChildren(...children);
	if (focused !== null && focused !== document.activeElement)
		focused.focus({ preventScroll: true });
}

function arrange() {
	const list = [...procs.values()].sort(compare);

	if (sorting.by !== "name") {
		const value = values[sorting.by], sign = sorting.down ? -1 : 1;
		list.sort((a, b) => sign * (value(a) - value(b)) || compare(a, b));
		label(list, true);
		order(box, list.map((p) => p.row));
		return;
	}
	if (sorting.down)
		list.reverse();
	label(list, false);
	const top = [];
	for (const g of groups.values())
		g.procs = [];
	for (const p of list) {
		if (p.solo) {
			top.push(p.row);
			continue;
		}
		let g = groups.get(p.group);
		if (g === undefined) {
			g = newGroup(p.group);
			groups.set(p.group, g);
		}
		if (g.procs.length === 0)
			top.push(g.section);
		g.procs.push(p);
	}
	for (const [name, g] of groups) {
		if (g.procs.length === 0)
			groups.delete(name);
		order(g.members, g.procs.map((p) => p.row));
	}
	order(box, top);
}

/* A row alone needs its group's name. */
function label(list, alone) {
	for (const p of list) {
		const text = alone ? p.key : p.name;
		if (p.label !== text) {
			p.label = text;
			p.row.querySelector(".name").firstChild.data = text;
		}
	}
}

export function sort(by) {
	if (sorting.by === by)
		sorting.down = !sorting.down;
	else
		sorting = { by, down: by !== "name" && by !== "state" };
	for (const th of document.querySelectorAll(".head [data-sort]"))
		if (th.dataset.sort === sorting.by)
			th.setAttribute("aria-sort",
				sorting.down ? "descending" : "ascending");
		else
			th.removeAttribute("aria-sort");
	arrange();
	filter();
	summarise();
}

/* What is shown. */
function fits(p) {
	return (wanted.kind === null || wanted.kind.includes(p.state)) &&
		wanted.words.every((w) => p.search.includes(w));
}
function show(p) {
	const hidden = !fits(p);
	if (p.row.hidden !== hidden)
		p.row.hidden = hidden;
}
function filter() {
	for (const p of procs.values())
		show(p);
}
export function setFilter(text, kind) {
	wanted = { words: text.toLowerCase().split(/\s+/).filter(Boolean),
		kind };
	filter();
	summarise();
}
const filtered = () => wanted.kind !== null || wanted.words.length > 0;

function isFolded(g) {
	return folded.has(g.name) && !filtered();
}
export function fold(name) {
	const g = groups.get(name);
	if (folded.has(name))
		folded.delete(name);
	else
		folded.add(name);
	save("folded", [...folded]);
	summarise();
	return g;
}

/* The lines of groups, the chips' numbers, the sums. */
const chips = document.getElementById("chips");
function summarise() {
	const counts = new Map();
	let shown = 0;

	for (const p of procs.values()) {
		counts.set(p.state, (counts.get(p.state) || 0) + 1);
		shown += !p.row.hidden;
	}
	for (const g of groups.values())
		summariseGroup(g);
	for (const chip of chips.children) {
		const kind = KINDS[chip.dataset.kind];
		const n = kind === undefined ? procs.size
			: kind[1].reduce((sum, s) => sum + (counts.get(s) || 0), 0);
		put(chip.lastElementChild, String(n));
		chip.hidden = n === 0 && kind !== undefined &&
			chip.getAttribute("aria-pressed") !== "true";
	}
	none.hidden = shown > 0;
	put(none, procs.size === 0 ? "No programs to manage" : "Nothing fits the filter");
	const failing = (counts.get(200) || 0) + (counts.get(30) || 0);
	const title = document.getElementById("identifier").textContent;
	document.title = (failing ? `(${failing} failing) ` : "") +
		`${title} - Supervisor Status`;
	sums(shown);
}

function summariseGroup(g) {
	const counts = new Map();
	let shown = 0, running = 0, stopped = 0;

	for (const p of g.procs) {
		counts.set(p.state, (counts.get(p.state) || 0) + 1);
		shown += !p.row.hidden;
		running += p.state === 20 || p.state === 10 || p.state === 30;
		stopped += p.state === 0 || p.state === 100 || p.state === 200;
	}
	const sum = [...counts].sort((a, b) => rank[a[0]] - rank[b[0]]);
	const text = JSON.stringify(sum);
	if (g.text !== text) {
		g.text = text;
		g.sum.replaceChildren(...sum.map(([state, n]) => {
			const s = document.createElement("span");
			const dot = document.createElement("i");
			dot.className = "dot";
			dot.dataset.s = state;
			s.append(dot, `${n} ${STATES[state].toLowerCase()}`);
			return s;
		}));
	}
	g.acts[0].disabled = stopped === 0;
	g.acts[1].disabled = g.acts[2].disabled = g.acts[3].disabled =
		running === 0;
	g.section.hidden = shown === 0;
	const open = !isFolded(g);
	g.members.hidden = !open;
	g.fold.setAttribute("aria-expanded", String(open));
}

function sums(shown) {
	let cpu = 0, mem = 0;
	for (const p of procs.values())
		if (p.pid) {
			cpu += Math.max(0, p.cpu);
			mem += Math.max(0, p.mem);
		}
	const parts = [];
	if (shown !== undefined)
		sums.shown = shown;
	if (filtered())
		parts.push(`${sums.shown} of ${procs.size} shown`);
	if (mem > 0)
		parts.push(`CPU ${share(cpu)}`, `memory ${memory(mem)}`);
	put(document.getElementById("sums"), parts.join("  \u00b7  "));
}

/* Moving about with the keyboard. */
export function visible() {
	return [...box.querySelectorAll(".row")].filter((r) =>
		r.checkVisibility === undefined ? r.offsetParent !== null
			: r.getClientRects().length > 0);
}
export function select(row, focus) {
	if (current !== null)
		for (const b of current.querySelectorAll("button"))
			b.tabIndex = -1;
	if (current !== null)
		current.tabIndex = -1;
	current = row;
	if (row === null)
		return;
	row.tabIndex = 0;
	for (const b of row.querySelectorAll("button"))
		b.tabIndex = 0;
	if (focus) {
		row.focus({ preventScroll: true });
		row.scrollIntoView({ block: "nearest" });
	}
}
export function move(step) {
	const list = visible();
	const at = list.indexOf(current);
	const to = at === -1 ? (step > 0 ? 0 : list.length - 1)
		: Math.max(0, Math.min(list.length - 1, at + step));
	if (list[to] !== undefined)
		select(list[to], true);
}
export const selected = () => current !== null && current.isConnected
	? current : null;

/* The clock. */
setInterval(() => {
	if (!document.hidden)
		for (const p of near)
			tick(p);
}, 1000);
setInterval(() => {
	if (!document.hidden)
		for (const p of near)
			past(p);
}, 30000);

export { ending };
