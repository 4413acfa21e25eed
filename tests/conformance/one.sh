#!/bin/bash
# one.sh VIEW RUNTIME PROGRAM: a part of run.sh, which exports what it needs. Runs one program with one runtime in one
# view, and leaves in $work/results/VIEW.RUNTIME.PROGRAM its verdict and, one a line, what failed.
set -u
view=$1 runtime=$2 program=$3
result=$work/results/$view.$runtime.$program
own=$(mktemp -d "$work/$program.XXXXXX")
chmod 755 "$own"
mkdir "$own/tmp"

# The program calls the runtime by one word, hence this script of its name. Peers are older than the
# ociVersion of the configurations: it alone is changed for them, and no program looks at it again.
binary=$TARE
[ "$runtime" = tare ] || binary=$(command -v "$runtime")
cat >"$own/$runtime" <<END
#!/bin/sh
if [ $runtime != tare ] && [ "\$1" = create ]; then
	bundle=. before=
	for word; do
		[ "\$before" = --bundle ] && bundle=\$word
		before=\$word
	done
	sed -i 's/"ociVersion": *"1\.[0-9.]*"/"ociVersion": "1.0.2"/' "\$bundle/config.json"
fi
exec $binary --root $own/state "\$@"
END
chmod 755 "$own/$runtime"

cat >"$own/inside" <<END
# Few hosts mount these controllers of version 1. In the view's own directory they can be, as distributions do it.
case $view.$program in
v1.*_network)
	cd /sys/fs/cgroup && mkdir net_cls,net_prio && ln -s net_cls,net_prio net_cls && ln -s net_cls,net_prio net_prio &&
		mount -t cgroup -o net_cls,net_prio net_cls,net_prio /sys/fs/cgroup/net_cls,net_prio
	;;
esac
cd $work/run
TMPDIR=$own/tmp RUNTIME=$own/$runtime timeout 120 ./$program </dev/null >$own/out 2>$own/err
echo \$? >$own/status
for id in \$($own/$runtime list -q 2>/dev/null); do $own/$runtime delete --force "\$id"; done
# What these make above the container's cgroup is nobody's to remove. (They have the lock.)
case $program in
linux_cgroups_relative_*) find /sys/fs/cgroup -depth -path '*/testdir/cgrouptest' -exec sh -c 'rmdir "\$1" "\${1%/*}"' sh {} ';' ;;
esac
END

# Those that name their cgroup all name the same one.
lock=$own
case $program in
linux_cgroups_* | delete_*) lock=$work/cgroup.lock ;;
esac
# A namespace for System V's and POSIX's queues: some programs let the container have those of the runtime, and
# then remove all files below its root.
flock "$lock" "$repo/tests/view" "$view" unshare --ipc sh "$own/inside" >"$own/log" 2>&1

if [ ! -f "$own/status" ]; then
	echo "missing $(tail -n 1 "$own/log")" >"$result"
else
	"$here/verdict.sh" "$own/out" "$own/err" "$(cat "$own/status")" >"$result"
fi
cp "$own/out" "$result.out" 2>/dev/null
rm -rf --one-file-system "$own"
