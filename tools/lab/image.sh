# shellcheck shell=bash
# The initramfs images. An image is a sequence of cpio archives, in which a later one overrides
# an earlier one: base (busybox, Xen's tools, their libraries), the kernel's modules, and the job
# (init scripts, the user's files and commands, for Dom0 also the DomU's kernel and image).

readonly IMAGE_SOURCES=$REPO/tests/image

image_pack() { (cd "$1" && find . -mindepth 1 -print0 | sort -z | cpio -0 -o -H newc -R 0:0 --quiet); }

# image_elf FILE: set ELF_MACHINE, ELF_LOADER, ELF_RUNPATH and the array ELF_NEEDED, which are empty
# if FILE is not an ELF file. There are hundreds of files, so this starts one process only.
image_elf()
{
	local line

	ELF_MACHINE='' ELF_LOADER='' ELF_RUNPATH='' ELF_NEEDED=()
	while read -r line; do
		case $line in
		Machine:*) ELF_MACHINE=${line#Machine:} ELF_MACHINE=${ELF_MACHINE##*  } ;;
		*'program interpreter: '*) line=${line##*interpreter: } ELF_LOADER=${line%\]*} ;;
		*'(NEEDED)'*) line=${line##*\[}; ELF_NEEDED+=("${line%\]*}") ;;
		*'(RUNPATH)'*|*'(RPATH)'*) line=${line##*\[} ELF_RUNPATH=${line%\]*} ;;
		esac
	done < <(readelf -hdlW "$1" 2>/dev/null)
}

image_machine() { image_elf "$1"; echo "$ELF_MACHINE"; }

# image_fits ARCH MACHINE: does ARCH run programs for MACHINE, in readelf's terms?
image_fits()
{
	case $1:$2 in
	x86_64:*X86-64|arm64:AArch64) ;;
	*) return 1 ;;
	esac
}

# image_runpath FILE PREFIX: print the directories of FILE's RUNPATH or RPATH, one per line.
# PREFIX is put in front of the absolute ones.
image_runpath()
{
	local origin dir dirs

	image_elf "$1"
	[ -n "$ELF_RUNPATH" ] || return 0
	origin=$(dirname "$(realpath "$1")")
	IFS=: read -r -a dirs <<<"$ELF_RUNPATH"
	for dir in "${dirs[@]}"; do
		case $dir in
		*'$ORIGIN'*|*'${ORIGIN}'*)
			dir=${dir//'${ORIGIN}'/$origin}
			echo "${dir//'$ORIGIN'/$origin}"
			;;
		/*) echo "$2$dir" ;;
		esac
	done
}

# image_cached NAME: print the libraries of that name in the loader cache of this machine.
image_cached()
{
	PATH=$PATH:/usr/sbin:/sbin ldconfig -p 2>/dev/null |
		awk -v name="$1" '$1 == name { sub(/.* => /, ""); print }'
}

# image_library_dirs ARCH ROOT FILE: print the directories to search for the libraries of FILE, in
# order. For a program of the private root, they are all in that root.
image_library_dirs()
{
	local lib file

	lib=usr/lib/$(triplet "$1")
	if [[ $3 == "$2"/* ]]; then
		image_runpath "$3" "$2"
	else
		image_runpath "$3" ''
		for file in "${ADD[@]}"; do
			file=${file%%:*}
			[[ $file == */* ]] || file=./$file
			echo "${file%/*}/"
		done | awk '!seen[$0]++'
		[ "${#LIB_DIRS[@]}" -eq 0 ] || printf '%s\n' "${LIB_DIRS[@]}"
	fi
	printf '%s\n' "$2/$lib" "$2"/usr/lib/xen-[0-9]*/lib/"$(triplet "$1")" "$2"/usr/lib/xen-[0-9]*/lib
	[[ $3 == "$2"/* ]] || printf '%s\n' "/$lib" "/usr/$(triplet "$1")/lib"
}

# image_libraries ARCH ROOT DIR FILE [DIRECTORY...]: copy the libraries of FILE, and recursively
# the libraries that they need, to DIR. The search path of a program also applies to the libraries
# of its libraries; DIRECTORY passes it down.
image_libraries()
{
	local arch=$1 root=$2 dir=$3 file=$4 inherited=("${@:5}") own dirs name place found loader
	local to missing=() candidates

	to=$dir/usr/lib/$(triplet "$arch")
	image_elf "$file"
	loader=$ELF_LOADER
	for name in "${ELF_NEEDED[@]}"; do
		[ -e "$to/$name" ] || missing+=("$name")
	done
	if [ -n "$loader" ] && [ ! -e "$dir$loader" ]; then
		mkdir -p "$dir$(dirname "$loader" | sed 's|^/lib|/usr/lib|')"
		cp -L "$root$loader" "$dir/usr$loader" || die "no $loader for $file"
	fi
	[ ${#missing[@]} -gt 0 ] || return 0
	mapfile -t own < <(image_runpath "$file" '')
	mapfile -t dirs < <(image_library_dirs "$arch" "$root" "$file")
	dirs=("${inherited[@]}" "${dirs[@]}")
	for name in "${missing[@]}"; do
		# A library before it may have brought it.
		[ ! -e "$to/$name" ] || continue
		found=
		candidates=("${dirs[@]/%//$name}")
		[[ $file == "$root"/* ]] || mapfile -t -O "${#candidates[@]}" candidates < <(image_cached "$name")
		for place in "${candidates[@]}"; do
			[ -f "$place" ] && image_fits "$arch" "$(image_machine "$place")" || continue
			found=$place
			break
		done
		[ -n "$found" ] ||
			die "$file needs $name for $arch, and it is not in" \
				"$(printf '%s\n' "${dirs[@]}" | awk '!seen[$0]++' | paste -sd' ')" \
				"nor in this machine's loader cache: give its directory with --lib DIR"
		mkdir -p "$to"
		cp -L "$found" "$to/$name"
		image_libraries "$arch" "$root" "$dir" "$found" "${inherited[@]}" "${own[@]}"
	done
}

# image_program ARCH ROOT DIR FILE DESTINATION: copy FILE and its libraries to DIR.
image_program()
{
	local to=$3/$5

	mkdir -p "${to%/*}"
	cp -L "$4" "$to" || die "no $4 for the image"
	image_libraries "$1" "$2" "$3" "$4"
}

image_skeleton()
{
	local link

	fresh_dir "$1"
	(cd "$1" && mkdir -p bin dev proc sys tmp run out var/log opt/lab lab/init lab/job lab/log etc \
		usr/bin usr/lib/xen/bin usr/lib64)
	for link in lib lib64; do
		ln -s "usr/$link" "$1/$link"
	done
	cp "$2/usr/bin/busybox" "$1/bin/busybox"
}

image_base_make()
{
	local arch=$1 root=$2 out=$3 dir=$3.tmp tool bin

	[ ! -e "$out/dom0.cpio" ] || return 0
	bin=$(echo "$root"/usr/lib/xen-[0-9]*/bin)
	image_skeleton "$dir/domu" "$root"
	for tool in read write ls list watch rm exists; do
		image_program "$arch" "$root" "$dir/domu" "$root/usr/bin/xenstore-$tool" \
			"usr/bin/xenstore-$tool"
	done
	# glibc loads libgcc_s when a thread is cancelled. Without it, xenconsoled and libxenstore
	# abort.
	cp -L "$root/usr/lib/$(triplet "$arch")/libgcc_s.so.1" \
		"$dir/domu/usr/lib/$(triplet "$arch")/"
	cp -a "$dir/domu" "$dir/dom0"
	for tool in xl libxl-save-helper xenstored xenconsoled xenconsole xen-init-dom0; do
		image_program "$arch" "$root" "$dir/dom0" "$bin/$tool" "usr/lib/xen/bin/$tool"
	done
	# The tools look for each other in the directories of the Debian packages.
	ln -s xen "$dir/dom0/usr/lib/$(basename "$(dirname "$bin")")"
	image_pack "$dir/domu" >"$dir/domu.cpio" && image_pack "$dir/dom0" >"$dir/dom0.cpio" ||
		die "could not pack the images"
	rm -rf "$dir/domu" "$dir/dom0" "$out"
	mv "$dir" "$out"
}

# image_base ARCH ROOT: print the directory of dom0.cpio and domu.cpio.
image_base()
{
	local out

	out=$2.image-$(hash_files "$LAB_DIR/image.sh")
	[ -e "$out/dom0.cpio" ] ||
		with_lock "image-$(basename "$2")" image_base_make "$1" "$2" "$out" >&2 || exit
	echo "$out"
}

# image_modules DIR WORK: print a cpio archive of DIR, which has the layout of modules_install. DIR
# may be empty. WORK is a temporary directory, which this function makes and removes.
image_modules()
{
	[ -n "$1" ] || return 0
	mkdir -p "$2/usr"
	cp -a "$1/lib" "$2/usr/lib"
	image_pack "$2"
	rm -rf "$2"
}

# image_add ARCH ROOT DIR FILE[:PATH]: add one file of the user to DIR.
image_add()
{
	local file=${4%%:*} path=/opt/lab/ machine

	[ "$file" = "$4" ] || path=${4#*:}
	case $path in
	/*/) path=$path${file##*/} ;;
	/*) ;;
	*) die "--add $4: the path in the domains must begin with /" ;;
	esac
	[ -f "$file" ] || die "--add $4: there is no file $file"
	image_elf "$file"
	machine=$ELF_MACHINE
	[ -z "$machine" ] || image_fits "$1" "$machine" ||
		die "--add $4: a program for $machine does not run on $1"
	# /lib and /lib64 are links.
	case $path in
	/lib/*|/lib64/*) path=/usr$path ;;
	esac
	image_program "$1" "$2" "$3" "$file" "${path#/}"
}
