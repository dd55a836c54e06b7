/* SPDX-License-Identifier: BSD-2-Clause */
/* Puts the parts together: what is clicked and typed, and what is said. */

import { connect, ask } from "./live.js";
import * as table from "./table.js";
import * as log from "./log.js";
import { STATES, KINDS, span, when, ending, memory, share } from "./words.js";

const $ = (id) => document.getElementById(id);
const drawer = $("drawer"), filter = $("filter"), search = $("search");
let kind = null;		/* number of the chip that is pressed */
let shown = null;		/* what the drawer shows: {key, tab} */
let opener = null;		/* what had the focus before */

/* Saying things. */

function toast(text, good) {
	const box = document.createElement("div"), x = document.createElement("button");
	box.className = good ? "toast" : "toast bad";
	box.append(text, x);
	x.type = "button";
	x.textContent = "\u00d7";
	x.tabIndex = -1;
	x.onclick = () => box.remove();
	$("toasts").append(box);
	while ($("toasts").children.length > 5)
		$("toasts").firstElementChild.remove();
	setTimeout(() => box.remove(), good ? 4500 : 15000);
	$("say").textContent = text;
}

function sure(title, text, yes) {
	const dialog = $("confirm");
	$("c-title").textContent = title;
	$("c-text").textContent = text;
	$("c-yes").textContent = yes;
	dialog.returnValue = "no";
	dialog.showModal();
	return new Promise((resolve) => dialog.addEventListener("close",
		() => resolve(dialog.returnValue === "yes"), { once: true }));
}

/* Having things done. */

const waiting = new Map();	/* by id: whose rows are busy */
const early = new Map();	/* results that came before their id */

function busy(name, on) {
	const rows = name === "*" ? []
		: name.endsWith(":*") ? [document.querySelector(
			`[data-group="${CSS.escape(name.slice(0, -2))}"]`)]
		: [table.procs.get(name)?.row];
	for (const row of rows)
		if (on)
			row?.setAttribute("aria-busy", "true");
		else
			row?.removeAttribute("aria-busy");
}

async function act(action, name) {
	if (document.body.classList.contains("looks")) {
		toast("You may look, but not do that", false);
		return;
	}
	busy(name, true);
	const answer = await ask(action, name);
	const result = answer.text !== undefined ? answer : early.get(answer.id);
	early.delete(answer.id);
	if (result === undefined) {
		waiting.set(answer.id, name);
		return;
	}
	busy(name, false);
	toast(result.text, result.ok);
}

function done(result) {
	const name = waiting.get(result.id);
	if (name === undefined) {
		early.set(result.id, result);
		setTimeout(() => early.delete(result.id), 10000);
		return;
	}
	waiting.delete(result.id);
	busy(name, false);
	toast(result.text, result.ok);
}

function forgetWaiting() {
	for (const name of waiting.values())
		busy(name, false);
	waiting.clear();
}

const past = { stop: "Stop", restart: "Restart", start: "Start",
	graceful: "Reload" };

async function actGroup(action, name) {
	const count = [...table.procs.values()].filter((p) => p.group === name).length;
	if (action === "start" || await sure(`${past[action]} ${name}?`,
		action === "graceful"
			? `All ${count} processes of the group, one after another, each when the one before is ready.`
			: `This is done to all ${count} processes of the group.`,
		`${past[action]} ${count}`))
		act(action, `${name}:*`);
}

async function actAll(action) {
	const count = table.procs.size;
	$("all").open = false;
	if (action === "start" || await sure(`${past[action]} everything?`,
		`This is done to all ${count} processes, event listeners included.`,
		`${past[action]} ${count}`))
		act(action, "*");
}

function actRow(row, action) {
	if (row === null)
		return;
	if (row.dataset.group !== undefined) {
		const button = row.querySelector(`[data-act="${action}"]`);
		if (button !== null && !button.disabled)
			actGroup(action, row.dataset.group);
		return;
	}
	if (action === "log" || action === "past") {
		show(row.dataset.key, action === "log" ? "stdout" : "past");
		return;
	}
	const button = row.querySelector(`[data-act="${action}"]`);
	if (button !== null && !button.disabled)
		act(action, row.dataset.key);
}

/* The drawer. */

const MAIN = "\u0000main";

function url(key, tab) {
	return key === MAIN ? "mainlogtail"
		: `logtail/${encodeURIComponent(key)}/${tab}`;
}

function show(key, tab) {
	const p = table.procs.get(key);
	const main = key === MAIN;

	if (!main && p === undefined)
		return;
	if (shown === null)
		opener = document.activeElement;
	markOpen(false);
	const same = shown !== null && shown.key === key && shown.tab === tab;
	shown = { key, tab };
	drawer.hidden = false;
	document.body.classList.add("with-drawer");
	document.querySelector(".d-tabs").hidden = main;
	document.querySelector("[data-do=clearlog]").hidden = main;
	for (const t of document.querySelectorAll(".d-tabs [role=tab]")) {
		t.setAttribute("aria-selected", String(t.dataset.tab === tab));
		t.tabIndex = t.dataset.tab === tab ? 0 : -1;
	}
	$("d-log").hidden = tab === "past";
	$("d-past").hidden = tab !== "past";
	$("d-log").setAttribute("aria-labelledby", main ? "d-name" : `t-${tab}`);
	detail();
	markOpen(true);
	if (tab === "past")
		log.close();
	else if (!same) {
		setPaused(false);
		log.open(url(key, tab), (code) => log.note(absent(p, tab, code)));
	}
	$("d-name").focus({ preventScroll: true });
}

function absent(p, tab, code) {
	if (code !== 404)
		return `supervisord says ${code}`;
	if (tab === "stderr" && p !== undefined && (p.logs & 1))
		return "There is no log of its own for stderr; it may be part of the output.";
	return "There is no log.";
}

function markOpen(on) {
	if (shown !== null)
		table.procs.get(shown.key)?.row.classList.toggle("open", on);
}

function hide() {
	if (shown === null)
		return;
	markOpen(false);
	log.close();
	shown = null;
	drawer.hidden = true;
	document.body.classList.remove("with-drawer");
	opener?.focus?.({ preventScroll: true });
}

/* What the drawer says of its process. */
function detail() {
	const p = shown === null ? undefined : table.procs.get(shown.key);
	const state = $("d-state");

	if (shown?.key === MAIN) {
		$("d-name").textContent = "Main log";
		state.replaceChildren();
		$("d-acts").replaceChildren();
		return;
	}
	if (p === undefined)
		return;
	$("d-name").textContent = p.key;
	state.dataset.s = p.state;
	const dot = document.createElement("i");
	dot.className = "dot";
	dot.dataset.s = p.state;
	state.replaceChildren(dot, STATES[p.state]);
	const buttons = [];
	const runs = p.state === 20 || p.state === 10 || p.state === 30;
	const wanted = runs
		? ["stop"].concat(p.state === 20 ? ["restart", "graceful"] : [])
		: p.state === 40 ? [] : ["start"];
	for (const action of wanted) {
		const b = document.createElement("button");
		b.type = "button";
		b.dataset.act = action;
		b.textContent = past[action];
		if (action === "graceful")
			b.title = "Reload gracefully, as reload_mode says (g)";
		buttons.push(b);
	}
	const had = drawer.querySelector(".d-acts :focus")?.dataset.act;
	$("d-acts").replaceChildren(...buttons);
	if (had !== undefined)
		(buttons.find((b) => b.dataset.act === had) || $("d-name")).focus();
	if (shown.tab === "past")
		history(p);
}

function fact(name, value) {
	if (value === "")
		return "";
	const div = document.createElement("div"), dt = document.createElement("dt"),
		dd = document.createElement("dd");
	dt.textContent = name;
	dd.textContent = value;
	div.append(dt, dd);
	return div;
}

function history(p) {
	const facts = document.createElement("dl"), list = document.createElement("ol");
	const now = table.now();

	facts.className = "facts";
	if (p.pid)
		facts.append(fact("PID", p.pid), fact("CPU", share(p.cpu)),
			fact("Memory", memory(p.mem)));
	if (p.start > 0)
		facts.append(fact("Last start", when(p.start, now)));
	if (p.state !== 20 && p.stop > 0)
		facts.append(fact("Last end", when(p.stop, now)));
	if (p.exit !== undefined)
		facts.append(fact("Last exit", ending(p.exit)));
	facts.append(fact("Starts", p.starts));
	p.history.forEach(([time, state, status], i) => {
		const li = document.createElement("li"), at = document.createElement("time"),
			what = document.createElement("span"), why = document.createElement("span"),
			long = document.createElement("span"), dot = document.createElement("i");
		const until = i + 1 < p.history.length ? p.history[i + 1][0] : now;
		at.textContent = when(time, now);
		at.dateTime = new Date(time * 1000).toISOString();
		what.className = "state";
		dot.className = "dot";
		li.dataset.s = state;
		what.append(dot, STATES[state]);
		why.textContent = ending(status);
		what.append(why);
		long.textContent = span(until - time);
		li.append(at, what, long);
		list.prepend(li);
	});
	const h = document.createElement("h3");
	h.textContent = p.history.length === 0 ? "No change of state is known" : "Changes of state, the newest first";
	const past = document.createElement("div"), scale = document.createElement("div");
	past.className = "past";
	past.style.backgroundImage = table.strip(p);
	scale.className = "scale";
	for (const text of ["an hour ago", "now"]) {
		const end = document.createElement("span");
		end.textContent = text;
		scale.append(end);
	}
	$("d-past").replaceChildren(facts, past, scale, h, list);
}

function setPaused(on) {
	log.pause(on);
	const b = document.querySelector("[data-do=pause]");
	b.setAttribute("aria-pressed", String(on));
	b.textContent = on ? "Go on" : "Pause";
}
document.addEventListener("held", () => {
	const n = log.heldLines();
	document.querySelector("[data-do=pause]").textContent =
		n > 0 ? `Go on (${n} new)` : "Go on";
});

/* Filter. */

function setKind(n) {
	kind = n;
	for (const chip of $("chips").children)
		chip.setAttribute("aria-pressed",
			String(chip.dataset.kind === (n === null ? "all" : String(n))));
	refilter();
}
function refilter() {
	table.setFilter(filter.value, kind === null ? null : KINDS[kind][1]);
	const text = filter.value.trim();
	try {
		history_.replaceState(null, "",
			text ? `#${encodeURIComponent(text)}` : location.pathname);
	} catch {
		/* not allowed that often: no matter */
	}
}
const history_ = window.history;

function chip(n, name, dot) {
	const b = document.createElement("button"), count = document.createElement("b");
	b.type = "button";
	b.dataset.kind = n === null ? "all" : n;
	b.setAttribute("aria-pressed", String(n === null));
	if (dot !== null) {
		const i = document.createElement("i");
		i.className = "dot";
		i.dataset.s = dot;
		b.append(i);
	}
	b.append(name, " ", count);
	b.onclick = () => setKind(kind === n ? null : n);
	$("chips").append(b);
}

/* Light and dark. */

function theme() {
	const root = document.documentElement;
	const dark = root.dataset.theme ? root.dataset.theme === "dark"
		: matchMedia("(prefers-color-scheme: dark)").matches;
	root.dataset.theme = dark ? "light" : "dark";
	try {
		localStorage.setItem("theme", root.dataset.theme);
	} catch {
		/* for now, then */
	}
}

/* What can be done by a button with that name. */

const deeds = {
	theme, help: () => $("help").showModal(),
	mainlog: () => show(MAIN, "main"),
	startall: () => actAll("start"), stopall: () => actAll("stop"),
	restartall: () => actAll("restart"),
	close: hide, retry: () => link.retry(),
	prev: () => log.step(-1), next: () => log.step(1),
	pause: () => setPaused(!log.isPaused()),
	wrap: () => {
		log.wrap(!log.isWrapped());
		document.querySelector("[data-do=wrap]").setAttribute(
			"aria-pressed", String(log.isWrapped()));
		table.save("wrap", log.isWrapped());
	},
	end: () => log.toEnd(),
	clearlog: async () => {
		const key = shown.key;
		if (await sure(`Empty the logs of ${key}?`,
			"What is in its log files is gone then.", "Empty"))
			act("clearlog", key);
	},
};

document.addEventListener("click", (e) => {
	const menu = $("all");
	if (menu.open && !menu.contains(e.target))
		menu.open = false;
	const button = e.target.closest?.("button");
	if (!button) {
		const row = e.target.closest?.("#rows .row");
		if (row) {
			table.select(row, false);
			if (row.dataset.key !== undefined && !String(getSelection()))
				show(row.dataset.key, shown?.tab === "past" ? "past" : "stdout");
		}
		return;
	}
	const row = button.closest(".row");
	if (button.dataset.do)
		deeds[button.dataset.do]();
	else if (button.dataset.tab)
		show(shown.key, button.dataset.tab);
	else if (button.closest(".head"))
		table.sort(button.parentNode.dataset.sort);
	else if (button.classList.contains("fold"))
		table.fold(row.dataset.group);
	else if (button.dataset.act && row !== null) {
		table.select(row, false);
		actRow(row, button.dataset.act);
	} else if (button.dataset.act)
		act(button.dataset.act, shown.key);
});

filter.addEventListener("input", refilter);
search.addEventListener("input", () => log.search(search.value));
search.addEventListener("keydown", (e) => {
	if (e.key === "Enter") {
		log.step(e.shiftKey ? -1 : 1);
		e.preventDefault();
	}
});

/* The keyboard. */

const keys = {
	"/": () => filter.focus(),
	j: () => table.move(1), k: () => table.move(-1),
	ArrowDown: () => table.move(1), ArrowUp: () => table.move(-1),
	Home: () => table.move(-Infinity), End: () => table.move(Infinity),
	s: () => actRow(target(), "start"), x: () => actRow(target(), "stop"),
	r: () => actRow(target(), "restart"), g: () => reload(target()),
	l: () => actRow(target(), "log"), h: () => actRow(target(), "past"),
	Enter: () => enter(),
	f: () => shown !== null && search.focus(),
	p: () => shown !== null && deeds.pause(),
	w: () => shown !== null && deeds.wrap(),
	e: () => shown !== null && deeds.end(),
	t: theme, "?": () => deeds.help(),
};

/* A reload of a group is a rolling restart. */
function reload(row) {
	const p = table.procs.get(row?.dataset.key);
	if (row?.dataset.group !== undefined)
		actRow(row, "graceful");
	else if (p?.state === 20)
		act("graceful", p.key);
}

function target() {
	if (shown !== null && drawer.contains(document.activeElement))
		return table.procs.get(shown.key)?.row ?? null;
	return table.selected();
}
function enter() {
	const row = table.selected();
	if (row === null)
		return;
	if (row.dataset.group !== undefined)
		table.fold(row.dataset.group);
	else
		show(row.dataset.key, "stdout");
}

function escape(e) {
	if ($("all").open)
		$("all").open = false;
	else if (e.target === filter && filter.value !== "") {
		filter.value = "";
		refilter();
	} else if (e.target === filter)
		filter.blur();
	else if (e.target === search && search.value !== "") {
		search.value = "";
		log.search("");
	} else if (shown !== null)
		hide();
	else if (kind !== null || filter.value !== "") {
		filter.value = "";
		setKind(null);
	}
}

document.addEventListener("keydown", (e) => {
	if (e.ctrlKey || e.metaKey || e.altKey || document.querySelector("dialog[open]"))
		return;
	if (e.key === "Escape") {
		escape(e);
		return;
	}
	const typing = e.target.matches?.("input, textarea, select");
	if (typing) {
		if (e.target === filter && (e.key === "ArrowDown" || e.key === "Enter")) {
			e.preventDefault();
			table.select(null);
			table.move(1);
		}
		return;
	}
	if (e.target.getAttribute?.("role") === "tab" &&
	    (e.key === "ArrowRight" || e.key === "ArrowLeft")) {
		tabs(e.key === "ArrowRight" ? 1 : -1);
		return;
	}
	const inLog = e.target.closest?.("#log, #d-past");
	if (inLog && (e.key.startsWith("Arrow") || e.key === "Home" || e.key === "End"))
		return;
	if (e.key === "Enter" && e.target.closest?.("button, summary, a"))
		return;
	const deed = keys[e.key];
	if (deed !== undefined) {
		e.preventDefault();
		deed();
	}
});

function tabs(by) {
	const all = [...document.querySelectorAll(".d-tabs [role=tab]")];
	const to = all[(all.findIndex((t) => t.dataset.tab === shown.tab) + by +
		all.length) % all.length];
	show(shown.key, to.dataset.tab);
	to.focus();
}

document.addEventListener("focusin", (e) => {
	const row = e.target.closest?.("#rows .row");
	if (row && row !== table.selected())
		table.select(row, false);
});

/* The connection. */

let lostOnce = false;
function setLink(state, seconds) {
	const link = $("link"), away = $("away");
	link.dataset.link = state;
	link.lastElementChild.textContent = state === "live" ? "Live"
		: state === "lost" ? "No connection" : "Connecting";
	document.body.classList.toggle("stale", state !== "live");
	if (state === "lost") {
		away.firstElementChild.textContent =
			"supervisord does not answer. What is shown may be out of date. " +
			`Trying again in ${seconds} s.`;
		if (!lostOnce)
			$("say").textContent = "The connection to supervisord is lost";
		lostOnce = true;
		away.hidden = false;
		forgetWaiting();
	}
	if (state === "live") {
		away.hidden = true;
		if (lostOnce)
			toast("supervisord is back", true);
		lostOnce = false;
	}
}

new ResizeObserver(() => document.documentElement.style.setProperty("--bar",
	`${$("bar").offsetHeight}px`)).observe($("bar"));
for (const [n, [name, states]] of [[null, ["All", [null]]], ...KINDS.entries()])
	chip(n, name, states[0] === 30 ? 200 : states[0]);
$("app").hidden = false;
$("plain").remove();
document.querySelector("[data-sort=name]").setAttribute("aria-sort", "ascending");
try {
	if (localStorage.getItem("wrap") === "false")
		deeds.wrap();
	else
		log.wrap(true);
} catch {
	log.wrap(true);
}
filter.value = decodeURIComponent(location.hash.slice(1));
const told = new URLSearchParams(location.search).get("message");
if (told)
	toast(told, !/^(ERROR|unexpected|No such)/.test(told));

const link = connect({
	link: setLink,
	hello: (h) => {
		table.setNow(h.now);
		document.body.classList.toggle("looks", h.role === "read");
		$("identifier").textContent = h.identifier;
		$("server").title = `pid ${h.pid}`;
	},
	server: (s) => {
		$("server").dataset.state = s.state;
		$("server").textContent = s.state === "RUNNING" ? ""
			: s.state === "SHUTDOWN" ? "shutting down" : s.state.toLowerCase();
	},
	all: (list) => {
		table.all(list);
		refilter();
		detail();
	},
	rows: (list) => {
		const changed = table.rows(list);
		if (shown !== null && changed.some((p) => p?.key === shown.key))
			detail();
	},
	figures: (list) => {
		table.measured(list);
		if (shown?.tab === "past")
			detail();
	},
	done,
});
