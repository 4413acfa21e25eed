# Podman of an ordinary user with subordinate ids, for podman-rootless.bats, and for podman.bats if $ROOTLESS is true.

USER_ID=61234 USER_NAME=ulla IDS=1600000000
# With a service manager, the user is one who has that: the guest's.
[ "$MANAGER" != systemd ] || USER_ID=1000 USER_NAME=tare IDS=100000

user_up() {
	local xdg=$WORK/xdg words
	mkdir -m 700 "$WORK/home" "$WORK/xdg"
	mkdir "$WORK/user"
	words="setpriv --reuid $USER_ID --regid $USER_ID --clear-groups env --unset=DBUS_SESSION_BUS_ADDRESS"
	if [ "$MANAGER" = systemd ]; then
		xdg=/run/user/$USER_ID
		# A scope of the user's, as every session's program lies in one.
		words+=" XDG_RUNTIME_DIR=$xdg DBUS_SESSION_BUS_ADDRESS=unix:path=$xdg/bus systemd-run --user --scope --quiet -p Delegate=yes -- env"
	else
		stranger
	fi
	configured "$WORK/user"
	sed -i 's/driver = .*/driver = "vfs"/' "$WORK/user/storage.conf"
	chown -R "$USER_ID:$USER_ID" "$WORK/home" "$WORK/xdg" "$WORK/user"
	# The image's owner is root, as that of the program that is made here.
	sed -i "s#^exec /#exec $words HOME=$WORK/home USER=$USER_NAME XDG_RUNTIME_DIR=$xdg /#" "$WORK/bin/podman"
}

# stranger: a user that exists in the suite's mount namespace alone.
stranger() {
	local file
	mkdir "$WORK/etc"
	for file in passwd group subuid subgid; do cp "/etc/$file" "$WORK/etc/$file"; done
	echo "$USER_NAME:x:$USER_ID:$USER_ID::$WORK/home:/bin/sh" >>"$WORK/etc/passwd"
	echo "$USER_NAME:x:$USER_ID:" >>"$WORK/etc/group"
	echo "$USER_NAME:$IDS:65536" >>"$WORK/etc/subuid"
	echo "$USER_NAME:$IDS:65536" >>"$WORK/etc/subgid"
	for file in passwd group subuid subgid; do mount --bind "$WORK/etc/$file" "/etc/$file"; done
}

user_down() {
	local file
	! [ -d "$WORK/user" ] || podman system migrate || true # ends the process that holds the user's namespaces
	[ -d "$WORK/etc" ] || return 0
	for file in passwd group subuid subgid; do umount "/etc/$file" 2>/dev/null; done
	return 0
}

user_available() {
	[ "$MANAGER" != systemd ] || [ -S "/run/user/$USER_ID/bus" ] || return
	have_podman && command -v newuidmap >/dev/null && [ -e /etc/subuid ] && [ -e /etc/subgid ] && [ -n "$TARE_VIEW" ]
}

# user_prepare: skips the test where there can be no such user, whose own the test's directory becomes.
user_prepare() {
	user_available || skip "missing: podman, conmon, newuidmap, /etc/subuid, a mount namespace of the tests' own, for systemd a service manager of the user's"
	chown "$USER_ID:$USER_ID" "$TMP"
}
