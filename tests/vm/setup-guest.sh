#!/bin/bash
# setup-guest.sh runs in a chroot of the new guest (see build.sh): packages, users,
# and everything that makes it boot quickly under emulation.
set -euo pipefail
cd /root

# --- packages

# No program of a package may start here, and no page of documentation be stored.
printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
chmod 755 /usr/sbin/policy-rc.d
cat >/etc/dpkg/dpkg.cfg.d/guest <<-END
	force-unsafe-io
	path-exclude=/usr/share/doc/*
	path-exclude=/usr/share/man/*
	path-exclude=/usr/share/locale/*
END
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
# The kernel has NVMe and ext4 built in: no initial ramdisk.
export INITRD=No
apt-get update -q
# shellcheck disable=SC2046 # a list of words
apt-get install -y -q --no-install-recommends $(grep -v '^#' packages)
apt-get clean
rm -rf /var/lib/apt/lists/* /usr/sbin/policy-rc.d /root/packages

# --- the machine

echo tare-vm >/etc/hostname
printf '127.0.0.1 localhost tare-vm\n::1 localhost\n' >/etc/hosts
# A machine that knows its id does not go through systemd's first boot.
tr -d - </proc/sys/kernel/random/uuid >/etc/machine-id
: >/etc/fstab
passwd -d root

cat >/etc/systemd/system/guest-network.service <<-END
	[Unit]
	Description=The one address QEMU's user networking knows
	Requires=sys-subsystem-net-devices-eth0.device
	After=sys-subsystem-net-devices-eth0.device
	[Service]
	Type=oneshot
	RemainAfterExit=yes
	ExecStart=/usr/sbin/ip address add 10.0.2.15/24 dev eth0
	ExecStart=/usr/sbin/ip link set eth0 up
	ExecStart=/usr/sbin/ip route add default via 10.0.2.2
	[Install]
	WantedBy=multi-user.target
END

# The host waits for this line on the console.
cat >/etc/systemd/system/guest-ready.service <<-END
	[Unit]
	Description=Tell the host
	After=ssh.service guest-network.service multi-user.target user@1000.service
	[Service]
	Type=oneshot
	ExecStart=/bin/sh -c 'echo guest is ready >/dev/ttyS0'
	[Install]
	WantedBy=graphical.target
END

# Every login is the host's own, from one address, under emulation: the quickest
# key exchange, no PAM (and so no session of logind), no name look-ups.
cat >/etc/ssh/sshd_config.d/guest.conf <<-END
	UsePAM no
	UseDNS no
	PermitRootLogin prohibit-password
	PasswordAuthentication no
	HostKey /etc/ssh/ssh_host_ed25519_key
	MaxSessions 100
	MaxStartups 100
	PrintMotd no
END
rm -f /etc/ssh/ssh_host_{rsa,ecdsa}_key*
# sshd -t, before each start, checks what this script has written.
mkdir -p /etc/systemd/system/ssh.service.d
printf '[Service]\nExecStartPre=\nTasksMax=infinity\n' >/etc/systemd/system/ssh.service.d/guest.conf

mkdir -p /etc/systemd/journald.conf.d
printf '[Journal]\nStorage=volatile\nRuntimeMaxUse=32M\n' >/etc/systemd/journald.conf.d/guest.conf

# --- an ordinary user, who has a service manager and all controllers

useradd --create-home --uid 1000 --shell /bin/bash tare
printf 'tare:100000:65536\n' | tee /etc/subuid >/etc/subgid
mkdir -p /var/lib/systemd/linger /etc/systemd/system/user@.service.d
touch /var/lib/systemd/linger/tare
printf '[Service]\nDelegate=cpu cpuset io memory pids\n' >/etc/systemd/system/user@.service.d/delegate.conf

# --- security modules

# Loading Debian's profiles takes half a minute of the boot; the tests load their own.
find /etc/apparmor.d -maxdepth 1 -type f -delete
sed -i 's/^SELINUX=.*/SELINUX=permissive/; s/^SELINUXTYPE=.*/SELINUXTYPE=default/' /etc/selinux/config
rm -f /.autorelabel

# --- nothing at boot that no test needs

# Without tmp.mount /tmp is on the disk, and what tests write there counts as I/O.

systemctl enable guest-network.service guest-ready.service ssh.service
systemctl set-default graphical.target
systemctl disable docker.service docker.socket containerd.service podman-restart.service podman-auto-update.timer \
	nftables.service || true
systemctl --global disable podman-restart.service podman-auto-update.timer || true
for unit in apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer e2scrub_reap.service \
	fstrim.timer man-db.timer logrotate.timer getty@tty1.service serial-getty@ttyS0.service serial-getty@hvc0.service \
	systemd-random-seed.service systemd-update-utmp.service systemd-hwdb-update.service ldconfig.service \
	systemd-journal-catalog-update.service systemd-journal-flush.service systemd-machine-id-commit.service \
	systemd-pstore.service systemd-update-done.service modprobe@drm.service modprobe@efi_pstore.service \
	systemd-tpm2-setup.service systemd-tpm2-setup-early.service systemd-pcrphase.service \
	tmp.mount netavark-dhcp-proxy.socket netavark-dhcp-proxy.service \
	sys-kernel-tracing.mount sys-kernel-debug.mount selinux-autorelabel-mark.service; do
	ln -sf /dev/null "/etc/systemd/system/$unit"
done

# The one scheduler that knows weights of cgroups.
echo bfq >/etc/modules-load.d/guest.conf

# Where the tree goes.
install -d -m 755 /srv/tare
