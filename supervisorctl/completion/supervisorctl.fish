# SPDX-License-Identifier: BSD-2-Clause
# Completion of supervisorctl for fish.  The candidates come from supervisorctl
# itself (--words), which asks the supervisord that the options lead to.

function __supervisorctl_words
	set -l words (commandline -opc) (commandline -ct)
	set -l options
	set -l n 2
	while test $n -lt (count $words)
		switch $words[$n]
			case -c -s -u -p -r --configuration --serverurl \
					--username --password --history-file --timeout
				set -a options $words[$n] $words[(math $n + 1)]
				set n (math $n + 2)
			case '-*'
				set -a options $words[$n]
				set n (math $n + 1)
			case '*'
				break
		end
	end
	$words[1] $options --words $words[$n..-1] 2>/dev/null
end

complete -c supervisorctl -f -a '(__supervisorctl_words)'
complete -c supervisorctl -s c -l configuration -r -F -d 'Configuration file'
complete -c supervisorctl -s s -l serverurl -x -d 'Where supervisord listens'
complete -c supervisorctl -s u -l username -x -d 'User name'
complete -c supervisorctl -s p -l password -x -d 'Password'
complete -c supervisorctl -s r -l history-file -r -F -d 'History of the shell'
complete -c supervisorctl -s i -l interactive -d 'Ask before shutdown and reload'
complete -c supervisorctl -s h -l help -d 'Print a summary'
complete -c supervisorctl -l timeout -x -d 'Seconds that an action may take'
complete -c supervisorctl -l json -d 'Print the result as JSON'
