#!/bin/sh
# The tools that judge the rest: the test runner, the report, the lints that are
# ours, and what ./bootstrap says where it may not install anything.
top=${SRC_DIR:-$PWD}
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
mkdir "$dir/logs"
number=0

# Prints a TAP line: the title, and a command that has to succeed.
is()
{
	title=$1
	shift
	number=$((number + 1))
	if "$@" >"$dir/is.out" 2>&1; then
		echo "ok $number - $title"
	else
		sed 's/^/# /' "$dir/is.out"
		echo "not ok $number - $title"
	fi
}

# Makes a test of the lines on stdin and runs it as `make check` does; its exit
# status goes to $rc, its report to the file "report".
try()
{
	rm -f "$dir"/logs/*
	cat >"$dir/try.t"
	chmod +x "$dir/try.t"
	TEST_LOGS=$dir/logs TEST_TIMEOUT=${limit:-20} SANITIZE='' VALGRIND='' \
	    "$top/t/lib/run-test" "$dir/try.t" >"$dir/out" 2>&1
	rc=$?
	"$top/t/lib/tap-report" "$dir/logs" >"$dir/report" 2>&1
	reported=$?
}

# Did the last try fail, with this text in its report?
failed_with()
{
	cat "$dir/report"
	[ "$reported" -ne 0 ] && grep -q "$1" "$dir/report"
}

echo 1..15

try <<'END'
#!/bin/sh
printf '1..3\nok 1\nok 2 # SKIP no peer\nok 3\n'
END
is 'a good test passes' test "$rc$reported" = 00
is 'skips are counted by themselves' \
    grep -qx '2 passed, 0 failed, 1 skipped' "$dir/report"

try <<'END'
#!/bin/sh
printf '1..2\nok 1\nnot ok 2 - bad\n'
echo the reason >&2
END
is 'a failed test shows its output' failed_with 'the reason'
is 'and is counted' grep -qx '1 passed, 1 failed, 0 skipped' "$dir/report"

try <<'END'
#!/bin/sh
exit 0
END
is 'a test that says nothing fails' failed_with '^0 passed, 1 failed'

try <<'END'
#!/bin/sh
printf '1..3\nok 1\n'
END
is 'tests that were not run are failures' failed_with '^1 passed, 2 failed'

try <<'END'
#!/bin/sh
printf '1..1\nok 1\n'
exit 3
END
is 'an exit status that is not 0 is a failure' failed_with '^1 passed, 1 failed'

try <<'END'
#!/bin/sh
printf '1..1\nok 1\n'
sleep 60 >/dev/null 2>&1 &
echo $! >"${0%/*}/left"
END
is 'a process left behind is a failure' failed_with 'left behind: [0-9]* sleep 60'
read -r left <"$dir/left"
# Is a process gone, or dead and not yet reaped?
gone()
{
	! grep '^State:.[^ZX]' "/proc/$1/status"
}
is 'and is ended' gone "$left"

limit=1 try <<'END'
#!/bin/sh
printf '1..1\n'
exec sleep 30
END
is 'a test that hangs is ended' failed_with 'timed out after 1 s'

# Says whether t/lint/layers objects to a file with one include.
layers()
{
	rm -rf "$dir/tree"
	mkdir -p "$dir/tree" && cd "$dir/tree" || exit 1
	mkdir -p include libappbase common supervisorctl examples "${1%/*}"
	echo "#include $2" >"$1"
	"$top/t/lint/layers"
}
# The opposite.
no()
{
	! "$@"
}
is 'the library may not include common' \
    no layers libappbase/x.c '"common/ini.h"'
is 'model may include config' \
    layers supervisord/model/x.c '"supervisord/config/config.h"'
is 'config may not include model' \
    no layers supervisord/config/x.c '"supervisord/model/process.h"'
is 'model may not see libevent' \
    no layers supervisord/model/x.c '<event2/event.h>'

# An ordinary user on a machine with neither compiler nor sudo.
mkdir "$dir/bin" "$dir/tree2"
for tool in cat date dirname env find getconf grep mkdir sed sh sort tail \
    test tr uname; do
	ln -s "$(command -v $tool)" "$dir/bin/$tool"
done
cp "$top/bootstrap" "$dir/tree2"
printf '#!/bin/sh\necho 1000\n' >"$dir/bin/id"
printf '#!/bin/sh\nexit 1\n' >"$dir/bin/apt-get"
chmod +x "$dir/bin/id" "$dir/bin/apt-get"
PATH=$dir/bin "$dir/tree2/bootstrap" >"$dir/boot" 2>&1

# Shows what bootstrap said, and looks for a text in it.
said()
{
	cat "$dir/boot"
	grep -q "$1" "$dir/boot"
}
is 'bootstrap without rights prints the command to run' \
    said '^    apt-get install .* gcc libbsd-dev '
