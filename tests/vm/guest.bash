# guest.bash: how a guest is booted, reached and ended; for run.sh and guest.sh.
# shellcheck disable=SC2034 # its variables are theirs
#
# A guest is a directory: $dir/pid of QEMU (of its timeout(1)), $dir/console, $dir/ssh, the
# socket of a connection that all commands share.

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
repo=$(cd "$here/../.." && pwd)

# A guest that somebody forgot ends itself.
lifetime=${TARE_VM_LIFETIME:-3h}
# What a boot may take on a machine that is busy and emulates, in seconds, and how many are tried.
patience=${TARE_VM_PATIENCE:-300}
boots=3

die() {
	echo "${0##*/}: $1" >&2
	exit 125
}

# emulator: sets qemu to the command to start. Before 8.1 one emulated processor may go on with code that
# another has patched, which the guest's kernel does at each boot, and often does not survive.
emulator() {
	local place share major
	major=$(qemu-system-x86_64 --version 2>/dev/null | sed -n 's/^QEMU emulator version \([0-9]*\).*/\1/p')
	if [ "${major:-0}" -ge 9 ]; then
		qemu=(qemu-system-x86_64)
	else
		place=$("$repo/tests/trixie.sh" qemu-system-x86 /usr/bin/qemu-system-x86_64) || return
		share=$place/root/usr/share
		qemu=("$place/bin/qemu-system-x86_64" -L "$share/qemu" -L "$share/seabios")
	fi
}

# accelerator IMAGE: kvm where it really runs a guest, else tcg. That /dev/kvm opens
# says little: in a virtual machine that only pretends to nest, the first
# instruction hangs. So a kernel without a root is booted until it panics, once
# per boot of this machine.
accelerator() {
	local boot known=$1/accelerator
	boot=$(cat /proc/sys/kernel/random/boot_id)
	if [ -n "${TARE_VM_ACCEL:-}" ]; then
		echo "$TARE_VM_ACCEL"
	elif ! [ -w /dev/kvm ]; then
		echo tcg
	else
		if ! grep -qs "^$boot " "$known"; then
			echo "$boot $(probe_kvm "$1" && echo kvm || echo tcg)" >"$known.$$"
			mv "$known.$$" "$known"
		fi
		cut -d' ' -f2 "$known"
	fi
}

probe_kvm() {
	timeout --kill-after=2 10 "${qemu[@]}" -accel kvm -cpu host -m 256 -nodefaults -display none -no-reboot \
		-kernel "$1/vmlinuz" -append 'panic=-1 quiet' </dev/null >/dev/null 2>&1
}

# options WORD...: sets what boot takes from the command line, and rest to what is left of it.
options() {
	memory=3072 cpus=2 as=root
	words='apparmor=1 security=apparmor'
	cgroup=
	rest=()
	while [ $# -gt 0 ]; do
		case $1 in
		--selinux) words='selinux=1 security=selinux' ;;
		--cgroup)
			case ${2:-} in
			v1) cgroup='SYSTEMD_CGROUP_ENABLE_LEGACY_FORCE=1 systemd.unified_cgroup_hierarchy=0 systemd.legacy_systemd_cgroup_controller=1' ;;
			hybrid) cgroup='SYSTEMD_CGROUP_ENABLE_LEGACY_FORCE=1 systemd.unified_cgroup_hierarchy=0 systemd.legacy_systemd_cgroup_controller=0' ;;
			v2) ;;
			*) die "--cgroup is v1, hybrid or v2" ;;
			esac
			shift
			;;
		--memory)
			memory=$2
			shift
			;;
		--cpus)
			cpus=$2
			shift
			;;
		--user) as=tare ;;
		--)
			shift
			break
			;;
		-*) die "unknown option $1" ;;
		*) break ;;
		esac
		shift
	done
	rest=("$@")
}

# boot DIR [WRAPPER...]: starts QEMU and returns when the guest is ready. The
# wrapper runs the command that boot makes of it.
boot() {
	local dir=$1 qemu image accel cpu attempt
	shift
	emulator || die "cannot boot a guest: there is no QEMU"
	image=$("$here/build.sh") || exit 125
	accel=$(accelerator "$image")
	case $accel in
	# The emulation walks five levels of page tables slower than four.
	tcg) cpu=max,-la57 accel=tcg,thread=multi ;;
	*) cpu=host ;;
	esac
	# The image may be replaced while the guest runs.
	cp "$image/key" "$image/known_hosts" "$dir"
	for ((attempt = 1; attempt <= boots; attempt++)); do
		rm -f "$dir/console"
		# The disk is a snapshot: what a guest writes goes to an unlinked file in its directory.
		# restrict: the guest reaches neither the host nor anything beyond.
		TMPDIR=$dir "$@" timeout --kill-after=10 "$lifetime" "${qemu[@]}" \
			-name "tare-vm" -nodefaults -display none -no-reboot \
			-accel "$accel" -cpu "$cpu" -smp "$cpus" -m "$memory" \
			-kernel "$image/vmlinuz" \
			-append "root=/dev/nvme0n1 rw console=ttyS0 quiet mitigations=off panic=-1 systemd.show_status=false net.ifnames=0 hugepages=8 $words $cgroup" \
			-drive "file=$image/disk.img,format=raw,if=none,id=disk,snapshot=on,cache=unsafe" -device nvme,drive=disk,serial=disk \
			-netdev user,id=net,restrict=on,hostfwd=tcp:127.0.0.1:0-:22 -device virtio-net-pci,netdev=net,romfile= \
			-device virtio-rng-pci -serial "file:$dir/console" -pidfile "$dir/qemu.pid" \
			</dev/null >"$dir/qemu.log" 2>&1 3>&- &
		echo $! >"$dir/pid"
		wait_until_ready "$dir" && return
		tail -n 40 "$dir/qemu.log" "$dir/console" >&2
		stop "$dir"
		echo "${0##*/}: the guest did not come up (boot $attempt of $boots)" >&2
	done
	end "$dir"
	exit 125
}

wait_until_ready() {
	local dir=$1 deadline=$((SECONDS + patience)) port
	until grep -qs 'guest is ready' "$dir/console"; do
		alive "$dir" && [ $SECONDS -lt $deadline ] || return 1
		sleep 0.1
	done
	# QEMU took a free port itself; it listens nowhere else.
	port=$(ss -Htlnp | sed -nE "s/.* 127\.0\.0\.1:([0-9]+) .*pid=$(cat "$dir/qemu.pid"),.*/\1/p")
	printf '%s\n' "Host guest" "HostName 127.0.0.1" "Port $port" "User root" "IdentityFile $dir/key" \
		"UserKnownHostsFile $dir/known_hosts" "HostKeyAlias tare-vm" "ControlPath $dir/ssh" \
		"IdentitiesOnly yes" "KexAlgorithms curve25519-sha256" "Ciphers aes128-gcm@openssh.com" "LogLevel ERROR" >"$dir/ssh.config"
	# The key exchange, slow under emulation, is done once.
	ssh -F "$dir/ssh.config" -M -N -f -o ConnectTimeout=120 guest </dev/null >/dev/null 2>&1 3>&-
}

alive() { kill -0 "$(cat "$1/pid" 2>/dev/null)" 2>/dev/null; }

# end DIR: the guest's disk is a snapshot, so QEMU is simply ended, and takes the connection along.
end() {
	[ -d "$1" ] || return 0
	stop "$1"
	rm -rf "$1"
}

stop() {
	local dir=$1 pid
	[ -S "$dir/ssh" ] && ssh -F "$dir/ssh.config" -O exit guest >/dev/null 2>&1
	# A pid that another process got meanwhile is not ours.
	if alive "$dir"; then
		pid=$(cat "$dir/pid")
		if tr '\0' ' ' <"/proc/$pid/cmdline" | grep -q "qemu-system-x86_64 .*$dir/"; then
			kill "$pid"
			while kill -0 "$pid" 2>/dev/null && ! grep -qs '^State:.*Z' "/proc/$pid/status"; do sleep 0.05; done
		fi
	fi
}

# copy_tree DIR: the files git knows of or would add, and bin/, take the place of /srv/tare.
copy_tree() {
	[ -x "$repo/bin/tare" ] || die "there is no bin/tare: run make"
	make -s -C "$repo/tests/probe" && (cd "$repo/tests/resctrl" && go build -o "$repo/bin/resctrl" .) || die "cannot build what the tests need"
	(cd "$repo" && { git ls-files -zco --exclude-standard && find bin -type f -print0; } |
		while IFS= read -rd '' file; do [ -e "$file" ] && printf '%s\0' "$file"; done |
		tar -c --null -T - --owner=0 --group=0 --numeric-owner | gzip -1) |
		ssh -F "$1/ssh.config" guest 'rm -rf /srv/tare && mkdir /srv/tare && cd /srv/tare && gzip -d | tar -x' ||
		die "cannot copy the tree into the guest"
}

# prepare DIR WORD...: sets session to the command of this host that runs those words in the guest's tree.
prepare() {
	local dir=$1 prefix=()
	shift
	# A scope in the user's own manager, with everything delegated to it: where a
	# program started from the user's session finds itself.
	[ "$as" = root ] || prefix=(runuser -u "$as" -- env "HOME=/home/$as" XDG_RUNTIME_DIR=/run/user/1000
		DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/1000/bus systemd-run --user --scope --quiet -p Delegate=yes --)
	set -- "${prefix[@]}" env "$@"
	session=(ssh -F "$dir/ssh.config")
	if [ -t 0 ] && [ -t 1 ]; then session+=(-t); fi
	session+=(guest "cd /srv/tare && exec ${*@Q}")
}
