# A whole distribution in Podman's containers: dynamic programs, a package manager, users, setuid programs, a service manager.

load engine
load podman

MANAGER=${MANAGER:-cgroupfs}

engine_up() {
	local distribution
	have_podman || return 0
	root_up
	! distribution=$("$REPO/tests/minbase.sh" 2>"$WORK/missing") || podman import "$distribution" localhost/debian
}

engine_down() { root_down; }

prepare() {
	root_prepare
	podman image exists localhost/debian || skip "$(tail -n 1 "$WORK/missing")"
	controller pids # Podman asks for it
}

finish() { podman rm --all --force --time 0 >/dev/null; }

@test "a distribution's image is built upon: a package is installed, a user added, and setuid programs are root's" {
	cat >Containerfile <<-'END'
		FROM localhost/debian
		RUN useradd --create-home ana && echo ana:secret | chpasswd
		RUN mkdir -p /tmp/greeting/DEBIAN /tmp/greeting/usr/bin && cd /tmp/greeting && \
			printf 'Package: greeting\nVersion: 1\nArchitecture: all\nMaintainer: ana <ana@localhost>\nDescription: greets\n' >DEBIAN/control && \
			printf '#!/bin/sh\necho "$1" >/etc/greeting\n' >DEBIAN/postinst && printf '#!/bin/sh\necho hello\n' >usr/bin/greeting && \
			chmod 755 DEBIAN/postinst usr/bin/greeting && dpkg-deb --build . ../greeting.deb
		RUN dpkg --install /tmp/greeting.deb && apt-get check
		USER ana
	END
	podman build --network none --tag localhost/built . >build 2>&1 || {
		cat build
		false
	}
	# Only root can read what passwd tells of the password's age.
	run -0 podman run --rm localhost/built sh -c 'id -un; greeting; cat /etc/greeting; passwd --status'
	is "${lines[*]:0:3}" "ana hello configure"
	[[ ${lines[3]} =~ ^"ana P 2"[-0-9]+" 0 99999" ]]
	is "$(podman run --rm --security-opt no-new-privileges localhost/built passwd --status)" "ana P"
	podman rmi localhost/built >/dev/null
}

# bats test_tags=vm
@test "a distribution's service manager starts its services in cgroups of the container's, and is stopped by Podman" {
	[ "$(version pids)" = v2 ] || skip "missing: cgroup v2, without which systemd does not start any more"
	podman run --detach --name one --systemd always --memory 256m localhost/debian /sbin/init >/dev/null
	until_true 6000 eval '[[ $(podman exec one systemctl is-system-running 2>&1) =~ ^(running|degraded) ]]'
	has "$(podman exec one systemctl show --property=Virtualization)" podman
	podman exec one systemd-run --unit limited --property=MemoryMax=16M sleep infinity
	until_true 1000 eval '[ "$(podman exec one systemctl is-active limited)" = active ]'
	is "$(podman exec one sh -c 'cat /proc/$(systemctl show --value --property=MainPID limited)/cgroup')" 0::/system.slice/limited.service
	is "$(podman exec one cat /sys/fs/cgroup/system.slice/limited.service/memory.max)" 16777216
	podman stop --time 60 one >/dev/null
	is "$(podman inspect one --format '{{.State.ExitCode}}')" 0
}
