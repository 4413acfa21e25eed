# Made from the command line's table by go generate ./contrib/gen.

# What takes a value, which is then no argument.
set -g __tare_valued ' --root' ' --log' ' --log-format' ' --rootless' ' --cgroup-manager' 'create --bundle' 'create -b' 'create --console-socket' 'create --pidfd-socket' 'create --pid-file' 'create --preserve-fds' 'run --bundle' 'run -b' 'run --console-socket' 'run --pidfd-socket' 'run --pid-file' 'run --preserve-fds' 'exec --process' 'exec -p' 'exec --console-socket' 'exec --pidfd-socket' 'exec --pid-file' 'exec --cwd' 'exec --user' 'exec -u' 'exec --env' 'exec -e' 'exec --additional-gids' 'exec -g' 'exec --cap' 'exec -c' 'exec --apparmor' 'exec --process-label' 'exec --preserve-fds' 'exec --cgroup' 'list --format' 'list -f' 'ps --format' 'ps -f' 'events --interval' 'update --resources' 'update -r' 'update --blkio-weight' 'update --cpu-period' 'update --cpu-quota' 'update --cpu-burst' 'update --cpu-share' 'update --cpu-rt-period' 'update --cpu-rt-runtime' 'update --cpuset-cpus' 'update --cpuset-mems' 'update --cpu-idle' 'update --memory' 'update --memory-reservation' 'update --memory-swap' 'update --kernel-memory' 'update --kernel-memory-tcp' 'update --pids-limit' 'update --l3-cache-schema' 'update --mem-bw-schema' 'checkpoint --image-path' 'checkpoint --work-path' 'checkpoint --manage-cgroups-mode' 'checkpoint --empty-ns' 'checkpoint --parent-path' 'checkpoint --page-server' 'checkpoint --status-fd' 'restore --bundle' 'restore -b' 'restore --console-socket' 'restore --pidfd-socket' 'restore --pid-file' 'restore --image-path' 'restore --work-path' 'restore --manage-cgroups-mode' 'restore --empty-ns' 'restore --lsm-profile' 'restore --lsm-mount-context' 'spec --bundle' 'spec -b' 'plan --restore' 'plan --exec' 'plan --process' 'plan --facts' 'plan --id' 'plan --console-socket' 'plan --pid-file'

# The verb and its arguments, without options and their values.
function __tare_words
	set -l verb ''
	set -l value no
	for word in (commandline -opc)[2..-1]
		if test $value = yes
			set value no
		else if string match -q -- '-*' $word
			contains -- "$verb $word" $__tare_valued; and set value yes
		else
			echo $word
			test -n "$verb"; or set verb $word
		end
	end
end

function __tare_verb
	set -l words (__tare_words)
	test "$words[1]" = $argv[1]
end

# __tare_typed N [VERB]: N words were typed, the verb among them.
function __tare_typed
	set -l words (__tare_words)
	test (count $words) = $argv[1] -a "$words[1]" = "$argv[2]"
end

function __tare_containers
	set -l words (commandline -opc)
	set -l root (string match -- '--root=*' $words)
	set -l at (contains -i -- --root $words); and set root --root $words[(math $at + 1)]
	tare $root list -q 2>/dev/null
end

complete -c tare -f
complete -c tare -n '__tare_typed 0' -l root -x -a '(__fish_complete_directories)' -d 'directory of the containers\' state'
complete -c tare -n '__tare_typed 0' -l log -r -F -d 'file to which errors are also written'
complete -c tare -n '__tare_typed 0' -l log-format -x -a 'text json' -d 'format of the log: text or json'
complete -c tare -n '__tare_typed 0' -l debug -d 'write to the log what is done as well'
complete -c tare -n '__tare_typed 0' -l systemd-cgroup -d 'make cgroups through systemd'
complete -c tare -n '__tare_typed 0' -l rootless -x -a 'true false auto' -d 'whether cgroup errors of an ordinary user are fine: true, false or auto'
complete -c tare -n '__tare_typed 0' -l cgroup-manager -x -a 'cgroupfs systemd disabled' -d 'cgroupfs, systemd or disabled'
complete -c tare -n '__tare_typed 0' -l version -s v -d 'print the version'
complete -c tare -n '__tare_typed 0' -l help -s h -d 'show help'
complete -c tare -n '__tare_typed 0' -a create -d 'make a container that waits for start'
complete -c tare -n '__tare_verb create' -l bundle -s b -x -a '(__fish_complete_directories)' -d 'directory of config.json'
complete -c tare -n '__tare_verb create' -l console-socket -r -F -d 'Unix socket that gets the terminal\'s master'
complete -c tare -n '__tare_verb create' -l pidfd-socket -r -F -d 'Unix socket that gets a pidfd of the container\'s process'
complete -c tare -n '__tare_verb create' -l pid-file -r -F -d 'file to write the process\'s pid to'
complete -c tare -n '__tare_verb create' -l no-pivot -d 'move the root instead of pivoting to it, for a host that runs from an initramfs'
complete -c tare -n '__tare_verb create' -l no-new-keyring -d 'keep the caller\'s session keyring'
complete -c tare -n '__tare_verb create' -l preserve-fds -x -d 'how many descriptors from 3 on the process gets'
complete -c tare -n '__tare_verb create' -l help -s h -d 'show help'
complete -c tare -n '__tare_typed 0' -a start -d 'let a created container execute its program'
complete -c tare -n '__tare_verb start' -l help -s h -d 'show help'
complete -c tare -n '__tare_typed 1 start' -a '(__tare_containers)' -d container
complete -c tare -n '__tare_typed 0' -a run -d 'make a container, start it, wait for its end and delete it'
complete -c tare -n '__tare_verb run' -l bundle -s b -x -a '(__fish_complete_directories)' -d 'directory of config.json'
complete -c tare -n '__tare_verb run' -l console-socket -r -F -d 'Unix socket that gets the terminal\'s master'
complete -c tare -n '__tare_verb run' -l pidfd-socket -r -F -d 'Unix socket that gets a pidfd of the container\'s process'
complete -c tare -n '__tare_verb run' -l pid-file -r -F -d 'file to write the process\'s pid to'
complete -c tare -n '__tare_verb run' -l no-pivot -d 'move the root instead of pivoting to it, for a host that runs from an initramfs'
complete -c tare -n '__tare_verb run' -l no-new-keyring -d 'keep the caller\'s session keyring'
complete -c tare -n '__tare_verb run' -l preserve-fds -x -d 'how many descriptors from 3 on the process gets'
complete -c tare -n '__tare_verb run' -l detach -s d -d 'do not wait for the end'
complete -c tare -n '__tare_verb run' -l keep -d 'do not delete the container at its end'
complete -c tare -n '__tare_verb run' -l no-subreaper -d 'do not adopt the processes the container leaves behind'
complete -c tare -n '__tare_verb run' -l help -s h -d 'show help'
complete -c tare -n '__tare_typed 0' -a exec -d 'run a process in a container'
complete -c tare -n '__tare_verb exec' -l process -s p -r -F -d 'file with the process as JSON'
complete -c tare -n '__tare_verb exec' -l console-socket -r -F -d 'Unix socket that gets the terminal\'s master'
complete -c tare -n '__tare_verb exec' -l pidfd-socket -r -F -d 'Unix socket that gets a pidfd of the process'
complete -c tare -n '__tare_verb exec' -l pid-file -r -F -d 'file to write the process\'s pid to'
complete -c tare -n '__tare_verb exec' -l detach -s d -d 'do not wait for the process'
complete -c tare -n '__tare_verb exec' -l tty -s t -d 'give the process a terminal'
complete -c tare -n '__tare_verb exec' -l cwd -x -a '(__fish_complete_directories)' -d 'working directory'
complete -c tare -n '__tare_verb exec' -l user -s u -x -d 'UID or UID:GID'
complete -c tare -n '__tare_verb exec' -l env -s e -x -d 'NAME=VALUE, in addition to the container\'s'
complete -c tare -n '__tare_verb exec' -l additional-gids -s g -x -d 'supplementary group ids'
complete -c tare -n '__tare_verb exec' -l cap -s c -x -d 'capability, in addition to the container\'s'
complete -c tare -n '__tare_verb exec' -l apparmor -x -d 'AppArmor profile of the process'
complete -c tare -n '__tare_verb exec' -l process-label -x -d 'SELinux label of the process'
complete -c tare -n '__tare_verb exec' -l no-new-privs -d 'set no_new_privs'
complete -c tare -n '__tare_verb exec' -l no-new-keyring -d 'keep the caller\'s session keyring'
complete -c tare -n '__tare_verb exec' -l preserve-fds -x -d 'how many descriptors from 3 on the process gets'
complete -c tare -n '__tare_verb exec' -l cgroup -x -d 'PATH of a cgroup below the container\'s to run in; CONTROLLER[,CONTROLLER]:PATH is for cgroup v1'
complete -c tare -n '__tare_verb exec' -l ignore-paused -d 'in a paused container, make a process that runs when the container does'
complete -c tare -n '__tare_verb exec' -l no-subreaper -d 'do not adopt the processes it leaves behind'
complete -c tare -n '__tare_verb exec' -l help -s h -d 'show help'
complete -c tare -n '__tare_typed 1 exec' -a '(__tare_containers)' -d container
complete -c tare -n '__tare_typed 0' -a state -d 'print the state of a container'
complete -c tare -n '__tare_verb state' -l help -s h -d 'show help'
complete -c tare -n '__tare_typed 1 state' -a '(__tare_containers)' -d container
complete -c tare -n '__tare_typed 0' -a list -d 'list the containers under the state root'
complete -c tare -n '__tare_verb list' -l format -s f -x -a 'table json' -d 'table or json'
complete -c tare -n '__tare_verb list' -l quiet -s q -d 'print ids only'
complete -c tare -n '__tare_verb list' -l help -s h -d 'show help'
complete -c tare -n '__tare_typed 0' -a kill -d 'send a signal to the container\'s init (default SIGTERM)'
complete -c tare -n '__tare_verb kill' -l all -s a -d 'send it to every process of the container'
complete -c tare -n '__tare_verb kill' -l help -s h -d 'show help'
complete -c tare -n '__tare_typed 1 kill' -a '(__tare_containers)' -d container
complete -c tare -n '__tare_typed 2 kill' -a 'TERM KILL HUP INT QUIT USR1 USR2 STOP CONT' -d signal
complete -c tare -n '__tare_typed 0' -a delete -d 'remove a container that has stopped'
complete -c tare -n '__tare_verb delete' -l force -s f -d 'kill it if it runs; an unknown id is fine'
complete -c tare -n '__tare_verb delete' -l help -s h -d 'show help'
complete -c tare -n '__tare_typed 1 delete' -a '(__tare_containers)' -d container
complete -c tare -n '__tare_typed 0' -a pause -d 'freeze the container\'s processes'
complete -c tare -n '__tare_verb pause' -l help -s h -d 'show help'
complete -c tare -n '__tare_typed 1 pause' -a '(__tare_containers)' -d container
complete -c tare -n '__tare_typed 0' -a resume -d 'let a paused container\'s processes go on'
complete -c tare -n '__tare_verb resume' -l help -s h -d 'show help'
complete -c tare -n '__tare_typed 1 resume' -a '(__tare_containers)' -d container
complete -c tare -n '__tare_typed 0' -a ps -d 'list the container\'s processes, as ps(1) shows them or as pids'
complete -c tare -n '__tare_verb ps' -l format -s f -x -a 'table json' -d 'table or json'
complete -c tare -n '__tare_verb ps' -l help -s h -d 'show help'
complete -c tare -n '__tare_typed 1 ps' -a '(__tare_containers)' -d container
complete -c tare -n '__tare_typed 0' -a events -d 'print what the container uses, again and again, and when it runs out of memory, as JSON'
complete -c tare -n '__tare_verb events' -l interval -x -d 'how long to wait between two prints, such as 500ms or 1m30s'
complete -c tare -n '__tare_verb events' -l stats -d 'print what it uses once'
complete -c tare -n '__tare_verb events' -l help -s h -d 'show help'
complete -c tare -n '__tare_typed 1 events' -a '(__tare_containers)' -d container
complete -c tare -n '__tare_typed 0' -a update -d 'give a container other limits'
complete -c tare -n '__tare_verb update' -l resources -s r -r -F -d 'file with the resources as in config.json, - for standard input; what they leave out stays, and device rules replace the old list'
complete -c tare -n '__tare_verb update' -l blkio-weight -x -d 'share of block I/O, 10 to 1000'
complete -c tare -n '__tare_verb update' -l cpu-period -x -d 'period of the CPU quota in µs'
complete -c tare -n '__tare_verb update' -l cpu-quota -x -d 'CPU time in each period in µs, -1 for unlimited'
complete -c tare -n '__tare_verb update' -l cpu-burst -x -d 'CPU time that may be saved up beyond the quota in µs'
complete -c tare -n '__tare_verb update' -l cpu-share -x -d 'share of the CPUs, 2 to 262144'
complete -c tare -n '__tare_verb update' -l cpu-rt-period -x -d 'period of the realtime runtime in µs'
complete -c tare -n '__tare_verb update' -l cpu-rt-runtime -x -d 'realtime CPU time in each period in µs'
complete -c tare -n '__tare_verb update' -l cpuset-cpus -x -d 'CPUs to use, such as 0-3,7'
complete -c tare -n '__tare_verb update' -l cpuset-mems -x -d 'memory nodes to use'
complete -c tare -n '__tare_verb update' -l cpu-idle -x -a '0 1' -d '1 to run only when nothing else does (SCHED_IDLE), 0 not to'
complete -c tare -n '__tare_verb update' -l memory -x -d 'memory limit, in bytes or such as 100m, -1 for unlimited'
complete -c tare -n '__tare_verb update' -l memory-reservation -x -d 'memory that is spared, like --memory'
complete -c tare -n '__tare_verb update' -l memory-swap -x -d 'limit of memory and swap together, like --memory'
complete -c tare -n '__tare_verb update' -l kernel-memory -x -d 'limit of kernel memory, of cgroup v1 alone'
complete -c tare -n '__tare_verb update' -l kernel-memory-tcp -x -d 'limit of TCP buffers, of cgroup v1 alone'
complete -c tare -n '__tare_verb update' -l pids-limit -x -d 'number of processes, -1 for unlimited'
complete -c tare -n '__tare_verb update' -l l3-cache-schema -x -d 'L3 cache to use, such as L3:0=7ff;1=f0 (Intel RDT)'
complete -c tare -n '__tare_verb update' -l mem-bw-schema -x -d 'memory bandwidth to use, such as MB:0=20;1=70 (Intel RDT)'
complete -c tare -n '__tare_verb update' -l help -s h -d 'show help'
complete -c tare -n '__tare_typed 1 update' -a '(__tare_containers)' -d container
complete -c tare -n '__tare_typed 0' -a checkpoint -d 'write a running container to files and delete it'
complete -c tare -n '__tare_verb checkpoint' -l image-path -x -a '(__fish_complete_directories)' -d 'directory for the checkpoint (default: checkpoint)'
complete -c tare -n '__tare_verb checkpoint' -l work-path -x -a '(__fish_complete_directories)' -d 'directory for CRIU\'s log, the image directory if it is not given'
complete -c tare -n '__tare_verb checkpoint' -l tcp-established -d 'allow open TCP connections'
complete -c tare -n '__tare_verb checkpoint' -l ext-unix-sk -d 'allow Unix sockets whose other end is outside of the container'
complete -c tare -n '__tare_verb checkpoint' -l shell-job -d 'allow a session or a terminal that the container has from outside'
complete -c tare -n '__tare_verb checkpoint' -l file-locks -d 'allow file locks'
complete -c tare -n '__tare_verb checkpoint' -l manage-cgroups-mode -x -a 'soft full strict ignore' -d 'what CRIU does about cgroups and their limits: soft, full, strict or ignore'
complete -c tare -n '__tare_verb checkpoint' -l empty-ns -x -d 'a namespace whose content is left out: network'
complete -c tare -n '__tare_verb checkpoint' -l auto-dedup -d 'keep each page of memory in the newest of several images alone'
complete -c tare -n '__tare_verb checkpoint' -l lazy-pages -d 'hand memory over while the container runs already'
complete -c tare -n '__tare_verb checkpoint' -l parent-path -x -a '(__fish_complete_directories)' -d 'directory of an earlier pre-dump, seen from the image directory'
complete -c tare -n '__tare_verb checkpoint' -l leave-running -d 'let the container go on'
complete -c tare -n '__tare_verb checkpoint' -l pre-dump -d 'write the memory alone and let the container go on'
complete -c tare -n '__tare_verb checkpoint' -l tcp-skip-in-flight -d 'leave out TCP connections that are being made'
complete -c tare -n '__tare_verb checkpoint' -l link-remap -d 'allow open files that have no name any more, with links of CRIU\'s'
complete -c tare -n '__tare_verb checkpoint' -l page-server -x -d 'ADDRESS:PORT of a CRIU that takes the memory'
complete -c tare -n '__tare_verb checkpoint' -l status-fd -x -d 'descriptor at which CRIU says with a NUL that it hands out memory'
complete -c tare -n '__tare_verb checkpoint' -l help -s h -d 'show help'
complete -c tare -n '__tare_typed 1 checkpoint' -a '(__tare_containers)' -d container
complete -c tare -n '__tare_typed 0' -a restore -d 'make a container again that was written to files'
complete -c tare -n '__tare_verb restore' -l bundle -s b -x -a '(__fish_complete_directories)' -d 'directory of config.json'
complete -c tare -n '__tare_verb restore' -l console-socket -r -F -d 'Unix socket that gets the terminal\'s master'
complete -c tare -n '__tare_verb restore' -l pidfd-socket -r -F -d 'Unix socket that gets a pidfd of the container\'s process'
complete -c tare -n '__tare_verb restore' -l pid-file -r -F -d 'file to write the process\'s pid to'
complete -c tare -n '__tare_verb restore' -l no-pivot -d 'move the root instead of pivoting to it, for a host that runs from an initramfs'
complete -c tare -n '__tare_verb restore' -l image-path -x -a '(__fish_complete_directories)' -d 'directory of the checkpoint (default: checkpoint)'
complete -c tare -n '__tare_verb restore' -l work-path -x -a '(__fish_complete_directories)' -d 'directory for CRIU\'s log, the image directory if it is not given'
complete -c tare -n '__tare_verb restore' -l tcp-established -d 'allow open TCP connections'
complete -c tare -n '__tare_verb restore' -l ext-unix-sk -d 'allow Unix sockets whose other end is outside of the container'
complete -c tare -n '__tare_verb restore' -l shell-job -d 'allow a session or a terminal that the container has from outside'
complete -c tare -n '__tare_verb restore' -l file-locks -d 'allow file locks'
complete -c tare -n '__tare_verb restore' -l manage-cgroups-mode -x -a 'soft full strict ignore' -d 'what CRIU does about cgroups and their limits: soft, full, strict or ignore'
complete -c tare -n '__tare_verb restore' -l empty-ns -x -d 'a namespace whose content is left out: network'
complete -c tare -n '__tare_verb restore' -l auto-dedup -d 'keep each page of memory in the newest of several images alone'
complete -c tare -n '__tare_verb restore' -l lazy-pages -d 'hand memory over while the container runs already'
complete -c tare -n '__tare_verb restore' -l detach -s d -d 'do not wait for the end'
complete -c tare -n '__tare_verb restore' -l keep -d 'do not delete the container at its end'
complete -c tare -n '__tare_verb restore' -l no-subreaper -d 'do not adopt the processes the container leaves behind'
complete -c tare -n '__tare_verb restore' -l tcp-close -d 'close the TCP connections that were open'
complete -c tare -n '__tare_verb restore' -l lsm-profile -x -d 'apparmor:PROFILE or selinux:LABEL to run the processes with'
complete -c tare -n '__tare_verb restore' -l lsm-mount-context -x -d 'SELinux label for the mounts'
complete -c tare -n '__tare_verb restore' -l help -s h -d 'show help'
complete -c tare -n '__tare_typed 0' -a spec -d 'write an example config.json'
complete -c tare -n '__tare_verb spec' -l bundle -s b -x -a '(__fish_complete_directories)' -d 'directory to write it to'
complete -c tare -n '__tare_verb spec' -l rootless -d 'write one for this user\'s own id, without privileges'
complete -c tare -n '__tare_verb spec' -l help -s h -d 'show help'
complete -c tare -n '__tare_typed 0' -a plan -d 'print what create would do, step by step, without doing it'
complete -c tare -n '__tare_verb plan' -l json -d 'print it as JSON'
complete -c tare -n '__tare_verb plan' -l restore -x -a '(__fish_complete_directories)' -d 'print what restore from the checkpoint in DIRECTORY would do instead of create'
complete -c tare -n '__tare_verb plan' -l exec -x -a '(__tare_containers)' -d 'print what exec of --process, or of the container\'s own process, would do in container ID'
complete -c tare -n '__tare_verb plan' -l process -r -F -d 'with --exec: file with the process as JSON'
complete -c tare -n '__tare_verb plan' -l facts -r -F -d 'file with the facts of the host to compile for, as --print-facts prints them'
complete -c tare -n '__tare_verb plan' -l print-facts -d 'print the facts of this host, and of BUNDLE if one is named, instead of a plan'
complete -c tare -n '__tare_verb plan' -l run -d 'print what run would do instead of create'
complete -c tare -n '__tare_verb plan' -l id -x -d 'container id to plan for'
complete -c tare -n '__tare_verb plan' -l console-socket -r -F -d 'as of create and exec'
complete -c tare -n '__tare_verb plan' -l pid-file -r -F -d 'with --exec: as of exec'
complete -c tare -n '__tare_verb plan' -l help -s h -d 'show help'
complete -c tare -n '__tare_typed 1 plan' -a '(__fish_complete_directories)'
complete -c tare -n '__tare_typed 0' -a features -d 'print what this tare can do, as JSON (runtime-spec, features.md)'
complete -c tare -n '__tare_verb features' -l help -s h -d 'show help'
