/* SPDX-License-Identifier: BSD-2-Clause */
/* Numbers and states as people read them. */

export const STATES = {
	0: "Stopped", 10: "Starting", 20: "Running", 30: "Backoff",
	40: "Stopping", 100: "Exited", 200: "Fatal", 1000: "Unknown",
};

/* What the chips show: a name, and the states it stands for. */
export const KINDS = [
	["Running", [20]], ["Changing", [10, 40]], ["Failing", [30, 200, 1000]],
	["Exited", [100]], ["Stopped", [0]],
];

const two = (n) => String(n).padStart(2, "0");

/* "3d 04h", "4h 12m", "12m 05s", "8s" */
export function span(seconds) {
	const s = Math.max(0, Math.floor(seconds));
	if (s < 60)
		return `${s}s`;
	if (s < 3600)
		return `${Math.floor(s / 60)}m ${two(s % 60)}s`;
	if (s < 86400)
		return `${Math.floor(s / 3600)}h ${two(Math.floor(s / 60) % 60)}m`;
	return `${Math.floor(s / 86400)}d ${two(Math.floor(s / 3600) % 24)}h`;
}

export function memory(kB) {
	if (kB < 0)
		return "";
	if (kB < 1000)
		return `${kB} kB`;
	if (kB < 1024000)
		return `${(kB / 1024).toFixed(kB < 102400 ? 1 : 0)} MB`;
	return `${(kB / 1048576).toFixed(1)} GB`;
}

/* Thousandths of a processor, as per cent of one. */
export function share(thousandths) {
	if (thousandths < 0)
		return "";
	const percent = thousandths / 10;
	return `${percent < 10 ? percent.toFixed(1) : Math.round(percent)}%`;
}

const today = new Intl.DateTimeFormat([], { timeStyle: "medium" });
const other = new Intl.DateTimeFormat([], { day: "numeric", month: "short",
	hour: "2-digit", minute: "2-digit" });

export function when(seconds, now) {
	const at = new Date(seconds * 1000);
	const same = at.toDateString() === new Date(now * 1000).toDateString();
	return (same ? today : other).format(at);
}

/* What an exit status means; null if there is none. */
export function ending(status) {
	if (status === null || status === undefined)
		return "";
	return status === -1 ? "ended by a signal" : `exit status ${status}`;
}
