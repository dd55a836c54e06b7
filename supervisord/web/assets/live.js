/* SPDX-License-Identifier: BSD-2-Clause */
/* The connection: the stream of events, and what is asked to be done. */

const FIRST_RETRY = 1000, LAST_RETRY = 10000, SILENCE = 45000;

/* Keeps a stream open while the page is seen.  on: functions by event, and
 * link(state, seconds) which is told "wait", "live" or "lost". */
export function connect(on) {
	let source = null, timer = 0, watch = 0, delay = FIRST_RETRY, due = 0;

	function lost() {
		close();
		due = Date.now() + delay;
		delay = Math.min(delay * 2, LAST_RETRY);
		countdown();
	}
	function countdown() {
		const left = due - Date.now();
		if (left <= 0) {
			open();
			return;
		}
		on.link("lost", Math.ceil(left / 1000));
		timer = setTimeout(countdown, Math.min(left, 1000));
	}
	function close() {
		clearTimeout(timer);
		clearTimeout(watch);
		if (source !== null)
			source.close();
		source = null;
	}
	/* The server says something every 15 seconds, if only to be heard; that
	 * does not reach us, but its silence ends the connection below. */
	function heard() {
		clearTimeout(watch);
		watch = setTimeout(probe, SILENCE);
	}
	async function probe() {
		try {
			await fetch("ok.html", { cache: "no-store",
				signal: AbortSignal.timeout(8000) });
			heard();
		} catch {
			lost();
		}
	}
	function open() {
		close();
		if (document.hidden)
			return;
		on.link("wait", 0);
		source = new EventSource("web/live");
		source.onerror = lost;
		for (const event of ["hello", "all", "rows", "figures", "server",
			"done"])
			source.addEventListener(event, (e) => {
				heard();
				if (event === "all") {
					delay = FIRST_RETRY;
					on.link("live", 0);
				}
				on[event](JSON.parse(e.data));
			});
	}
	document.addEventListener("visibilitychange", () => {
		if (document.hidden)
			close();
		else if (source === null)
			open();
	});
	addEventListener("pagehide", close);
	addEventListener("pageshow", (e) => e.persisted && open());
	open();
	return { retry: open };
}

/* Has something done; resolves to {id, ok?, text?}. */
export async function ask(action, name) {
	const token = document.querySelector("meta[name=token]").content;
	let answer;

	try {
		answer = await fetch("web/action", { method: "POST",
			body: new URLSearchParams({ action, name, token }) });
	} catch {
		return { ok: false, text: "supervisord does not answer" };
	}
	if (answer.ok)
		return answer.json();
	return { ok: false, text: answer.status === 401 || answer.status === 403
		? "You may not do that here" : `supervisord says ${answer.status}` };
}
