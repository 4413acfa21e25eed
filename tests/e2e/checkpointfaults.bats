# Checkpoints and restores that fail: the container goes on, or nothing of it is left.

load ../lib
load ../checkpoint

# refused WORD... [--work-path DIR]: restore says these in one sentence, and nothing is
# left of it.
refused() {
	local status=0 work=()
	if [ $# -gt 2 ] && [ "${*: -2:1}" = --work-path ]; then
		work=("${@: -2}")
		set -- "${@:1:$#-2}"
	fi
	apart tare restore --detach --image-path "$IMAGES" "${work[@]}" --bundle "$BUNDLE" "$ID" || status=$?
	is "$status" 1
	mapfile -t lines <"$TMP/stderr"
	output=$(cat "$TMP/stderr")
	one_sentence
	has "$output" "$@"
	fails tare state "$ID"
	is "$(cgroups)" ''
}

one_sentence() {
	is "${#lines[@]}" 1
	[[ $output == 'tare: '* ]]
}

# goes_on: the container, which has counted one line, counts another.
goes_on() {
	has_status running
	poke two && appears '^2 two$' "$ROOTFS/log"
	[ ! -e "$ROOT/$ID/cgroups" ]
}

@test "a checkpoint that is not there, or not tare's, is named" {
	program true
	refused 'cannot open the checkpoint' "$IMAGES" 'no such file or directory'
	mkdir "$IMAGES"
	refused "cannot read tare.json"
	echo '{"mounts": [{"key": "tare0", "destination": "/", "below": "../.."}]}' >"$IMAGES/tare.json"
	refused 'it has a mount that tare would not write'
	echo '{"mounts": [{"key": "a]:/etc", "destination": "/"}]}' >"$IMAGES/tare.json"
	refused 'it has a mount that tare would not write'
	echo '{"mounts": 7' >"$IMAGES/tare.json"
	refused tare.json
	echo '{}' >"$IMAGES/tare.json"
	refused descriptors.json 'no such file or directory'
	echo '["/dev/null"' >"$IMAGES/descriptors.json"
	refused descriptors.json
	echo '[]' >"$IMAGES/descriptors.json"
	refused 'CRIU: ' restore.log
}

@test "no image of CRIU's is so missing or cut off that restore leaves something behind" {
	counting
	checkpoint
	cp -a "$IMAGES" "$TMP/good"
	local image how bad=0 good=0
	for image in "$TMP"/good/*.img; do
		for how in missing short; do
			rm -rf "$IMAGES"
			cp -a "$TMP/good" "$IMAGES"
			image=$IMAGES/${image##*/}
			# CRIU 4.1 reads beyond the end of the pages for ever.
			[ "$how ${image##*/}" != 'short pages-1.img' ] || continue
			if [ "$how" = missing ]; then rm "$image"; else truncate -s $(($(stat -c %s "$image") / 2)) "$image"; fi
			doomed "$ID"
			status=0
			apart timeout 60 "$TARE" --root "$ROOT" restore --detach --image-path "$IMAGES" --bundle "$BUNDLE" "$ID" || status=$?
			mapfile -t lines <"$TMP/stderr"
			output=$(cat "$TMP/stderr")
			if [ "$status" = 0 ]; then # what is empty, say, need not be there
				good=$((good + 1))
				tare delete --force "$ID"
				continue
			fi
			bad=$((bad + 1))
			is "$status" 1
			one_sentence || {
				echo "${image##*/} $how"
				return 1
			}
			has "$output" 'CRIU'
			fails tare state "$ID"
			is "$(cgroups)" ''
			is "$(processes)" ''
		done
	done
	[ "$bad" -gt 20 ]
	# The images that are whole are as good as ever.
	IMAGES=$TMP/good
	restored
	poke two && appears '^2 two$' "$ROOTFS/log"
}

@test "images of another container are not taken for this one's" {
	mkdir "$TMP/data"
	counting
	checkpoint
	mv "$IMAGES" "$TMP/plain"
	rm "$ROOTFS/log"
	bind "$TMP/data" /data bind
	counting
	checkpoint
	cp "$TMP/plain/tare.json" "$IMAGES"
	refused 'CRIU: '
	cp "$IMAGES/tare.json" "$TMP/swapped"
	refused 'CRIU: '
}

@test "a standard stream that was a file must be one again" {
	counting
	checkpoint
	fails tare restore --detach --image-path "$IMAGES" --bundle "$BUNDLE" "$ID"
	one_sentence
	has "$output" 'standard stream 1 of the container was a file'
	restored
	poke two && appears '^2 two$' "$ROOTFS/log"
}

@test "a root that is another one is told by what is missing in it" {
	counting
	checkpoint
	rm "$ROOTFS/bin/busybox"
	refused 'bin/busybox' 'No such file or directory'
}

@test "a full disk under the images or the log is told of, and the container goes on" {
	counting
	mkdir "$TMP/small"
	mount -t tmpfs -o size=64k small "$TMP/small"
	fails tare checkpoint --image-path "$TMP/small/images" --work-path "$TMP" "$ID"
	one_sentence
	has "$output" 'No space left on device'
	has_status running
	head -c 1M /dev/zero >"$TMP/small/zero" || true
	fails tare checkpoint --image-path "$TMP/small/other" --work-path "$TMP" "$ID"
	one_sentence
	has "$output" 'o space left on device'
	mkdir "$TMP/work" "$TMP/small/work" || true
	run tare checkpoint --leave-running --image-path "$IMAGES" --work-path "$TMP/small/work" "$ID"
	[ "$status" = 0 ] || one_sentence
	umount "$TMP/small"
	goes_on
}

@test "a log for which there is no space is told of, and nothing is left of what was to be restored" {
	counting
	checkpoint
	mkdir "$TMP/small"
	mount -t tmpfs -o size=8k small "$TMP/small"
	refused 'no space left for its log' --work-path "$TMP/small"
	umount "$TMP/small"
	restored
	poke two && appears '^2 two$' "$ROOTFS/log"
}

# without PATH: tare with that PATH, and no criu in it. Its output is a file.
without() {
	local status=0
	PATH=$1 TARE_TEST=$ID "$TARE" --root "$ROOT" "${@:2}" >"$TMP/stdout" 2>"$TMP/stderr" || status=$?
	cat "$TMP/stderr"
	return "$status"
}

@test "a CRIU that is not there is said to be missing" {
	counting
	fails without "$TMP" checkpoint --image-path "$IMAGES" "$ID"
	one_sentence
	has "$output" 'install CRIU'
	[ ! -e "$IMAGES/tare.json" ]
	checkpoint
	fails without "$TMP" restore --detach --image-path "$IMAGES" --bundle "$BUNDLE" "$ID"
	one_sentence
	has "$output" 'install CRIU'
	fails tare state "$ID"
	restored
	poke two && appears '^2 two$' "$ROOTFS/log"
}

# fake SCRIPT: a criu that is one, with its socket as descriptor 3.
fake() {
	mkdir -p "$TMP/fake"
	printf '#!/bin/sh\n%s\n' "$1" >"$TMP/fake/criu"
	chmod +x "$TMP/fake/criu"
}

@test "a CRIU that is too old, or says nothing, or nonsense, is told of" {
	local said
	counting
	checkpoint --leave-running
	mv "$IMAGES" "$TMP/good"
	while read -r script said; do
		fake "$(printf '%b' "${script//_/ }")"
		fails without "$TMP/fake:$PATH" checkpoint --image-path "$IMAGES" "$ID"
		one_sentence
		has "$output" "$said" "$TMP/fake/criu"
		goes_on
		fails without "$TMP/fake:$PATH" restore --detach --image-path "$TMP/good" --bundle "$BUNDLE" "$ID-2"
		one_sentence
		has "$output" "$said" "$TMP/fake/criu"
		fails tare state "$ID-2"
		rm -f "$IMAGES"/*
	done <<'END'
head_-c_1_<&3_>/dev/null;_printf_'\\010\\012\\020\\001\\122\\004\\010\\003\\020\\020'_>&3;_sleep_0.1 it is version 3.16: at least 3.17 is needed
exit it ended without an answer
head_-c_1_<&3_>/dev/null;_echo_no_>&3;_sleep_0.1 it says something that is no answer
END
}

# stops STAGE: CRIU stops there, and says so in $TMP/at, until it is let go. It may run
# its script more than once.
stops() {
	mkfifo "$TMP/at" "$TMP/go"
	printf '#!/bin/sh\n[ "$CRTOOLS_SCRIPT_ACTION" = %s ] && mkdir %s || exit 0\necho >%s; read -r _ <%s\n' "$1" "$TMP/once" "$TMP/at" "$TMP/go" >"$TMP/action"
	chmod +x "$TMP/action"
	echo "action-script $TMP/action" >"$TMP/criu.conf"
	config '.annotations = {"org.criu.config": $file}' --arg file "$TMP/criu.conf"
}

killed() {
	timeout 30 sh -c "read -r _ <$TMP/at"
	kill -KILL "$BACKGROUND"
	ended || true
	timeout 30 sh -c "echo >$TMP/go"
}

@test "a tare that is killed while it checkpoints a container leaves it going on" {
	stops network-lock
	counting
	background tare checkpoint --image-path "$IMAGES" "$ID"
	killed
	poke two && appears '^2 two$' "$ROOTFS/log"
	has_status running
	rm "$TMP/criu.conf" && touch "$TMP/criu.conf"
	checkpoint
	restored
	poke three && appears '^3 three$' "$ROOTFS/log"
}

@test "a tare that is killed while it restores a container leaves none of its processes" {
	local stage
	for stage in pre-restore setup-namespaces; do
		rm -rf "$IMAGES" "$ROOTFS/log" "$TMP/at" "$TMP/go" "$TMP/once"
		counting
		checkpoint
		stops "$stage"
		doomed "$ID"
		background tare restore --detach --image-path "$IMAGES" --bundle "$BUNDLE" "$ID"
		killed
		until_true 1000 eval '[ -z "$(processes)" ]'
		has_status stopped
		tare delete --force "$ID"
		config 'del(.annotations)'
	done
}
