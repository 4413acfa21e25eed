# linux.intelRdt: classes and monitoring groups of resctrl. tests/resctrl mounts what
# behaves as the kernel's does; only a faults build of tare takes it for that.

load ../lib

prepare() {
	RESCTRL=$TMP/resctrl
	RELEASE=$TARE
	TARE=${TARE_FAULTS_BIN:-$REPO/bin/tare-faults}
	[ -x "$TARE" ] || skip "missing: a faults build of tare at $TARE (make faults)"
	[ -x "$REPO/bin/resctrl" ] || skip "missing: $REPO/bin/resctrl (tests/run-e2e.sh builds it)"
	[ -c /dev/fuse ] || skip "missing: /dev/fuse"
	export TARE_RESCTRL=$RESCTRL
	serve
}

# serve [OPTION...]: another resctrl.
serve() {
	unserve
	mkdir -p "$RESCTRL"
	"$REPO/bin/resctrl" "$@" "$RESCTRL" </dev/null >"$TMP/resctrl.log" 2>&1 3>&- &
	SERVER=$!
	until_true 500 [ -e "$RESCTRL/schemata" ] || {
		cat "$TMP/resctrl.log"
		return 1
	}
}

unserve() {
	if mountpoint -q "$RESCTRL"; then
		umount "$RESCTRL"
		wait "$SERVER"
	fi
}

finish() {
	[ ! -f "$TMP/doomed" ] || tare delete --force "$ID"
	unserve
}

# rdt EXPRESSION: linux.intelRdt of the config.
rdt() { config ".linux.intelRdt = $1"; }

# classes: the names of those that there are.
classes() { find "$RESCTRL" -mindepth 1 -maxdepth 1 -type d ! -name info ! -name 'mon_*' -printf '%f\n' | sort | paste -sd' '; }

line() { sed -n "s/^ *\($1:.*\)/\1/p" "$RESCTRL/$2/schemata"; }

@test "without a closID a class of the container's own is made, and goes with it" {
	rdt '{}'
	sleeping
	is "$(classes)" "$ID"
	is "$(cat "$RESCTRL/$ID/tasks")" "$PID"
	is "$(line L3 "$ID")" L3:0=7ff\;1=7ff
	tare delete --force "$ID"
	is "$(classes)" ''
}

@test "a class is made with l3CacheSchema, memBwSchema and schemata, in that order, and stays" {
	rdt '{closID: "gold", l3CacheSchema: "L3:0=f;1=f", memBwSchema: "MB:0=30", schemata: ["L3:1=3", "MB:1=20"]}'
	sleeping
	is "$(line L3 gold)" L3:0=00f\;1=003
	is "$(line MB gold)" 'MB:0=  30;1=  20'
	is "$(cat "$RESCTRL/gold/tasks")" "$PID"
	tare delete --force "$ID"
	is "$(classes)" gold
}

@test "a class that is there and has the schemata is used, and stays as it is" {
	mkdir "$RESCTRL/gold"
	printf 'L3:0=f\nMB:0=20\n' >"$RESCTRL/gold/schemata"
	rdt '{closID: "gold", l3CacheSchema: "L3:0=0F", memBwSchema: "MB:0=15", schemata: ["L3:1=7ff"]}'
	sleeping
	is "$(cat "$RESCTRL/gold/tasks")" "$PID"
	tare delete --force "$ID"
	is "$(classes)" gold
	is "$(line L3 gold)" L3:0=00f\;1=7ff
}

@test "a class that is there with other schemata is refused and left as it is" {
	mkdir "$RESCTRL/gold"
	rdt '{closID: "gold", l3CacheSchema: "L3:1=f"}'
	fails inside true
	has "$output" "/linux/intelRdt/closID: cannot use the resctrl group $RESCTRL/gold: it is there already with other schemata: L3:1 is 7ff, not f"
	is "$(classes)" gold
	is "$(line L3 gold)" L3:0=7ff\;1=7ff
}

@test "a closID alone is of a class that must be there" {
	rdt '{closID: "gold"}'
	fails inside true
	has "$output" "/linux/intelRdt/closID: cannot use the resctrl group $RESCTRL/gold: there is no such group, and no schemata to make it with"
	is "$(classes)" ''
	mkdir "$RESCTRL/gold"
	sleeping
	is "$(cat "$RESCTRL/gold/tasks")" "$PID"
}

@test "the closID / is the default class" {
	rdt '{closID: "/", schemata: ["L3:0=7ff"]}'
	sleeping
	is "$(cat "$RESCTRL/tasks")" "$PID"
	is "$(classes)" ''
	tare delete --force "$ID"
	rdt '{closID: "/", schemata: ["L3:0=f"]}'
	fails inside true
	has "$output" 'other schemata: L3:0 is 7ff, not f'
}

@test "a monitoring group is made in the class, and removed with the container" {
	mkdir "$RESCTRL/gold"
	rdt '{closID: "gold", enableMonitoring: true}'
	sleeping
	is "$(cat "$RESCTRL/gold/tasks")" "$PID"
	is "$(cat "$RESCTRL/gold/mon_groups/$ID/tasks")" "$PID"
	fails tare run --bundle "$BUNDLE" "$ID" </dev/null
	[ -d "$RESCTRL/gold/mon_groups/$ID" ]
	tare delete --force "$ID"
	[ ! -e "$RESCTRL/gold/mon_groups/$ID" ]
	is "$(classes)" gold
}

@test "a monitoring group that is there is refused and stays" {
	mkdir "$RESCTRL/mon_groups/$ID"
	rdt '{closID: "/", enableMonitoring: true}'
	fails inside true
	has "$output" "/linux/intelRdt/enableMonitoring: cannot make the monitoring group $RESCTRL/mon_groups/$ID: file exists"
	[ -d "$RESCTRL/mon_groups/$ID" ]
}

@test "what the kernel refuses is told in its words, and nothing is left" {
	rdt '{closID: "gold", schemata: ["L3:0=f", "L3:1=fffff"]}'
	fails inside true
	has "$output" '/linux/intelRdt/closID: ' 'L3:1=fffff' 'invalid argument (Mask out of range)'
	is "$(classes)" ''
	mkdir "$RESCTRL"/{a,b,c}
	rdt '{}'
	fails inside true
	has "$output" "/linux/intelRdt: cannot use the resctrl group $RESCTRL/$ID: no space left on device (Out of CLOSIDs)"
	is "$(classes)" 'a b c'
}

@test "a failing create takes back the groups that it made, and no others" {
	rdt '{closID: "gold", schemata: ["L3:0=f"], enableMonitoring: true}'
	program /no/such/program
	fails tare run --bundle "$BUNDLE" "$ID" </dev/null
	is "$(classes)" ''
	mkdir "$RESCTRL/gold"
	rdt '{closID: "gold", enableMonitoring: true}'
	fails tare run --bundle "$BUNDLE" "$ID" </dev/null
	is "$(classes)" gold
	is "$(ls "$RESCTRL/gold/mon_groups")" ''
}

@test "exec joins the class and the monitoring group" {
	rdt '{enableMonitoring: true}'
	sleeping
	apart tare exec --detach --pid-file "$TMP/exec.pid" "$ID" probe pause
	is "$(sort -n "$RESCTRL/$ID/tasks")" "$(printf '%s\n' "$PID" "$(cat "$TMP/exec.pid")" | sort -n)"
	is "$(sort -n "$RESCTRL/$ID/mon_groups/$ID/tasks")" "$(sort -n "$RESCTRL/$ID/tasks")"
}

@test "exec --process without limits joins the class as well" {
	rdt '{}'
	sleeping
	echo '{"args": ["/bin/probe", "pause"], "cwd": "/"}' >"$TMP/process.json"
	apart tare exec --detach --process "$TMP/process.json" "$ID"
	is "$(wc -l <"$RESCTRL/$ID/tasks")" 2
}

@test "a process that joined a pid namespace is the one in the class" {
	mkdir "$RESCTRL/gold"
	rdt '{closID: "gold"}'
	config '(.linux.namespaces[] | select(.type == "pid")).path = "/proc/self/ns/pid"'
	sleeping
	is "$(cat "$RESCTRL/gold/tasks")" "$PID"
}

@test "update gives the class other schemata, and keeps them" {
	rdt '{memBwSchema: "MB:0=50"}'
	sleeping
	tare update --l3-cache-schema 'L3:0=3' "$ID"
	is "$(line L3 "$ID")" L3:0=003\;1=7ff
	is "$(line MB "$ID")" 'MB:0=  50;1= 100'
	tare update --mem-bw-schema 'MB:0=20;1=30' --l3-cache-schema 'L3:1=1' "$ID"
	is "$(line L3 "$ID")" L3:0=003\;1=001
	is "$(line MB "$ID")" 'MB:0=  20;1=  30'
	is "$(jq -c .linux.intelRdt "$ROOT/$ID/config.json")" '{"l3CacheSchema":"L3:1=1","memBwSchema":"MB:0=20;1=30"}'
}

@test "an update that fails changes no schemata" {
	rdt '{}'
	sleeping
	fails tare update --l3-cache-schema 'L3:0=3' --mem-bw-schema 'MB:0=5' "$ID"
	has "$output" '--mem-bw-schema: ' 'invalid argument (MB value 5 out of range [10,100])'
	fails tare update --l3-cache-schema 'L3:0=3' --cpuset-cpus 4000 "$ID"
	fails tare update --l3-cache-schema 'L9:0=3' "$ID"
	has "$output" "--l3-cache-schema: this host's resctrl has no \"L9\""
	is "$(line L3 "$ID")" L3:0=7ff\;1=7ff
	is "$(jq -c .linux.intelRdt "$ROOT/$ID/config.json")" '{}'
	tare delete --force "$ID"
	config 'del(.linux.intelRdt)'
	sleeping
	fails tare update --l3-cache-schema 'L3:0=3' "$ID"
	has "$output" '--l3-cache-schema: the container was made without /linux/intelRdt'
}

@test "events tells what the class has and the monitoring group has counted" {
	mkdir "$RESCTRL/gold"
	echo 'L3:0=f' >"$RESCTRL/gold/schemata"
	rdt '{closID: "gold", enableMonitoring: true}'
	sleeping
	is "$(tare events --stats "$ID" | jq -cS .data.intel_rdt)" "$(jq -ncS '{
		l3_cache_info: {cbm_mask: "7ff", min_cbm_bits: 1, num_closids: 4}, l3_cache_schema_root: "L3:0=7ff;1=7ff", l3_cache_schema: "L3:0=00f;1=7ff",
		mem_bw_info: {bandwidth_gran: 10, delay_linear: 1, min_bandwidth: 10, num_closids: 4},
		mem_bw_schema_root: "MB:0= 100;1= 100", mem_bw_schema: "MB:0= 100;1= 100",
		mbm_stats: [{mbm_total_bytes: 2000, mbm_local_bytes: 3000}, {mbm_total_bytes: 2000}], cmt_stats: [{llc_occupancy: 1000}, {llc_occupancy: 1000}]}')"
	tare delete --force "$ID"
	config 'del(.linux.intelRdt)'
	sleeping
	is "$(tare events --stats "$ID" | jq -c .data.intel_rdt)" null
}

@test "monitoring on a host that cannot is refused" {
	unserve
	serve -no-monitoring
	rdt '{enableMonitoring: true}'
	fails inside true
	has "$output" "/linux/intelRdt/enableMonitoring: this host's resctrl cannot monitor"
	is "$(classes)" ''
}

@test "a host without resctrl refuses intelRdt, and a file system that is none counts for nothing" {
	[ "$(stat -f -c %t /sys/fs/resctrl 2>/dev/null)" != 7655821 ] || skip "missing: a host without resctrl"
	TARE=$RELEASE
	rdt '{}'
	fails inside true
	has "$output" '/linux/intelRdt: the host has no resctrl file system mounted'
	is "$(classes)" ''
}

@test "plan prints the groups, and its facts what the host has" {
	rdt '{closID: "gold", schemata: ["L3:0=f"], enableMonitoring: true}'
	tare plan --print-facts >"$TMP/facts.json"
	is "$(jq -c .resctrl "$TMP/facts.json")" "{\"mountpoint\":\"$RESCTRL\",\"resources\":[\"L3\",\"MB\"],\"monitoring\":true}"
	has "$("$BINARY" plan --facts "$TMP/facts.json" "$BUNDLE")" "use the resctrl group $RESCTRL/gold  (schemata L3:0=f; make it: yes)" \
		"make the monitoring group $RESCTRL/gold/mon_groups/ID" "put init into the resctrl group $RESCTRL/gold "
}
