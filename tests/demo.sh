#!/bin/bash
# Runs one container by hand, and lets it say from inside what it sees: make demo.
set -eu
cd "$(dirname "$0")/.."
tare=${TARE:-$PWD/bin/tare}

test "$(id -u)" = 0 || {
	echo "the demo makes cgroups and needs root" >&2
	exit 1
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

# A bundle: a root file system with nothing but busybox, and a config.json.
mkdir -p rootfs/bin
cp /bin/busybox rootfs/bin/
for applet in sh cat hostname id ps mount grep ls echo wc touch dd; do ln -s busybox "rootfs/bin/$applet"; done

cat >rootfs/look.sh <<'END'
exec 2>&1
heading() { echo; echo "--- $1"; }
heading "who and where"
echo "hostname: $(hostname)"
id
heading "all processes there are (ps)"
ps
heading "all mounts there are (/proc/self/mountinfo)"
while read -r _ _ _ _ where options rest; do echo "$where ($options) ${rest#*- }"; done </proc/self/mountinfo
heading "capabilities, seccomp, no new privileges (/proc/self/status)"
grep -E '^(Cap|Seccomp:|NoNewPrivs)' /proc/self/status
heading "limits (cgroup)"
for file in memory.max pids.max cpu.max memory/memory.limit_in_bytes pids/pids.max cpu/cpu.cfs_quota_us cpu/cpu.cfs_period_us; do
	test -e "/sys/fs/cgroup/$file" && echo "$file: $(cat "/sys/fs/cgroup/$file")"
done
heading "open files"
ls -l /proc/$$/fd | grep -v total
heading "what it is kept from"
touch /new
mount -t tmpfs none /tmp
(echo 1 >/proc/sys/kernel/hostname)
(dd if=/dev/zero of=/dev/shm/big bs=1M count=64) 2>/dev/null
echo "writing 64 MiB of memory: ended with status $? (137 is SIGKILL)"
END

"$tare" spec
jq --slurpfile seccomp "$OLDPWD/tests/data/engine-seccomp.json" '
	.process.terminal = false
	| .process.args = ["sh", "/look.sh"]
	| .hostname = "demo"
	| .root.readonly = true
	| .linux.seccomp = $seccomp[0]
	| .linux.resources.memory = {limit: 33554432}
	| .linux.resources.pids = {limit: 20}
	| .linux.resources.cpu = {quota: 50000, period: 100000}
' config.json >config.new
mv config.new config.json

echo "=== the plan: what will happen, before it happens (tare plan)"
"$tare" plan .
echo
echo "=== the container (tare run), limited to 32 MiB of memory, 20 processes and half a processor"
"$tare" --root "$work/state" run "demo-$$"
echo
echo "=== it is gone (tare list)"
"$tare" --root "$work/state" list
