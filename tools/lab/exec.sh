# shellcheck shell=bash
# lab exec and lab shell: prepare the files for a boot, boot, and return the results.

# exec_drivers SYMBOL-PATTERN VALUE: print the names of the drivers that tests/configs sets to
# VALUE.
exec_drivers()
{
	sed -nE "s/^CONFIG_($1)=$2/\1/p" "$KERNEL_CONFIGS"/{common,x86_64,arm64}.config |
		sed -E 's/^(DRM|VIDEO)_//' | tr 'A-Z\n' 'a-z ' | sed 's/ $//'
}

exec_help()
{
	local builtin modules

	builtin=$(exec_drivers 'DRM_VGEM|DRM_VKMS|DRM_XEN_FRONTEND|DRM_BOCHS|UDMABUF|DMABUF_HEAPS' y)
	modules=$(exec_drivers 'VIDEO_VIVID|XEN_GNTDEV' m)
	cat <<'EOF'
lab exec: boots Xen with a Dom0 and a DomU and runs a command in each.

  lab exec [choices] [options] --in-dom0 'CMD' [--in-domu 'CMD']

  choices: --arch --linux --xen --dom0 --domu, as in 'lab help'; and
  --series ours|none|N   the kernel with our series (default), as Debian has it, or with
                         the first N patches, as far as they only mend what is there
  --config C             the kernel's configuration: plain (default), debug, or noregion
  --kernel FILE          boot this kernel instead, in both domains...
  --modules DIR          ...with the modules below DIR/lib/modules (modules_install's layout)
  --xen-file FILE        boot this hypervisor instead (xen, or xen.gz); --xen says which tools
                         and libraries go with it
  --add FILE[:PATH]      put a file into both domains, by default as /opt/lab/NAME (which is
                         in PATH), with the libraries it needs if it is a dynamic program;
                         may be given again
  --lib DIR              a directory with libraries that programs of --add need. They are
                         looked for in the program's own RUNPATH, beside the files of --add, in
                         DIR, in the lab's Debian packages and on this machine; may be given
                         again
  --xen-opt S            a word for Xen's command line; may be given again
  --dom0-opt S           a word for the command line of Dom0's kernel; may be given again
  --xl-opt S             a line for the DomU's xl.cfg; may be given again
  --domus N              create N DomUs (default 1), all of the same configuration. See below
  --dom0-memory MIB      Dom0's memory (default 1024); the machine's grows with it
  --memory MIB           the machine's memory (default: 1026 more than Dom0's)
  --icount               make the machine's clock count instructions, 2 ns each: what is then
                         timed in a domain repeats within a few percent and ranks the cost of
                         software; caches and devices cost nothing. One CPU, tcg only, slower
  --gdb                  let gdb connect to the machine; how is printed. Limits go on
  --view ADDRESS         let a VNC viewer watch the machine's screen (x86_64), at an address of
                         QEMU's -display vnc=, such as 127.0.0.1:1 or unix:FILE
  --limit SECONDS        time for the commands, from when both run (default 300)
  --out DIR              files that the command writes below /out in Dom0 come back here
  --log DIR              keep the logs here (default: below the cache; the place is printed)
  --wait-domu            wait for the DomU's command too; else the DomU is stopped when
                         Dom0's command ends
  --before-domu 'CMD'    sh runs CMD in Dom0 before the DomU is created: a backend, say. See below
  --in-dom0 'CMD'        sh runs CMD in Dom0; DOMU_ID is the number of the DomU, DOMU_IDS the
                         numbers of all DomUs, with blanks between them
  --in-domu 'CMD'        sh runs CMD in the DomU. It is started first, the two run side by side

In Dom0 'lab-domu create|destroy|alive|id [K]' handles the DomU number K (default 1); a new one
runs the same command. A new DomU has a new id: CMD's own shell sets DOMU_ID and DOMU_IDS again
after 'lab-domu create'. Another program finds the ids in /run/lab/domu-id and domu-ids.

With --domus N every DomU runs the command of --in-domu. LAB_DOMU there is its number, 1 to N,
and LAB_DOMUS is N in all domains. The domains are called domu, domu2, domu3 and so on, so are
the prefixes of their output ('domu2| ') and their 'exit' lines. They all have to fit into the
machine's memory beside Dom0: 3 of the usual 256 MiB do, more with --xl-opt 'memory = 128'.

The command of --before-domu may go on for as long as it likes. The lab creates the DomU when
the file /run/before-domu.ready exists or when the command has ended with status 0. The lab
fails if the command ends with another status before that, or if neither happens within 30 s.
What the command does after that has no influence on the exit status. With it, a device of
the DomU's configuration finds its backend. This is a display, with libxl's own names:

  lab exec --add ./backend --before-domu 'backend --ready-file /run/before-domu.ready' \
          --xl-opt 'vdispl = [ "backend=0,be-alloc=0,connectors=Virtual-1:800x600" ]' \
          --in-dom0 'sleep 5' --in-domu 'ls /sys/bus/xen/devices'

libxl waits 10 s for the backend to move its state to 2 (InitWait), then creation fails.

A program that is linked to libxenctrl works only with the Xen that this libxenctrl is of: build
it with 'lab cc' and the same --xen, or choose --xen to match it.

DRM devices have names in both domains that do not depend on their order:
/dev/dri/by-driver/NAME, such as vgem, vkms, bochs-drm or xendrm-du (the guest's side of a
para-virtual display), and NAME-render. Run 'lab-dri' to make them anew when a device has come
later: after modprobe, or when a backend has connected.
EOF
	echo "The lab's kernels have $builtin"
	echo "built in (bochs on x86_64 only), and the modules $modules."
	cat <<'EOF'

Output lines carry 'dom0| ' or 'domu| '; the lab's own messages go to standard error. The last
lines are 'dom0: exit N' and 'domu: exit N'; a DomU's command that was still running when it
was stopped counts as 0, which a message says.

Exit status: Dom0's if it is not zero, else the DomU's, which with --domus is the first one
that is not zero;
  124  a limit was over       125  the lab itself failed       126  a kernel crashed, or the
                                                               DomU ended by itself
With these three the 'exit' lines are missing, which tells them from such a status of Dom0's
command. A command that powers Dom0 off counts as a failure of the lab. What was in /out is
lost with a crash or a limit; files that --out already holds stay. Lines longer than 4,000
bytes may be mixed with others. A kernel of your own needs virtio console (built in), xenfs,
and what tests/configs lists.
EOF
}

# Print the memory of one DomU in MiB: from the last --xl-opt that sets it, else the default of
# exec_domu_config.
exec_domu_memory()
{
	local opt memory=256

	for opt in "${XL_OPTS[@]}"; do
		[[ ! $opt =~ ^[[:space:]]*memory[[:space:]]*=[[:space:]]*\"?([0-9]+) ]] ||
			memory=${BASH_REMATCH[1]}
	done
	echo "$memory"
}

# exec_domu_config NAME: print the xl configuration of one DomU.
exec_domu_config()
{
	local opt

	cat <<EOF
name = "$1"
kernel = "/lab/domu/kernel"
ramdisk = "/lab/domu/initrd"
extra = "console=hvc0 loglevel=5 panic=-1 oops=panic xen_gntalloc.limit=65536"
memory = 256
vcpus = 1
on_crash = "destroy"
on_reboot = "destroy"
EOF
	[ "$ARCH" = arm64 ] || echo "type = \"$DOMU\""
	# Pinned, see xen_cmdline. Dom0 uses the first CPU most.
	[ "$ARCH" != arm64 ] || [ -n "$ICOUNT" ] || echo 'cpus = "1"'
	for opt in "${XL_OPTS[@]}"; do
		echo "$opt"
	done
}

exec_settings()
{
	local platform=$DOM0

	[ "$ARCH" != arm64 ] || platform=arm64
	echo "LAB_MODE=$1"
	echo "LAB_WAIT_DOMU=$WAIT_DOMU"
	echo "LAB_DOMUS=$DOMUS"
	echo "LAB_DOMU_MEMORY=$(exec_domu_memory)"
	echo "LAB_PLATFORM=$platform"
}

# exec_job DIR MODE: make the part of the images that belongs to this run, DIR/dom0 and DIR/domu.
exec_job()
{
	local dir=$1 mode=$2 file k

	mkdir -p "$dir/domu/lab/job" "$dir/domu/lab/init"
	exec_settings "$mode" >"$dir/domu/lab/job/settings"
	cp "$IMAGE_SOURCES"/{common.sh,lab-dri} "$dir/domu/lab/init/"
	for file in "${ADD[@]}"; do
		image_add "$ARCH" "$ROOT" "$dir/domu" "$file"
	done
	cp -a "$dir/domu" "$dir/dom0"

	cp "$IMAGE_SOURCES/domu-init" "$dir/domu/init"
	printf '%s\n' "$IN_DOMU" >"$dir/domu/lab/job/domu.sh"

	cp "$IMAGE_SOURCES/dom0-init" "$dir/dom0/init"
	cp "$IMAGE_SOURCES"/{lab-domu,dom0-commands} "$dir/dom0/lab/init/"
	printf '%s\n' "$IN_DOM0" >"$dir/dom0/lab/job/dom0.sh"
	[ -z "$BEFORE_DOMU" ] ||
		printf '%s\n' "$BEFORE_DOMU" >"$dir/dom0/lab/job/before-domu.sh"
	exec_domu_config domu >"$dir/dom0/lab/job/domu.cfg"
	for ((k = 2; k <= DOMUS; k++)); do
		exec_domu_config "domu$k" >"$dir/dom0/lab/job/domu$k.cfg"
	done
}

# exec_images DIR MODE: make DIR/initrd for Dom0. It contains the kernel and image of the DomU.
exec_images()
{
	local dir=$1 base

	base=$(image_base "$ARCH" "$ROOT")
	cp "$KERNEL" "$dir/kernel"
	exec_job "$dir/job" "$2"
	image_modules "$MODULES" "$dir/modules" >"$dir/modules.cpio"
	mkdir -p "$dir/job/dom0/lab/domu"
	cp "$KERNEL" "$dir/job/dom0/lab/domu/kernel"
	image_pack "$dir/job/domu" | cat "$base/domu.cpio" "$dir/modules.cpio" - \
		>"$dir/job/dom0/lab/domu/initrd"
	image_pack "$dir/job/dom0" | cat "$base/dom0.cpio" "$dir/modules.cpio" - >"$dir/initrd"
	rm -rf "$dir/job" "$dir/modules.cpio"
}

# Parse the command line into the variables that the rest of this file uses.
exec_options()
{
	while [ $# -gt 0 ]; do
		take_choice "$@"
		if [ "$CHOICE_WORDS" -gt 0 ]; then
			shift "$CHOICE_WORDS"
			continue
		fi
		case $1 in
		--help|-h) exec_help; exit 0 ;;
		--wait-domu) WAIT_DOMU=1; shift; continue ;;
		--icount) ICOUNT=1; shift; continue ;;
		--gdb) GDB=1; shift; continue ;;
		esac
		case $1 in
		--kernel|--xen-file|--modules|--add|--xen-opt|--dom0-opt|--xl-opt|--limit|--out|--log|\
		--in-dom0|--in-domu|--before-domu|--domus|--lib|--view|--dom0-memory|--memory)
			need_value "$1" $# ;;
		*) usage_error "'$1' is not an option of exec ('lab exec --help' lists them)" ;;
		esac
		case $1 in
		--kernel) KERNEL=$2 ;;
		--xen-file) XEN_FILE=$2 ;;
		--modules) MODULES=$2 ;;
		--add) ADD+=("$2") ;;
		--xen-opt) XEN_OPTS=${XEN_OPTS:+$XEN_OPTS }$2 ;;
		--dom0-opt) DOM0_OPTS=${DOM0_OPTS:+$DOM0_OPTS }$2 ;;
		--xl-opt) XL_OPTS+=("$2") ;;
		--limit) LIMIT=$2 ;;
		--domus) DOMUS=$2 ;;
		--lib) LIB_DIRS+=("$2") ;;
		--view) VIEW=$2 ;;
		--dom0-memory) DOM0_MEMORY=$2 ;;
		--memory) MEMORY=$2 ;;
		--out) OUT=$2 ;;
		--log) LOG=$2 ;;
		--in-dom0) IN_DOM0=$2 ;;
		--in-domu) IN_DOMU=$2 ;;
		--before-domu) BEFORE_DOMU=$2 ;;
		esac
		shift 2
	done
}

# Upper bound in MiB for Xen itself, with its tables for the machine's pages and for all domains.
readonly XEN_MEMORY=160

exec_check_domus()
{
	local each room=$(($(boot_memory) - DOM0_MEMORY - XEN_MEMORY))

	[[ $DOMUS =~ ^[1-9]$ ]] || usage_error "--domus wants a number from 1 to 9, not '$DOMUS'"
	# The memory of a single DomU is not checked: xl reports the error.
	[ "$DOMUS" -gt 1 ] || return 0
	each=$(exec_domu_memory)
	[ $((DOMUS * each)) -le "$room" ] ||
		die "$DOMUS DomUs of $each MiB need $((DOMUS * each)) MiB, but $room MiB is what" \
			"Dom0 ($DOM0_MEMORY) and Xen ($XEN_MEMORY) leave of $(boot_memory): at most" \
			"$((room / each)) fit, or take a smaller --xl-opt 'memory = N'"
}

# exec_check_number OPTION UNIT VALUE
exec_check_number()
{
	[[ $3 =~ ^0*[1-9][0-9]*$ ]] || usage_error "$1 wants $2, not '$3'"
}

exec_check()
{
	local dir

	check_choices
	[ -n "$IN_DOM0" ] || usage_error "exec wants --in-dom0 'CMD'"
	[ -z "$VIEW" ] || [ "$ARCH" = x86_64 ] || usage_error "--view: $ARCH's machine has no screen"
	[ -z "$ICOUNT" ] || [ "$ACCEL" = tcg ] ||
		usage_error "--icount works with ACCEL=tcg, not $ACCEL"
	exec_check_number --limit seconds "$LIMIT"
	exec_check_number --dom0-memory MiB "$DOM0_MEMORY"
	exec_check_number --memory MiB "${MEMORY:-1}"
	LIMIT=$((10#$LIMIT)) DOM0_MEMORY=$((10#$DOM0_MEMORY)) MEMORY=${MEMORY:+$((10#$MEMORY))}
	exec_check_domus
	for dir in "${LIB_DIRS[@]}"; do
		[ -d "$dir" ] || die "--lib: there is no directory $dir"
	done
	if [ -n "$KERNEL" ]; then
		[ -f "$KERNEL" ] || die "--kernel: there is no file $KERNEL"
	fi
	[ -z "$XEN_FILE" ] || [ -f "$XEN_FILE" ] || die "--xen-file: there is no file $XEN_FILE"
	if [ -n "$MODULES" ]; then
		[ -n "$KERNEL" ] || usage_error "--modules goes with --kernel"
		[ -d "$MODULES/lib/modules" ] || die "--modules: there is no $MODULES/lib/modules"
	fi
}

exec_prepare()
{
	local built

	deps_install
	qemu_find "$ARCH"
	ROOT=$(root_dir "$ARCH" "$XEN")
	[ -n "$KERNEL" ] && return 0
	built=$(kernel_dir "$ARCH" "$LINUX" "$SERIES" "$CONFIG")
	KERNEL=$built/kernel
	MODULES=$built/modules
}

# Collect the files that Dom0 sent in the last boot: /out goes to --out, the logs go to --log.
exec_collect()
{
	local tar=$LOG/files.tar status=0

	if [ -s "$tar" ] && tar -xf "$tar" -C "$WORK"; then
		cp "$WORK"/lab/log/* "$LOG/" 2>/dev/null || true
		if [ -n "$OUT" ]; then
			mkdir -p "$OUT" && cp -a "$WORK/out/." "$OUT/" || status=$EXIT_LAB
		fi
	elif [ "$STATE" = end ]; then
		status=$EXIT_LAB
	fi
	rm -f "$tar"
	[ "$status" -eq 0 ] || say "the files of /out did not arrive"
	return "$status"
}

# crash_report FILE: print the messages of a kernel crash in FILE, without registers and stacks.
# Where logs are not kept, this is the only record of the crash.
crash_report()
{
	crashed_in "$1" || return 0
	tr -d '\r' <"$1" | awk -v crash="$CRASH_PATTERN" '
		/Call [Tt]race:/ { left = 20; print; next }
		!/\+0x[0-9a-f]+\/0x|<TASK>/ { left = 0 }
		left > 0 { left--; print; next }
		/Unable to handle|BUG|Oops|Internal error|general protection/ ||
		/ Comm: |Workqueue:|RIP: 0010:| pc : / || $0 ~ crash { print }' | tail -n 40
}

# Report how the boot ended, as a message and as the exit status.
exec_verdict()
{
	local domu k name number status=$DOM0_STATUS lines=()

	case $STATE in
	crash)
		say "a kernel crashed:"
		crash_report "$LOG/serial.log" >&2
		for name in "$LOG"/domu*-console.log; do crash_report "$name" >&2; done
		return "$EXIT_CRASH"
		;;
	limit)
		say "the limit of $LIMIT s is over"
		return "$EXIT_LIMIT"
		;;
	failed) say "$FAILURE"; return "$EXIT_LAB" ;;
	noboot) say "Dom0 gave no sign of life in $BOOT_LIMIT s"; return "$EXIT_LAB" ;;
	gone) say "QEMU ended before Dom0 was done: $(tail -n 1 "$LOG/qemu.log")"; return "$EXIT_LAB" ;;
	esac
	for ((k = 1; k <= DOMUS; k++)); do
		domu=${DOMU_STATUS[k]:-gone} name=DomU number=
		[ "$k" -eq 1 ] || name="DomU $k" number=$k
		case $domu in
		gone)
			say "the $name ended by itself, without the status of its command"
			return "$EXIT_CRASH"
			;;
		stopped)
			say "the $name's command was still running and was stopped"
			domu=0
			;;
		esac
		lines+=("domu$number: exit $domu")
		[ "$status" -ne 0 ] || status=$domu
	done
	echo "dom0: exit $DOM0_STATUS"
	printf '%s\n' "${lines[@]}"
	return "$status"
}

exec_defaults()
{
	KERNEL='' XEN_FILE='' GDB='' MODULES='' ADD=() LIB_DIRS=() XEN_OPTS='' XL_OPTS=() LIMIT=300 OUT='' LOG=''
	WORK='' BOOT_DIR='' VERDICT='' QEMU_PID=''
	WAIT_DOMU=0 IN_DOM0='' IN_DOMU=: BEFORE_DOMU='' DOMUS=1 ICOUNT='' DOM0_OPTS='' VIEW=''
	DOM0_MEMORY=$DOM0_MEMORY_DEFAULT MEMORY=''
}

# LOG belongs to the user and may contain other files. WORK is removed when the lab ends.
exec_places()
{
	[ -n "$LOG" ] || LOG=$LAB_CACHE/logs/exec/$(date +%Y%m%d-%H%M%S)-$$
	mkdir -p "$LOG" "$LAB_CACHE" || die "cannot make $LOG"
	rm -f "$LOG"/{serial,serial-first,noise,qemu,registers}.log "$LOG"/domu*-console.log \
		"$LOG"/{lines,files.tar,qemu.command}
	# WORK is set before mkdir, so the lab can remove the directory even if mkdir is interrupted.
	WORK=$LAB_CACHE/run.$$-$RANDOM
	mkdir -m 700 "$WORK"
}

# If the lab ends without a verdict, this is a failure of the lab.
exec_on_exit()
{
	local status=$?

	# Writing a message can fail, because the terminal or the reader of a pipe is gone. The
	# signals that end the processes of an outer lab must not end this rm.
	set +e
	trap '' PIPE INT TERM HUP
	boot_registers
	boot_kill
	[ -z "$WORK" ] || rm -rf "$WORK"
	[ -n "$VERDICT" ] || status=$EXIT_LAB
	exit "$status"
}

# exec_xen: copy the hypervisor to $WORK/xen, uncompressed.
exec_xen()
{
	local file=${XEN_FILE:-$ROOT/boot/xen}

	gzip -dc "$file" >"$WORK/xen" 2>/dev/null || cp "$file" "$WORK/xen" ||
		die "cannot read the hypervisor $file"
}

# Print how to connect gdb, and where the symbols are. A vmlinux belongs to the last build of its
# configuration, so it is named only if that build is the booted kernel.
exec_gdb_hint()
{
	local file object

	[ -n "$GDB" ] || return 0
	say "gdb: gdb-multiarch -ex 'target remote $LOG/gdb'"
	for file in "$LAB_CACHE"/linux/*/obj-"$ARCH"-*/vmlinux; do
		object=$(dirname "$file")/$(kernel_image "$ARCH")
		! cmp -s "$object" "$KERNEL" || say "gdb: the kernel's symbols: $file"
	done
	file=${XEN_FILE%.gz}-syms
	if [ -n "$XEN_FILE" ] && [ -e "$file" ]; then
		say "gdb: Xen's symbols: $file"
	else
		say "gdb: there are no symbols of Xen; those of --xen-file FILE would be in FILE-syms"
	fi
}

exec_boot() { boot_run "$LOG" "$WORK/xen" "$WORK/kernel" "$WORK/initrd"; }

exec_main()
{
	local status=0

	exec_defaults
	exec_options "$@"
	exec_check
	trap exec_on_exit EXIT
	exec_prepare
	exec_places
	exec_images "$WORK" exec
	exec_xen
	exec_gdb_hint
	exec_boot
	if [ "$STATE" = noboot ]; then
		say "Dom0 gave no sign of life in $BOOT_LIMIT s: trying once more"
		cp "$LOG/serial.log" "$LOG/serial-first.log"
		exec_boot
	fi
	exec_collect || status=$?
	[ "$status" -ne 0 ] || exec_verdict || status=$?
	VERDICT=1
	[ "$status" -eq 0 ] || say "logs: $LOG"
	exit "$status"
}

exec_shell()
{
	exec_defaults
	trap exec_on_exit EXIT
	exec_prepare
	exec_places
	exec_images "$WORK" shell
	exec_xen
	qemu_command "$LOG" "$WORK/xen" "$WORK/kernel" "$WORK/initrd"
	say "Ctrl-A x ends the machine"
	"${QEMU[@]}" -serial mon:stdio
	VERDICT=1
}
