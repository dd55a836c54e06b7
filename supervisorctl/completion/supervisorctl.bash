# SPDX-License-Identifier: BSD-2-Clause
# Completion of supervisorctl for bash.  The candidates come from supervisorctl
# itself (--words), which asks the supervisord that the options lead to.

_supervisorctl()
{
	local cur line IFS=$'\n'
	local -a options=() words=()
	local -a opts=(-c -s -u -p -r -i -h --configuration --serverurl
	    --username --password --history-file --interactive --json --timeout --help)
	local i=1

	line=${COMP_LINE:0:COMP_POINT}
	# Words of our own: bash would cut them at the colon.
	IFS=$' \t\n' read -ra words <<<"$line"
	[[ $line == *[[:space:]] ]] && words+=('')
	cur=${words[-1]}
	while [ "$i" -lt $((${#words[@]} - 1)) ]; do
		case ${words[i]} in
		-c|-s|-u|-p|-r|--timeout|--configuration|--serverurl|--username|\
		--password|--history-file|--history_file)
			options+=("${words[i]}")
			i=$((i + 1))
			if [ "$i" -eq $((${#words[@]} - 1)) ]; then
				mapfile -t COMPREPLY < <(compgen -f -- "$cur")
				return
			fi
			options+=("${words[i]}") ;;
		-*) options+=("${words[i]}") ;;
		*) break ;;
		esac
		i=$((i + 1))
	done
	if [[ $cur == -* && $i -eq $((${#words[@]} - 1)) ]]; then
		mapfile -t COMPREPLY < <(compgen -W "${opts[*]}" -- "$cur")
		return
	fi
	mapfile -t COMPREPLY < <(compgen -W "$("${words[0]}" "${options[@]}" \
	    --words "${words[@]:i}" 2>/dev/null)" -- "$cur")
	# What is before the last colon is there already.
	if [[ $cur == *:* && $COMP_WORDBREAKS == *:* ]]; then
		COMPREPLY=("${COMPREPLY[@]#"${cur%"${cur##*:}"}"}")
	fi
}
complete -F _supervisorctl supervisorctl
