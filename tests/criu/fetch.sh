#!/bin/sh
# fetch.sh: prints a directory to put into PATH that has a criu which works on this
# kernel, or says what is missing and ends with status 77.
#
# The criu of the machine will do if it is 4.0 or newer: older ones do not know
# today's kernels. Otherwise it is Debian trixie's (../trixie.sh).
set -eu

if own=$(command -v criu); then
	major=$(criu --version | sed -n 's/^Version: \([0-9]*\).*/\1/p')
	if [ "${major:-0}" -ge 4 ]; then
		dirname "$own"
		exit
	fi
fi

place=$("$(dirname "$0")/../trixie.sh" criu /usr/sbin/criu)
traced=$place/traced
if [ ! -x "$traced/criu" ]; then
	# Fault 130 has criu trace a process to where it waits for it, and not set a breakpoint: not
	# every hypervisor lets a guest have the processor's debug registers.
	new=$(mktemp -d "$place/new.XXXXXX")
	printf '%s\n' '#!/bin/sh' "CRIU_FAULT=130 exec '$place/bin/criu' \"\$@\"" >"$new/criu"
	chmod 755 "$new" "$new/criu"
	mv -T "$new" "$traced" 2>/dev/null || rm -rf "$new"
fi
echo "$traced"
