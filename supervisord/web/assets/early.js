/* SPDX-License-Identifier: BSD-2-Clause */
/* Before anything is drawn: the plain table is not shown where the live page
 * takes its place, and the colours are those that were chosen. */
"use strict";
(function () {
	var root = document.documentElement;
	root.classList.add("js");
	try {
		var theme = localStorage.getItem("theme");
		if (theme === "light" || theme === "dark")
			root.dataset.theme = theme;
	} catch (e) {
		/* no storage: as the system has it */
	}
})();
