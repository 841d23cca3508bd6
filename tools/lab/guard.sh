# shellcheck shell=bash
# No process that a lab has started outlives the lab, however the lab ends. Every process of a
# lab has the lab's token in its environment. A process keeps it when its process group or its
# parent changes.
#
# Three processes implement this:
#   the lab     the process that the user has started. It only waits, so it handles a signal at
#               once
#   the worker  does the work, and cleans up when it gets TERM
#   the watcher checks twice a second whether the lab exists, in a session of its own. After a
#               SIGKILL of the lab it ends the processes of the lab

# Time for the worker to clean up, and for the others to die, in tenths of a second.
readonly GUARD_WORKER=60 GUARD_OTHERS=20

# guard_signal SIGNAL TOKEN KEEP: send SIGNAL to all processes of the lab except KEEP and this
# shell. Fails if there are none. The grep that searches for them has no token itself.
guard_signal()
{
	local file files pid found=1

	mapfile -t files < <(LAB_RUN='' exec grep -lsF -- "$2" /proc/[0-9]*/environ)
	for file in "${files[@]}"; do
		pid=${file#/proc/}
		pid=${pid%%/*}
		[ "$pid" != "$3" ] && [ "$pid" != "$BASHPID" ] || continue
		kill "-$1" "$pid" 2>/dev/null && found=0
	done
	return "$found"
}

# guard_gone PID: has the process ended? A zombie has.
guard_gone()
{
	local stat

	{ read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 0
	stat=${stat##*) }
	[ "${stat:0:1}" = Z ]
}

# guard_end TOKEN LAB [WORKER]: end all processes of the lab except the lab itself. They get TERM
# first, because make then removes a target that is half written.
guard_end()
{
	local i

	if [ -n "${3:-}" ]; then
		kill -TERM "$3" 2>/dev/null || true
		for ((i = 0; i < GUARD_WORKER; i++)); do
			! guard_gone "$3" || break
			sleep 0.1
		done
	fi
	guard_signal TERM "$1" "$2" || return 0
	# The other processes may include labs, whose workers need time to clean up.
	for ((i = 0; i < GUARD_WORKER; i++)); do
		guard_signal 0 "$1" "$2" || return 0
		sleep 0.1
	done
	for ((i = 0; i < GUARD_OTHERS; i++)); do
		guard_signal KILL "$1" "$2" || return 0
		sleep 0.1
	done
}

# guard_watch TOKEN LAB WORKER: the watcher. It has no children while it waits, so SIGKILL leaves
# nothing behind.
guard_watch()
{
	trap '' INT HUP TERM
	# This pipe never has data, so the read is a pause without a process.
	exec 3<> <(:)
	until guard_gone "$2"; do
		read -r -t 0.5 -u 3 || true
	done
	guard_end "$@"
}

# End the watcher when there is nothing left to watch.
guard_unwatch()
{
	kill -KILL "$GUARD_WATCHER" 2>/dev/null || true
	wait "$GUARD_WATCHER" 2>/dev/null || true
}

guard_on_signal()
{
	# A second signal must not interrupt the cleanup.
	trap '' INT TERM HUP
	guard_end "$GUARD_TOKEN" "$$" "$GUARD_PID"
	guard_unwatch
	trap - "$1"
	kill "-$1" "$$"
}

# guard_run COMMAND...: run COMMAND as the worker, then exit with its status.
guard_run()
{
	local status=0 signal

	GUARD_TOKEN=${LAB_RUN##*:} GUARD_PID='' GUARD_WATCHER=''
	for signal in INT TERM HUP; do
		# shellcheck disable=SC2064 # the signal of now
		trap "guard_on_signal $signal" "$signal"
	done
	(
		trap - INT TERM HUP
		"$@"
	) <&0 &
	GUARD_PID=$!
	# The watcher must not keep a pipe of the caller open.
	env -u LAB_RUN setsid bash "$LAB_SELF/guard.sh" \
		"$GUARD_TOKEN" "$$" "$GUARD_PID" </dev/null >/dev/null 2>&1 &
	GUARD_WATCHER=$!
	wait "$GUARD_PID" || status=$?
	guard_end "$GUARD_TOKEN" "$$"
	guard_unwatch
	exit "$status"
}

# guard_mark FILE WORD...: execute FILE again in this process, with a token. A lab within a lab
# has both tokens.
guard_mark()
{
	[[ ${LAB_RUN:-} != *":lab-$$-"*([0-9]) ]] || return 0
	export LAB_RUN="${LAB_RUN:-}:lab-$$-$RANDOM$RANDOM"
	exec "$BASH" "$@"
}

[ "${BASH_SOURCE[0]}" != "$0" ] || guard_watch "$@"
