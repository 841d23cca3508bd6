# SPDX-License-Identifier: GPL-2.0
# Completion of xen-dmabuf for bash. The options come from --help of the subcommand.

_xen_dmabuf()
{
	local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}

	COMPREPLY=()
	if [ "$COMP_CWORD" -eq 1 ]; then
		mapfile -t COMPREPLY < <(compgen -W "$(xen-dmabuf --help |
			sed -n 's/^  \([a-z]*\) .*/\1/p') --help --version" -- "$word")
		return
	fi
	if [ "${COMP_WORDS[1]}" = peer ] && [ "$COMP_CWORD" -eq 2 ]; then
		mapfile -t COMPREPLY < <(compgen -W "grant map --help" -- "$word")
		return
	fi
	case $previous in
	--exec) mapfile -t COMPREPLY < <(compgen -c -- "$word") ;;
	--file|--output) mapfile -t COMPREPLY < <(compgen -f -- "$word") ;;
	--heap) mapfile -t COMPREPLY < <(compgen -W "$(ls /dev/dma_heap 2>/dev/null)" -- "$word") ;;
	--format)
		local formats="XRGB8888 ARGB8888 XBGR8888 ABGR8888 RGBX8888 BGRX8888"

		formats="$formats XRGB2101010 RGB888 BGR888 RGB565"
		[ "${COMP_WORDS[1]}" != watch ] || formats="y4m png"
		mapfile -t COMPREPLY < <(compgen -W "$formats" -- "$word")
		;;
	--dumb) mapfile -t COMPREPLY < <(compgen -G "/dev/dri/card*" -- "$word") ;;
	--pid) mapfile -t COMPREPLY < <(compgen -W "$(xen-dmabuf list 2>/dev/null |
		awk 'NR > 1 { print $1 }')" -- "$word") ;;
	*)
		mapfile -t COMPREPLY < <(compgen -W "$(xen-dmabuf "${COMP_WORDS[1]}" --help 2>/dev/null |
			grep -o -- '--[a-z-]*' | sort -u)" -- "$word")
		;;
	esac
}
complete -F _xen_dmabuf xen-dmabuf
