# Made from the command line's table by go generate ./contrib/gen.

__tare_verbs() { echo create start run exec state list kill delete pause resume ps events update checkpoint restore spec plan features; }

__tare_flags() {
	case "$1" in
	'') echo '--root --log --log-format --debug --systemd-cgroup --rootless --cgroup-manager --version -v --help -h' ;;
	'create') echo '--bundle -b --console-socket --pidfd-socket --pid-file --no-pivot --no-new-keyring --preserve-fds --help -h' ;;
	'start') echo '--help -h' ;;
	'run') echo '--bundle -b --console-socket --pidfd-socket --pid-file --no-pivot --no-new-keyring --preserve-fds --detach -d --keep --no-subreaper --help -h' ;;
	'exec') echo '--process -p --console-socket --pidfd-socket --pid-file --detach -d --tty -t --cwd --user -u --env -e --additional-gids -g --cap -c --apparmor --process-label --no-new-privs --no-new-keyring --preserve-fds --cgroup --ignore-paused --no-subreaper --help -h' ;;
	'state') echo '--help -h' ;;
	'list') echo '--format -f --quiet -q --help -h' ;;
	'kill') echo '--all -a --help -h' ;;
	'delete') echo '--force -f --help -h' ;;
	'pause') echo '--help -h' ;;
	'resume') echo '--help -h' ;;
	'ps') echo '--format -f --help -h' ;;
	'events') echo '--interval --stats --help -h' ;;
	'update') echo '--resources -r --blkio-weight --cpu-period --cpu-quota --cpu-burst --cpu-share --cpu-rt-period --cpu-rt-runtime --cpuset-cpus --cpuset-mems --cpu-idle --memory --memory-reservation --memory-swap --kernel-memory --kernel-memory-tcp --pids-limit --l3-cache-schema --mem-bw-schema --help -h' ;;
	'checkpoint') echo '--image-path --work-path --tcp-established --ext-unix-sk --shell-job --file-locks --manage-cgroups-mode --empty-ns --auto-dedup --lazy-pages --parent-path --leave-running --pre-dump --tcp-skip-in-flight --link-remap --page-server --status-fd --help -h' ;;
	'restore') echo '--bundle -b --console-socket --pidfd-socket --pid-file --no-pivot --image-path --work-path --tcp-established --ext-unix-sk --shell-job --file-locks --manage-cgroups-mode --empty-ns --auto-dedup --lazy-pages --detach -d --keep --no-subreaper --tcp-close --lsm-profile --lsm-mount-context --help -h' ;;
	'spec') echo '--bundle -b --rootless --help -h' ;;
	'plan') echo '--json --restore --exec --process --facts --print-facts --run --id --console-socket --pid-file --help -h' ;;
	'features') echo '--help -h' ;;
	esac
}

# __tare_kind VERB FLAG: what the flag takes, nothing if it takes no value.
__tare_kind() {
	case "$1 $2" in
	' --root') echo 'DIRECTORY' ;;
	' --log') echo 'FILE' ;;
	' --log-format') echo 'text|json' ;;
	' --rootless') echo 'true|false|auto' ;;
	' --cgroup-manager') echo 'cgroupfs|systemd|disabled' ;;
	'create --bundle') echo 'DIRECTORY' ;;
	'create -b') echo 'DIRECTORY' ;;
	'create --console-socket') echo 'SOCKET' ;;
	'create --pidfd-socket') echo 'SOCKET' ;;
	'create --pid-file') echo 'FILE' ;;
	'create --preserve-fds') echo 'NUMBER' ;;
	'run --bundle') echo 'DIRECTORY' ;;
	'run -b') echo 'DIRECTORY' ;;
	'run --console-socket') echo 'SOCKET' ;;
	'run --pidfd-socket') echo 'SOCKET' ;;
	'run --pid-file') echo 'FILE' ;;
	'run --preserve-fds') echo 'NUMBER' ;;
	'exec --process') echo 'FILE' ;;
	'exec -p') echo 'FILE' ;;
	'exec --console-socket') echo 'SOCKET' ;;
	'exec --pidfd-socket') echo 'SOCKET' ;;
	'exec --pid-file') echo 'FILE' ;;
	'exec --cwd') echo 'DIRECTORY' ;;
	'exec --user') echo 'UID[:GID]' ;;
	'exec -u') echo 'UID[:GID]' ;;
	'exec --env') echo 'NAME=VALUE' ;;
	'exec -e') echo 'NAME=VALUE' ;;
	'exec --additional-gids') echo 'GID' ;;
	'exec -g') echo 'GID' ;;
	'exec --cap') echo 'CAPABILITY' ;;
	'exec -c') echo 'CAPABILITY' ;;
	'exec --apparmor') echo 'PROFILE' ;;
	'exec --process-label') echo 'LABEL' ;;
	'exec --preserve-fds') echo 'NUMBER' ;;
	'exec --cgroup') echo 'PATH' ;;
	'list --format') echo 'table|json' ;;
	'list -f') echo 'table|json' ;;
	'ps --format') echo 'table|json' ;;
	'ps -f') echo 'table|json' ;;
	'events --interval') echo 'DURATION' ;;
	'update --resources') echo 'FILE' ;;
	'update -r') echo 'FILE' ;;
	'update --blkio-weight') echo 'VALUE' ;;
	'update --cpu-period') echo 'VALUE' ;;
	'update --cpu-quota') echo 'VALUE' ;;
	'update --cpu-burst') echo 'VALUE' ;;
	'update --cpu-share') echo 'VALUE' ;;
	'update --cpu-rt-period') echo 'VALUE' ;;
	'update --cpu-rt-runtime') echo 'VALUE' ;;
	'update --cpuset-cpus') echo 'VALUE' ;;
	'update --cpuset-mems') echo 'VALUE' ;;
	'update --cpu-idle') echo '0|1' ;;
	'update --memory') echo 'VALUE' ;;
	'update --memory-reservation') echo 'VALUE' ;;
	'update --memory-swap') echo 'VALUE' ;;
	'update --kernel-memory') echo 'VALUE' ;;
	'update --kernel-memory-tcp') echo 'VALUE' ;;
	'update --pids-limit') echo 'NUMBER' ;;
	'update --l3-cache-schema') echo 'VALUE' ;;
	'update --mem-bw-schema') echo 'VALUE' ;;
	'checkpoint --image-path') echo 'DIRECTORY' ;;
	'checkpoint --work-path') echo 'DIRECTORY' ;;
	'checkpoint --manage-cgroups-mode') echo 'soft|full|strict|ignore' ;;
	'checkpoint --empty-ns') echo 'NAMESPACE' ;;
	'checkpoint --parent-path') echo 'DIRECTORY' ;;
	'checkpoint --page-server') echo 'ADDRESS:PORT' ;;
	'checkpoint --status-fd') echo 'NUMBER' ;;
	'restore --bundle') echo 'DIRECTORY' ;;
	'restore -b') echo 'DIRECTORY' ;;
	'restore --console-socket') echo 'SOCKET' ;;
	'restore --pidfd-socket') echo 'SOCKET' ;;
	'restore --pid-file') echo 'FILE' ;;
	'restore --image-path') echo 'DIRECTORY' ;;
	'restore --work-path') echo 'DIRECTORY' ;;
	'restore --manage-cgroups-mode') echo 'soft|full|strict|ignore' ;;
	'restore --empty-ns') echo 'NAMESPACE' ;;
	'restore --lsm-profile') echo 'TYPE:NAME' ;;
	'restore --lsm-mount-context') echo 'CONTEXT' ;;
	'spec --bundle') echo 'DIRECTORY' ;;
	'spec -b') echo 'DIRECTORY' ;;
	'plan --restore') echo 'DIRECTORY' ;;
	'plan --exec') echo 'ID' ;;
	'plan --process') echo 'FILE' ;;
	'plan --facts') echo 'FILE' ;;
	'plan --id') echo 'VALUE' ;;
	'plan --console-socket') echo 'SOCKET' ;;
	'plan --pid-file') echo 'FILE' ;;
	esac
}

__tare_argument() {
	case "$1" in
	'start') echo ID ;;
	'exec') echo ID ;;
	'state') echo ID ;;
	'kill') echo ID ;;
	'delete') echo ID ;;
	'pause') echo ID ;;
	'resume') echo ID ;;
	'ps') echo ID ;;
	'events') echo ID ;;
	'update') echo ID ;;
	'checkpoint') echo ID ;;
	'plan') echo DIRECTORY ;;
	esac
}

# __tare_offer KIND CURRENT ROOT
__tare_offer() {
	case $1 in
	DIRECTORY) compgen -d -- "$2" ;;
	FILE | SOCKET) compgen -f -- "$2" ;;
	ID) compgen -W "$(tare ${3:+--root "$3"} list -q 2>/dev/null)" -- "$2" ;;
	*'|'*) compgen -W "${1//|/ }" -- "$2" ;;
	esac
}

# A name of a directory gets a slash; a verb that is also a directory's name does not.
__tare_reply() {
	[[ $1 != @(DIRECTORY|FILE|SOCKET) ]] || compopt -o filenames 2>/dev/null
	mapfile -t COMPREPLY < <(__tare_offer "$1" "$current" "$root")
}

_tare() {
	local current=${COMP_WORDS[COMP_CWORD]} verb='' root='' kind='' word places=0 i
	for ((i = 1; i < COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		if [[ $word == -* ]]; then
			kind=$(__tare_kind "$verb" "$word")
			[[ -n $kind ]] || continue
			((++i))
			[[ ${COMP_WORDS[i]} != = ]] || ((++i))
			[[ $word != --root || $i -ge $COMP_CWORD ]] || root=${COMP_WORDS[i]}
			((i < COMP_CWORD)) && kind=
		elif [[ -z $verb ]]; then
			verb=$word
		else
			((++places))
		fi
	done
	if [[ -n $kind ]]; then
		[[ $current != = ]] || current=
		__tare_reply "$kind"
	elif [[ $current == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$(__tare_flags "$verb")" -- "$current")
	elif [[ -z $verb ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$(__tare_verbs)" -- "$current")
	elif ((places == 0)); then
		__tare_reply "$(__tare_argument "$verb")"
	elif [[ $verb == kill ]] && ((places == 1)); then
		mapfile -t COMPREPLY < <(compgen -W 'TERM KILL HUP INT QUIT USR1 USR2 STOP CONT' -- "$current")
	fi
}

complete -F _tare tare
