#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
#
# A worker in the shell, for examples/foreign.c.  It talks to its supervisor in
# lines on the descriptor that $APPBASE_SUPERVISOR_FD names.
fd=${APPBASE_SUPERVISOR_FD:?is not set: start me with foreign}

# Sends a line and reads the answer.  No answer: there is no supervisor any more.
ask() {
	echo "$1" >&"$fd" && read -r answer <&"$fd" && [ "$answer" = "$2" ] ||
	    exit 1
}

# This is how a worker is asked to end.
trap 'kill $! 2>/dev/null; echo "worker $$ ends"; exit 0' TERM

ask takeover ok
echo "worker $$ has taken over"
while :; do
	ask ping pong
	# Programs that we start do not get the socket.  wait, unlike sleep, is
	# interrupted by a signal.
	eval "sleep 1 $fd>&- &"
	wait $!
done
